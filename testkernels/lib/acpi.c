#include "acpi.h"

static int same(const char *text, const char *other, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        if (text[i] != other[i])
            return 0;
    return 1;
}

static unsigned length_of(const char *text)
{
    unsigned length = 0;
    while (text[length])
        length++;
    return length;
}

const void *find_text(const char *text, uintptr_t from, uintptr_t to)
{
    unsigned length = length_of(text);
    for (uintptr_t address = from; address < to; address += 16)
        if (*(const volatile char *)address == *text && same((const char *)address, text, length))
            return (const void *)address;
    return 0;
}

uint8_t sum_of_bytes(const void *start, uint32_t length)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)start)[i]);
    return sum;
}

static uint64_t little_endian(const void *address, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | ((const uint8_t *)address)[i];
    return value;
}

static const void *at(uint64_t address) { return (const void *)(uintptr_t)address; }

const void *acpi_root(void)
{
    uintptr_t segment_at = 0x40e;
    __asm__("" : "+r"(segment_at)); /* an address so low is none to gcc */
    uintptr_t extended = (uintptr_t)*(const volatile uint16_t *)segment_at << 4;
    const void *root = find_text("RSD PTR ", 0xe0000, 0x100000);
    return root || extended < 0x80000 || extended >= 0xa0000 ? root : find_text("RSD PTR ", extended, extended + 1024);
}

const struct acpi_header *acpi_table_at(unsigned index)
{
    const uint8_t *root = acpi_root();
    if (!root)
        return 0;
    uint64_t extended = root[15] >= 2 ? little_endian(root + 24, 8) : 0;
    const struct acpi_header *list = at(extended ? extended : little_endian(root + 16, 4));
    unsigned size = extended ? 8 : 4;
    if (!list || index >= (list->length - sizeof *list) / size)
        return 0;
    return at(little_endian((const uint8_t *)(list + 1) + index * size, size));
}

const struct acpi_header *acpi_table(const char *signature)
{
    const struct acpi_header *table;
    for (unsigned index = 0; (table = acpi_table_at(index)); index++)
        if (same(table->signature, signature, 4))
            return table;
    return 0;
}

unsigned acpi_processors(uint32_t *ids, unsigned room)
{
    const struct acpi_header *madt = acpi_table("APIC");
    unsigned count = 0;
    if (!madt)
        return 0;
    const uint8_t *entry = (const uint8_t *)madt + 44, *end = (const uint8_t *)madt + madt->length;
    for (; entry < end && entry[1]; entry += entry[1]) {
        uint32_t id, flags;
        if (entry[0] == 0)
            id = entry[3], flags = entry[4]; /* local APIC */
        else if (entry[0] == 9)
            id = (uint32_t)little_endian(entry + 4, 4), flags = entry[8]; /* local x2APIC */
        else
            continue;
        if (flags & 1 && count < room)
            ids[count++] = id;
    }
    return count;
}
