/* multiboot-info: prints what the loader told, as Multiboot 1 or Multiboot 2, a fact a line, always in this order. Numbers are hexadecimal.
 *
 * Prints, for example:
 *   protocol: multiboot2
 *   loader: NAME
 *   command line: log=debug
 *   memory: lower 27f upper fb80               in KiB; from the basic memory information
 *   module: address 120000 size 5 line "first" text "hello"
 *                                              a line a module; the text is its first 32 bytes up to one that is not printable
 *   map: base 0 length 9fc00 type 1            a line an entry
 *   elf sections: 9 names 8 entry 40           Multiboot 2 only: count, index of the section of names, size of a header
 *   checks: ok                                 or "checks: " and what is wrong, each followed by a semicolon
 * Facts that the loader does not tell have no line. The checks are of what both specifications demand: the information is aligned, a
 * module's start is on a page and its end is not below, no module lies in the kernel's image or another module, RAM in the map covers the
 * kernel and each module.
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "console.h"
#include "kernel.h"
#include "multiboot.h"

extern char _start[], image_end[];

enum { MOST = 32 };

static struct { uint64_t begin, end; } modules[MOST], ram[MOST];
static unsigned module_count, ram_count;
static uint32_t faults;

static void print_string_fact(const char *name, const char *value)
{
    print(name);
    print(": ");
    print(value);
    print("\n");
}

static void print_number(const char *name, uint64_t value)
{
    print(" ");
    print(name);
    print(" ");
    print_hex(value);
}

static void report_memory(uint32_t lower, uint32_t upper)
{
    print("memory:");
    print_number("lower", lower);
    print_number("upper", upper);
    print("\n");
}

static void report_module(uint32_t start, uint32_t end, const char *line)
{
    print("module:");
    print_number("address", start);
    print_number("size", end - start);
    print(" line \"");
    print(line);
    print("\" text \"");
    for (uint32_t i = start; i < end && i < start + 32; i++) {
        char character = *(const char *)physical(i);
        if (character < ' ' || character > '~')
            break;
        print_character(character);
    }
    print("\"\n");
    if (module_count < MOST) {
        modules[module_count].begin = start;
        modules[module_count++].end = end;
    }
}

static void report_map(uint64_t base, uint64_t length, uint32_t type)
{
    print("map:");
    print_number("base", base);
    print_number("length", length);
    print_number("type", type);
    print("\n");
    if (type == 1 && ram_count < MOST) {
        ram[ram_count].begin = base;
        ram[ram_count++].end = base + length;
    }
}

static void report_multiboot1(const struct mb1_information *information)
{
    if (information->flags & MB1_LOADER_NAME)
        print_string_fact("loader", physical(information->loader_name));
    if (information->flags & MB1_COMMAND_LINE)
        print_string_fact("command line", physical(information->command_line));
    if (information->flags & MB1_MEMORY)
        report_memory(information->memory_lower, information->memory_upper);
    if (information->flags & MB1_MODULES) {
        const struct mb1_module *module = physical(information->modules);
        for (uint32_t i = 0; i < information->module_count; i++, module++)
            report_module(module->start, module->end, physical(module->command_line));
    }
    if (information->flags & MB1_MAP) {
        const char *entry = physical(information->map), *end = entry + information->map_length;
        while (entry < end) {
            const struct mb1_map_entry *range = (const void *)entry;
            report_map(range->base, range->length, range->type);
            entry += range->size + sizeof range->size;
        }
    }
}

static void report_multiboot2_tag(const struct mb2_tag *tag)
{
    switch (tag->type) {
    case MB2_LOADER_NAME:
        print_string_fact("loader", ((const struct mb2_string *)tag)->text);
        break;
    case MB2_COMMAND_LINE:
        print_string_fact("command line", ((const struct mb2_string *)tag)->text);
        break;
    case MB2_MEMORY:
        report_memory(((const struct mb2_memory *)tag)->lower, ((const struct mb2_memory *)tag)->upper);
        break;
    case MB2_MODULE: {
        const struct mb2_module *module = (const void *)tag;
        report_module(module->start, module->end, module->command_line);
        break;
    }
    case MB2_MAP: {
        const struct mb2_map *map = (const void *)tag;
        for (const char *entry = (const char *)map->entries; entry < (const char *)tag + tag->size; entry += map->entry_size) {
            const struct mb2_map_entry *range = (const void *)entry;
            report_map(range->base, range->length, range->type);
        }
        break;
    }
    case MB2_ELF_SECTIONS: {
        const struct mb2_elf_sections *sections = (const void *)tag;
        print("elf sections: ");
        print_hex(sections->count);
        print_number("names", sections->names_index);
        print_number("entry", sections->entry_size);
        print("\n");
        break;
    }
    }
}

/* The order of the tags is the loader's business, that of the lines is ours. */
static void report_multiboot2(const void *information)
{
    static const uint8_t order[] = { MB2_LOADER_NAME, MB2_COMMAND_LINE, MB2_MEMORY, MB2_MODULE, MB2_MAP, MB2_ELF_SECTIONS };
    for (unsigned i = 0; i < sizeof order; i++)
        for (const struct mb2_tag *tag = mb2_first(information); tag->type != MB2_END; tag = mb2_next(tag))
            if (tag->type == order[i])
                report_multiboot2_tag(tag);
}

static void check(int right, const char *what)
{
    if (right)
        return;
    print(faults++ ? " " : "checks: ");
    print(what);
    print(";");
}

static int in_ram(uint64_t begin, uint64_t end)
{
    for (unsigned i = 0; i < ram_count; i++)
        if (begin >= ram[i].begin && end <= ram[i].end)
            return 1;
    return 0;
}

static void check_all(void)
{
    uint64_t image_begin = (uintptr_t)_start & ~0xfffull;
    uint64_t image_limit = (uintptr_t)image_end;
    check(((uintptr_t)boot.information & (boot.magic == MULTIBOOT1_MAGIC ? 3 : 7)) == 0, "information not aligned");
    check(in_ram(image_begin, image_limit), "kernel not in RAM");
    for (unsigned i = 0; i < module_count; i++) {
        uint64_t begin = modules[i].begin, end = modules[i].end;
        check((begin & 0xfff) == 0, "module not on a page");
        check(begin <= end, "module ends before it starts");
        check(in_ram(begin, end), "module not in RAM");
        check(end <= image_begin || begin >= image_limit, "module in the kernel");
        for (unsigned j = 0; j < i; j++)
            check(end <= modules[j].begin || begin >= modules[j].end, "modules overlap");
    }
    print(faults ? "\n" : "checks: ok\n");
}

uint32_t kernel_main(void)
{
    if (boot.magic == MULTIBOOT1_MAGIC) {
        print("protocol: multiboot1\n");
        report_multiboot1(boot.information);
    } else if (boot.magic == MULTIBOOT2_MAGIC) {
        print("protocol: multiboot2\n");
        report_multiboot2(boot.information);
    } else {
        print("protocol: none\n");
        return EXIT_FAILED;
    }
    check_all();
    return faults ? EXIT_FAILED : EXIT_PASSED;
}
