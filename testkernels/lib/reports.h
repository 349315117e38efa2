/* Facts that kernels print of what a loader tells, a line each. */
#pragma once
#include <stdint.h>

/* "NAME: address A size S line "..." text "..."": the text is its first 32 bytes up to one that is not printable. Where the line is null,
 * that part is left out. */
void report_blob(const char *name, uint64_t address, uint64_t size, const char *line);

/* "map: base B length L type T". */
void report_range(uint64_t base, uint64_t length, uint32_t type);

/* "NAME: VALUE". */
void report_text(const char *name, const char *value);

/* Whether the bytes of ACPI's root pointer are there: signature and checksums; revision 0 has the first of them only. */
int is_root_pointer(uint64_t address);
