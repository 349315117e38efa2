/* What the Linux boot protocol tells a kernel, as far as the test kernels read it: offsets in struct boot_params.
 * Linux, Documentation/arch/x86/zero-page.rst and boot.rst. */
#pragma once
#include <stdint.h>

enum { LINUX_MAGIC = 0x53726448 /* "HdrS" */ };

enum {
    ZERO_PAGE_RSDP = 0x70, ZERO_PAGE_EXT_RAMDISK = 0xc0, ZERO_PAGE_EXT_RAMDISK_SIZE = 0xc4, ZERO_PAGE_EXT_COMMAND_LINE = 0xc8,
    ZERO_PAGE_MAP_COUNT = 0x1e8, ZERO_PAGE_SENTINEL = 0x1ef, ZERO_PAGE_HEADER = 0x1f1,
    ZERO_PAGE_MAGIC = 0x202, ZERO_PAGE_LOADER = 0x210, ZERO_PAGE_CODE = 0x214, ZERO_PAGE_RAMDISK = 0x218, ZERO_PAGE_RAMDISK_SIZE = 0x21c,
    ZERO_PAGE_COMMAND_LINE = 0x228, ZERO_PAGE_RAMDISK_MAX = 0x22c, ZERO_PAGE_SETUP_DATA = 0x250, ZERO_PAGE_MAP = 0x2d0,
};

struct linux_range { uint64_t base, length; uint32_t type; } __attribute__((packed));

/* A field of the zero page. */
static inline uint64_t zero_page_field(const void *page, unsigned offset, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)((const uint8_t *)page)[offset + i] << (8 * i);
    return value;
}
