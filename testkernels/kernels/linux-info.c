/* linux-info: prints what the Linux boot protocol tells, a fact a line, numbers in hexadecimal, and checks it and the state at the entry
 * against Documentation/arch/x86/boot.rst and zero-page.rst. It is a bzImage with a 32-bit and a 64-bit entry.
 *
 * Prints, for example:
 *   entry = 64
 *   command line: log=debug
 *   initrd: address ffff000 size 5 text "hello"
 *   screen: 3 50 19 1                          mode, columns, lines and kind (orig_video_isVGA); all 0 is no screen
 *   map: base 0 length 9fc00 type 1
 *   PASS: sentinel                             and further checks
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "checks.h"
#include "console.h"
#include "entry.h"
#include "kernel.h"
#include "linux.h"
#include "reports.h"

extern char _start[], image_end[];

enum { MOST_RANGES = 128, BOOT_CS = 0x10, BOOT_DS = 0x18, LOADER_UNKNOWN = 0xff };

static uint64_t field(unsigned offset, unsigned bytes) { return zero_page_field(boot.information, offset, bytes); }

static void check_entry(void)
{
    print_decimal_value("entry", (uint32_t)entry_state.bits);
    check("ESI has the boot parameters", entry_state.si, (uintptr_t)boot.information);
    check("IF is 0", entry_state.flags & FLAGS_IF, 0);
    check("CS", entry_state.cs, BOOT_CS);
    check("DS", entry_state.ds, BOOT_DS);
    check("ES", entry_state.es, BOOT_DS);
    check("SS", entry_state.ss, BOOT_DS);
    check("long mode is on as the entry has it", !!(entry_state.efer & EFER_LMA), entry_state.bits == 64);
    check("paging is on as the entry has it", entry_state.cr0 >> 31, entry_state.bits == 64);
    if (entry_state.bits == 32) {
        check("EBP is 0", entry_state.bp, 0);
        check("EDI is 0", entry_state.di, 0);
        check("EBX is 0", entry_state.bx, 0);
    }
}

static int in_ram(uint64_t begin, uint64_t end)
{
    const struct linux_range *range = (const void *)((const char *)boot.information + ZERO_PAGE_MAP);
    for (unsigned i = 0; i < field(ZERO_PAGE_MAP_COUNT, 1); i++)
        if (range[i].type == 1 && begin >= range[i].base && end <= range[i].base + range[i].length)
            return 1;
    return 0;
}

static void check_map(void)
{
    const struct linux_range *range = (const void *)((const char *)boot.information + ZERO_PAGE_MAP);
    unsigned count = (unsigned)field(ZERO_PAGE_MAP_COUNT, 1);
    uint64_t last = 0;
    int ascending = 1;
    for (unsigned i = 0; i < count && i < MOST_RANGES; i++) {
        report_range(range[i].base, range[i].length, range[i].type);
        ascending &= range[i].base >= last && range[i].length > 0;
        last = range[i].base + range[i].length;
    }
    check_range("entries of the map", count, 1, MOST_RANGES);
    check("the map ascends without overlap", (uint64_t)ascending, 1);
    check("the kernel is in RAM", (uint64_t)in_ram((uintptr_t)_start, (uintptr_t)image_end), 1);
    check("the boot parameters are in RAM", (uint64_t)in_ram((uintptr_t)boot.information, (uintptr_t)boot.information + 4096), 1);
}

static void check_ramdisk(void)
{
    uint64_t address = field(ZERO_PAGE_RAMDISK, 4) | field(ZERO_PAGE_EXT_RAMDISK, 4) << 32;
    uint64_t size = field(ZERO_PAGE_RAMDISK_SIZE, 4) | field(ZERO_PAGE_EXT_RAMDISK_SIZE, 4) << 32;
    if (!size) {
        check("no address without a RAM disk", address, 0);
        return;
    }
    report_blob("initrd", address, size, 0);
    check("the RAM disk begins on a page", address & 0xfff, 0);
    check("the RAM disk is in RAM", (uint64_t)in_ram(address, address + size), 1);
    check("the RAM disk is not in the kernel", address >= (uintptr_t)image_end, 1);
    check("the RAM disk is not past initrd_addr_max", address + size - 1 <= field(ZERO_PAGE_RAMDISK_MAX, 4), 1);
}

static void report_screen(void)
{
    print("screen: ");
    static const uint8_t offsets[] = { 0x06, 0x07, 0x0e, 0x0f };
    for (unsigned i = 0; i < sizeof offsets; i++) {
        print_hex(field(offsets[i], 1));
        print(i + 1 < sizeof offsets ? " " : "\n");
    }
}

uint32_t kernel_main(void)
{
    check_entry();
    check("sentinel", field(ZERO_PAGE_SENTINEL, 1), 0);
    check("the header is there", field(ZERO_PAGE_MAGIC, 4), LINUX_MAGIC);
    check("the header's first byte, setup_sects", field(ZERO_PAGE_HEADER, 1), 1);
    check("type_of_loader", field(ZERO_PAGE_LOADER, 1), LOADER_UNKNOWN);
    check("code32_start is where the kernel is", field(ZERO_PAGE_CODE, 4), (uintptr_t)_start);
    check("no setup_data", field(ZERO_PAGE_SETUP_DATA, 8), 0);
    check("the command line is below 4 GiB", field(ZERO_PAGE_EXT_COMMAND_LINE, 4), 0);
    report_text("command line", command_line());
    check("RSDP", (uint64_t)is_root_pointer(field(ZERO_PAGE_RSDP, 8)), 1);
    report_screen();
    check_map();
    check_ramdisk();
    return checks_result();
}
