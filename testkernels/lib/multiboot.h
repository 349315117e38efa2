/* What Multiboot 1 and 2 tell a kernel, as far as the test kernels read it.
 * Multiboot Specification 0.6.96, 3.3; Multiboot2 Specification 2.0, 3.6. */
#pragma once
#include <stdint.h>

enum { MB1_MEMORY = 1 << 0, MB1_COMMAND_LINE = 1 << 2, MB1_MODULES = 1 << 3, MB1_MAP = 1 << 6, MB1_LOADER_NAME = 1 << 9,
       MB1_FRAMEBUFFER = 1 << 12 };

struct mb1_framebuffer {
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t depth, type, colors[6];
} __attribute__((packed));

struct mb1_information {
    uint32_t flags, memory_lower, memory_upper, boot_device, command_line;
    uint32_t module_count, modules;
    uint32_t symbols[4];
    uint32_t map_length, map;
    uint32_t drives_length, drives, configuration_table, loader_name;
    uint32_t apm_table;
    uint32_t vbe[4];
    struct mb1_framebuffer framebuffer;
};

struct mb1_module { uint32_t start, end, command_line, reserved; };

struct mb1_map_entry { uint32_t size; uint64_t base, length; uint32_t type; } __attribute__((packed));

enum { MB2_END = 0, MB2_COMMAND_LINE = 1, MB2_LOADER_NAME = 2, MB2_MODULE = 3, MB2_MEMORY = 4, MB2_MAP = 6,
       MB2_FRAMEBUFFER = 8, MB2_ELF_SECTIONS = 9 };

struct mb2_tag { uint32_t type, size; };
struct mb2_string { struct mb2_tag tag; char text[]; };
struct mb2_module { struct mb2_tag tag; uint32_t start, end; char command_line[]; };
struct mb2_memory { struct mb2_tag tag; uint32_t lower, upper; };
struct mb2_map_entry { uint64_t base, length; uint32_t type, reserved; };
struct mb2_map { struct mb2_tag tag; uint32_t entry_size, entry_version; struct mb2_map_entry entries[]; };
struct mb2_framebuffer {
    struct mb2_tag tag;
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t depth, type;
    uint16_t reserved;
    uint8_t colors[6];
} __attribute__((packed));
struct mb2_elf_sections { struct mb2_tag tag; uint32_t count, entry_size, names_index; char headers[]; };

/* The first tag, and the one after; an end tag ends the list. */
static inline const struct mb2_tag *mb2_first(const void *information)
{
    return (const struct mb2_tag *)((const char *)information + 8);
}

static inline const struct mb2_tag *mb2_next(const struct mb2_tag *tag)
{
    return (const struct mb2_tag *)((const char *)tag + ((tag->size + 7) & ~7u));
}

static inline const void *physical(uint32_t address) { return (const void *)(uintptr_t)address; }
