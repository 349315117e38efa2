/* pvh-info: prints what PVH tells, a fact a line, numbers in hexadecimal, and checks it and the state at the entry against Xen's
 * docs/misc/pvh.pandoc and start_info.h.
 *
 * Prints, for example:
 *   command line: log=debug
 *   module: address 200000 size 5 line "first" text "hello"
 *   map: base 0 length 9fc00 type 1
 *   PASS: version                              and further checks
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "checks.h"
#include "entry.h"
#include "kernel.h"
#include "pvh.h"
#include "reports.h"

extern char _start[], image_end[];

static const void *pointer(uint64_t address) { return (const void *)(uintptr_t)address; }

static void check_entry(void)
{
    check("EBX has the start information", entry_state.bx, (uintptr_t)boot.information);
    check("CR0: protection on, all that can be written off", entry_state.cr0 & ~(uint64_t)CR0_ET, CR0_PE);
    check("CR4 is 0", entry_state.cr4, 0);
    check("EFER is 0", entry_state.efer, 0);
    check("IF, TF and VM are 0", entry_state.flags & (FLAGS_IF | FLAGS_TF | FLAGS_VM), 0);
    check("DS, ES and SS are the same", entry_state.ds == entry_state.es && entry_state.ds == entry_state.ss, 1);
}

static int in_ram(const struct pvh_start *start, uint64_t begin, uint64_t end)
{
    const struct pvh_range *range = pointer(start->map);
    for (uint32_t i = 0; i < start->map_count; i++)
        if (range[i].type == 1 && begin >= range[i].base && end <= range[i].base + range[i].length)
            return 1;
    return 0;
}

static void check_map(const struct pvh_start *start)
{
    const struct pvh_range *range = pointer(start->map);
    uint64_t last = 0;
    int ascending = 1, reserved = 0;
    for (uint32_t i = 0; i < start->map_count; i++) {
        report_range(range[i].base, range[i].length, range[i].type);
        ascending &= range[i].base >= last && range[i].length > 0;
        last = range[i].base + range[i].length;
        reserved |= range[i].reserved != 0;
    }
    check("the map ascends without overlap", (uint64_t)ascending, 1);
    check("its reserved fields are 0", (uint64_t)reserved, 0);
    check("the kernel is in RAM", (uint64_t)in_ram(start, (uintptr_t)_start, (uintptr_t)image_end), 1);
    check("the start information is in RAM", (uint64_t)in_ram(start, (uintptr_t)start, (uintptr_t)(start + 1)), 1);
}

static void check_modules(const struct pvh_start *start)
{
    const struct pvh_module *module = pointer(start->modules);
    uint64_t kernel_begin = (uintptr_t)_start, kernel_end = (uintptr_t)image_end;
    for (uint32_t i = 0; i < start->module_count; i++) {
        uint64_t begin = module[i].address, end = begin + module[i].size;
        report_blob("module", begin, module[i].size, module[i].command_line ? pointer(module[i].command_line) : "");
        check("the module begins on a page", begin & 0xfff, 0);
        check("the module is in RAM", (uint64_t)in_ram(start, begin, end), 1);
        check("the module is not in the kernel", end <= kernel_begin || begin >= kernel_end, 1);
        check("its reserved field is 0", module[i].reserved, 0);
    }
}

uint32_t kernel_main(void)
{
    const struct pvh_start *start = boot.information;
    check_entry();
    check("magic", start->magic, PVH_MAGIC);
    check("version", start->version, 1);
    check("flags: not the initial domain", start->flags, 0);
    check("the reserved field is 0", start->reserved, 0);
    report_text("command line", command_line());
    check("RSDP", (uint64_t)is_root_pointer(start->rsdp), 1);
    check_map(start);
    check_modules(start);
    return checks_result();
}
