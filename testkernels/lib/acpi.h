/* ACPI's tables and the processors that they tell of. ACPI 6.5, 5.2. Long mode. */
#pragma once
#include <stdint.h>

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6], oem_table_id[8];
    uint32_t oem_revision, creator_id, creator_revision;
} __attribute__((packed));

/* Looks for 16-byte aligned text in memory; null when it is not there. */
const void *find_text(const char *text, uintptr_t from, uintptr_t to);

/* The sum of the bytes, 0 when a checksum is right. */
uint8_t sum_of_bytes(const void *start, uint32_t length);

/* The RSDP in the BIOS area E0000h to FFFFFh or in the EBDA, or null. */
const void *acpi_root(void);

/* Entry `index` of the root table (XSDT when there is one, else RSDT), or null past the last. */
const struct acpi_header *acpi_table_at(unsigned index);

/* The first table with that signature, or null. */
const struct acpi_header *acpi_table(const char *signature);

/* The APIC IDs of the enabled processors in the MADT, at most `room`; how many there are, 0 without a MADT. */
unsigned acpi_processors(uint32_t *ids, unsigned room);
