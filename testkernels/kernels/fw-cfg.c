/* fw-cfg: QEMU's firmware configuration device: selector, data port, directory, DMA, errors, and items that are written.
 * QEMU docs/specs/fw_cfg.rst.
 *
 * Command line: lies=yes, structures whose numbers QEMU would follow at a cost, such as a length of 4 GiB.
 * Prints "file KEY SIZE NAME" for each file, for those that begin with opt/ "content NAME = BYTES" (at most 16, in hex), a line a check,
 * then "N passed, 0 failed".
 * What is written needs an item that may be: opt/test/writable of 64 bytes, or else that of ramfb.
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "checks.h"
#include "console.h"
#include "fw-cfg.h"
#include "kernel.h"
#include "ports.h"

enum { NOWHERE = 0xd0000000, UNKNOWN_KEY = 0x3ff0 };

static uint8_t buffer[256];

static uint64_t at(const void *place) { return (uintptr_t)place; }

static void fill(uint8_t value)
{
    for (unsigned i = 0; i < sizeof buffer; i++)
        buffer[i] = value;
}

/* How many bytes from an index on have a value. */
static uint32_t run_of(uint32_t index, uint8_t value)
{
    uint32_t count = 0;
    while (index + count < sizeof buffer && buffer[index + count] == value)
        count++;
    return count;
}

static int begins(const char *text, const char *with)
{
    while (*with && *text == *with)
        text++, with++;
    return !*with;
}

static int precedes(const char *one, const char *other)
{
    for (; *one && *one == *other; one++, other++)
        ;
    return (uint8_t)*one < (uint8_t)*other;
}

static void check_ports(void)
{
    check("signature", fw_cfg_number(FW_CFG_SIGNATURE, 4), 0x554d4551);
    check("id", fw_cfg_number(FW_CFG_ID, 4), 3);
    check("dma-signature", (uint64_t)in32(FW_CFG_DMA_LOW) << 32 | in32(FW_CFG_DMA_HIGH), 0x47464320554d4551);
    check("dma-signature-bytes", (uint64_t)(in8(FW_CFG_DMA_HIGH) << 8 | in8(FW_CFG_DMA_LOW + 3)), 'Q' << 8 | 'G');
    check("behind-the-end", fw_cfg_number(FW_CFG_SIGNATURE, 8), 0x554d4551);
    check("select-again", fw_cfg_number(FW_CFG_SIGNATURE, 2), 0x4551);
    check("goes-on", in8(FW_CFG_DATA), 'M');
    out8(FW_CFG_DATA, 'x');
    check("write-ignored", in8(FW_CFG_DATA), 'U');
    check("write-channel", fw_cfg_number(FW_CFG_SIGNATURE | 0x4000, 4), 0x554d4551);
    check("unknown-item", fw_cfg_number(UNKNOWN_KEY, 8), 0);
    check("processors", fw_cfg_number(FW_CFG_CPUS, 2) > 0, 1);
    check("ram-in-pages", fw_cfg_number(FW_CFG_RAM_SIZE, 8) >> 20 > 0 && !(fw_cfg_number(FW_CFG_RAM_SIZE, 8) & 0xfff), 1);
    uint32_t size = (uint32_t)fw_cfg_number(FW_CFG_CMDLINE_SIZE, 4);
    if (size == 0 || size > sizeof buffer) {
        skip("command-line", "QEMU has this item for Linux kernels alone");
    } else {
        fw_cfg_read(FW_CFG_CMDLINE, buffer, size);
        check("command-line", (uint64_t)same_text((char *)buffer, command_line()), 1);
    }
}

static void show(const struct fw_cfg_file *file)
{
    print("file ");
    print_hex(file->key);
    print(" ");
    print_decimal(file->size);
    print(" ");
    print(file->name);
    print("\n");
    if (!begins(file->name, "opt/"))
        return;
    print("content ");
    print(file->name);
    print(" =");
    out16(FW_CFG_SELECTOR, file->key);
    for (uint32_t i = 0; i < file->size && i < 16; i++) {
        print(" ");
        print_hex(in8(FW_CFG_DATA));
    }
    print("\n");
}

static void check_directory(void)
{
    struct fw_cfg_file file, before = { .name = "" };
    uint32_t count = fw_cfg_files(), wrong_order = 0, wrong_keys = 0, open_names = 0, by_port;
    fw_cfg_read(FW_CFG_DIRECTORY, &by_port, sizeof by_port);
    check("directory-by-port", swap32(by_port), count);
    check("has-files", count > 0, 1);
    for (uint32_t i = 0; i < count; i++, before = file) {
        fw_cfg_file_at(i, &file);
        wrong_order += !precedes(before.name, file.name);
        wrong_keys += file.key != FW_CFG_FIRST_FILE + i;
        open_names += file.name[sizeof file.name - 1] != 0;
        show(&file);
    }
    check("sorted-by-name", wrong_order, 0);
    check("keys-in-order", wrong_keys, 0);
    check("names-end", open_names, 0);
    if (fw_cfg_find("etc/e820", &file)) {
        struct __attribute__((packed)) { uint64_t start, length; uint32_t type; } entry;
        uint32_t from_0 = 0;
        out16(FW_CFG_SELECTOR, file.key);
        for (uint32_t done = 0; done < file.size; done += sizeof entry) {
            fw_cfg_dma(FW_CFG_READ, sizeof entry, at(&entry));
            from_0 += entry.start == 0 && entry.type == 1;
        }
        check("e820-entries", file.size % sizeof entry, 0);
        check("ram-from-0", from_0, 1);
    } else {
        check("e820", 0, 1);
    }
}

static void check_dma(void)
{
    fill(0xcc);
    check("read", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ), 4, at(buffer)), 0);
    check("read-content", *(uint32_t *)buffer, 0x554d4551);
    check("read-no-more", run_of(4, 0xcc), sizeof buffer - 4);
    check("select-alone", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, 0), 4, NOWHERE), 0);
    check("skip", fw_cfg_dma(FW_CFG_SKIP, 1, NOWHERE), 0);
    check("read-after-skip", fw_cfg_dma(FW_CFG_READ, 2, at(buffer)), 0);
    check("skipped", *(uint16_t *)buffer, 0x4d45);
    check("port-after-dma", in8(FW_CFG_DATA), 'U');
    fill(0xcc);
    check("read-past-end", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ), 100, at(buffer)), 0);
    check("zeros-past-end", run_of(4, 0), 96);
    check("padding-ends", run_of(100, 0xcc), sizeof buffer - 100);
    fill(0xcc);
    check("read-unknown", fw_cfg_dma(fw_cfg_on(UNKNOWN_KEY, FW_CFG_READ), 10, at(buffer)), 0);
    check("unknown-is-zeros", run_of(0, 0), 10);
    check("skip-far", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_SKIP), 0xffffffff, 0), 0);
    check("after-far-skip", in8(FW_CFG_DATA), 0);
    check("read-before-write", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ | FW_CFG_WRITE | FW_CFG_SKIP), 4, at(buffer)), 0);
    check("read-won", *(uint32_t *)buffer, 0x554d4551);
    check("length-0", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_WRITE), 0, NOWHERE), 0);
}

static void check_errors(void)
{
    check("write-read-only", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_WRITE), 4, at(buffer)), FW_CFG_ERROR);
    check("still-the-signature", fw_cfg_number(FW_CFG_SIGNATURE, 4), 0x554d4551);
    check("write-unknown", fw_cfg_dma(fw_cfg_on(UNKNOWN_KEY, FW_CFG_WRITE), 4, at(buffer)), FW_CFG_ERROR);
    check("read-to-nowhere", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ), 4, NOWHERE), FW_CFG_ERROR);
    check("read-to-the-top", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ), 4, 0xfffffffffffff000), FW_CFG_ERROR);
    fw_cfg_start(NOWHERE);
    fw_cfg_start(0xfffffffffffffff8);
    check("structure-nowhere", fw_cfg_number(FW_CFG_SIGNATURE, 4), 0x554d4551);
    if (!option_is("lies", "yes"))
        return;
    check("read-4-gib", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ), 0xffffffff, at(buffer)), FW_CFG_ERROR);
    check("read-past-the-address-space", fw_cfg_dma(fw_cfg_on(FW_CFG_SIGNATURE, FW_CFG_READ), 0xffffffff, ~0ull - 15), FW_CFG_ERROR);
    check("buffer-intact", *(uint32_t *)buffer, 0x554d4551);
}

static void check_writes(void)
{
    struct fw_cfg_file file;
    if (!fw_cfg_find("opt/test/writable", &file) && !fw_cfg_find("etc/ramfb", &file)) {
        skip("writes", "there is no item that may be written");
        return;
    }
    for (unsigned i = 0; i < sizeof buffer; i++)
        buffer[i] = (uint8_t)(i ^ 0x80);
    check("write", fw_cfg_dma(fw_cfg_on(file.key, FW_CFG_WRITE), file.size, at(buffer)), 0);
    check("read-back", fw_cfg_number(file.key, 8), 0x8786858483828180);
    uint32_t word = 0x11223344;
    check("skip-to-part", fw_cfg_dma(fw_cfg_on(file.key, FW_CFG_SKIP), 2, 0), 0);
    check("write-part", fw_cfg_dma(FW_CFG_WRITE, sizeof word, at(&word)), 0);
    check("part-written", fw_cfg_number(file.key, 8), 0x8786112233448180);
    check("write-too-much", fw_cfg_dma(fw_cfg_on(file.key, FW_CFG_WRITE), file.size + 1, at(buffer)), FW_CFG_ERROR);
    check("skip-to-end", fw_cfg_dma(fw_cfg_on(file.key, FW_CFG_SKIP), file.size, 0), 0);
    check("write-behind-end", fw_cfg_dma(FW_CFG_WRITE, 1, at(buffer)), FW_CFG_ERROR);
    check("dropped", fw_cfg_number(file.key, 8), 0x8786112233448180);
    out16(FW_CFG_SELECTOR, file.key);
    out8(FW_CFG_DATA, 'x');
    check("write-by-port-ignored", fw_cfg_number(file.key, 1), 0x80);
    check("write-from-nowhere", fw_cfg_dma(fw_cfg_on(file.key, FW_CFG_WRITE), 4, NOWHERE), FW_CFG_ERROR);
}

uint32_t kernel_main(void)
{
    check_ports();
    check_directory();
    check_dma();
    check_errors();
    check_writes();
    return checks_result();
}
