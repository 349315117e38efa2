/* limine: every answer of the Limine boot protocol, printed and checked against its specification. Built for each base revision, with the
 * requests listed in a section (base revision 0), and as a position-independent executable.
 * Command line: cpus=N, how many there must be; modules=N, how many files; date=N, the date at boot in seconds, from then to a minute
 * later; internal=yes, there is an internal module; end=halt, HLT with interrupts off while the other processors wait. A module's string
 * must be its content.
 *
 * Prints a line an answer and a line a check, then "N passed, 0 failed".
 * Ends: debug exit 10h, or 11h when a check fails; with end=halt, dead halt.
 */
#include "limine-kernel.h"
#include "acpi.h"
#include "console.h"
#include "cpu.h"
#include "kernel.h"

#define REQUEST(name, number, ...) \
    __attribute__((used, section(".requests"))) volatile struct limine_request name = { .id = { number }, __VA_ARGS__ }

enum { STACK_BYTES = 128 << 10, ENTROPY_VALUES = 8, UNTOUCHED = 0x5a5a };

#ifndef SECTION
__attribute__((used, section(".requests.start"))) static volatile uint64_t requests_start[4] = LIMINE_START;
__attribute__((used, section(".requests.end"))) static volatile uint64_t requests_end[2] = LIMINE_END;
__attribute__((used, section(".requests"))) static volatile uint64_t base_revision[3] = LIMINE_BASE_REVISION(BASE_REVISION);
#endif

static const struct limine_internal_module internal = { "/internal/hello.txt", "hello from inside", 0 };
static const struct limine_internal_module missing = { "internal/there-is-none", "", 0 };
static const struct limine_internal_module *const internal_modules[] = { &missing, &internal };

void limine_requested_entry(void);

REQUEST(loader_request, LIMINE_BOOTLOADER_INFO);
REQUEST(command_line_request, LIMINE_COMMAND_LINE);
REQUEST(firmware_request, LIMINE_FIRMWARE_TYPE);
REQUEST(stack_request, LIMINE_STACK_SIZE, .member = { STACK_BYTES });
REQUEST(direct_map_request, LIMINE_HHDM);
REQUEST(frame_request, LIMINE_FRAMEBUFFER);
#if BASE_REVISION >= 6
REQUEST(paging_request, LIMINE_PAGING_MODE, .revision = 1, .member = { 1, 1, 0 });
#else
REQUEST(paging_request, LIMINE_PAGING_MODE, .member = { 0 });
#endif
REQUEST(processors_request, LIMINE_MP, .member = { BASE_REVISION >= 3 });
REQUEST(hart_request, LIMINE_RISCV_HART, .response = (void *)UNTOUCHED);
REQUEST(memory_map_request, LIMINE_MEMMAP);
REQUEST(entry_request, LIMINE_ENTRY_POINT, .member = { (uint64_t)limine_requested_entry });
REQUEST(file_request, LIMINE_EXECUTABLE_FILE);
REQUEST(module_request, LIMINE_MODULE, .revision = 1, .member = { 2, (uint64_t)internal_modules });
REQUEST(rsdp_request, LIMINE_RSDP);
REQUEST(smbios_request, LIMINE_SMBIOS);
REQUEST(efi_table_request, LIMINE_EFI_SYSTEM_TABLE);
REQUEST(tpm_request, LIMINE_TPM_EVENT_LOG);
REQUEST(efi_map_request, LIMINE_EFI_MEMMAP);
REQUEST(date_request, LIMINE_DATE);
REQUEST(address_request, LIMINE_EXECUTABLE_ADDRESS);
REQUEST(tree_request, LIMINE_DEVICE_TREE);
REQUEST(performance_request, LIMINE_PERFORMANCE);
REQUEST(tsc_request, LIMINE_TSC_FREQUENCY);
REQUEST(flanterm_request, LIMINE_FLANTERM);
REQUEST(entropy_request, LIMINE_ENTROPY, .member = { ENTROPY_VALUES });
REQUEST(unknown_request, LIMINE_MAGIC, .response = (void *)UNTOUCHED);

/* Outside what the delimiters enclose, and so not to be answered. */
static volatile struct limine_request outside_request = { .id = { LIMINE_KEEP_IOMMU } };

#ifdef SECTION
__attribute__((used, section(".limine_reqs"))) static volatile struct limine_request *const listed[] = {
    &loader_request, &command_line_request, &firmware_request, &stack_request, &direct_map_request, &frame_request, &paging_request,
    &processors_request, &hart_request, &memory_map_request, &entry_request, &file_request, &module_request, &rsdp_request,
    &smbios_request, &efi_table_request, &tpm_request, &efi_map_request, &date_request, &address_request, &tree_request,
    &performance_request, &tsc_request, &flanterm_request, &entropy_request, &unknown_request, 0,
};
#endif

uint64_t direct_map;
struct entry_state first_state;

int same(const char *left, const char *right)
{
    while (*left && *left == *right)
        left++, right++;
    return *left == *right;
}

static uint64_t answer(volatile struct limine_request *request, int member)
{
    return request->response ? request->response->member[member] : 0;
}

/* Passes when there is an answer; then prints a member of it. */
static int told(const char *name, volatile struct limine_request *request, int member)
{
    check_true(name, request->response != 0);
    if (request->response)
        print_hex_value(name, answer(request, member));
    return request->response != 0;
}

static void print_text(const char *name, const char *text)
{
    print(name);
    print(" = ");
    print(text);
    print("\n");
}

static void check_base_revision(void)
{
#ifndef SECTION
    check("base-revision-supported", base_revision[2], 0);
    check("base-revision-used", base_revision[1], BASE_REVISION);
#endif
}

static void check_loader(void)
{
    if (told("loader", &loader_request, 0)) {
        print_text("loader-name", (const char *)answer(&loader_request, 0));
        print_text("loader-version", (const char *)answer(&loader_request, 1));
        check_true("loader-in-direct-map", answer(&loader_request, 0) >= direct_map);
        check("loader-memory-type", memory_type(answer(&loader_request, 0) - direct_map), LIMINE_LOADER_RECLAIMABLE);
    }
    check_true("command-line", command_line_request.response != 0);
    print_text("command-line-text", command_line());
    (void)told("firmware-type", &firmware_request, 0);
    check("firmware-bios", answer(&firmware_request, 0), 0);
    check_true("stack-size", stack_request.response != 0);
    check_true("entry-point", entry_request.response != 0);
    if (told("performance", &performance_request, 2))
        check_true("performance-ascends", answer(&performance_request, 0) <= answer(&performance_request, 1)
                                              && answer(&performance_request, 1) <= answer(&performance_request, 2));
    if (told("entropy", &entropy_request, 0)) {
        const uint64_t *values = (const uint64_t *)answer(&entropy_request, 1);
        uint64_t differences = 0;
        for (int i = 1; i < ENTROPY_VALUES; i++)
            differences += values[i] != values[0];
        check("entropy-count", answer(&entropy_request, 0), ENTROPY_VALUES);
        check("entropy-differs", differences, ENTROPY_VALUES - 1);
    }
}

static void check_unanswered(void)
{
    check("no-efi-system-table", (uint64_t)efi_table_request.response, 0);
    check("no-efi-memory-map", (uint64_t)efi_map_request.response, 0);
    check("no-tpm-log", (uint64_t)tpm_request.response, 0);
    check("no-device-tree", (uint64_t)tree_request.response, 0);
    check("no-flanterm", (uint64_t)flanterm_request.response, 0);
    check("hart-untouched", (uint64_t)hart_request.response, UNTOUCHED);
    check("unknown-untouched", (uint64_t)unknown_request.response, UNTOUCHED);
    if (BASE_REVISION >= 2 || (uint64_t)outside_request.response == 0)
        check("outside-delimiters", (uint64_t)outside_request.response, 0);
}

static void check_file(const struct limine_file *file, const char *kind)
{
    print(kind);
    print(" ");
    print(file->path);
    print(" \"");
    print(file->string);
    print("\" ");
    print_decimal64(file->size);
    print("\n");
    check("file-in-direct-map", (uint64_t)file->address >= direct_map, 1);
    check("file-aligned", (uint64_t)file->address & 0xfff, 0);
    check("file-memory-type", memory_type((uint64_t)file->address - direct_map), LIMINE_EXECUTABLE);
    check("file-path-slash", (uint8_t)file->path[0], '/');
}

static void check_files(void)
{
    if (told("executable-file", &file_request, 0)) {
        const struct limine_file *file = (const struct limine_file *)answer(&file_request, 0);
        check_file(file, "executable");
        check("executable-magic", *(const uint32_t *)file->address, 0x464c457f);
        check("executable-string", (uint64_t)file->string, answer(&command_line_request, 0));
    }
    uint64_t count = answer(&module_request, 0), expected = number_option("modules", 0);
    struct limine_file **files = (struct limine_file **)answer(&module_request, 1);
    check("modules", count, expected);
    check("modules-answered", module_request.response != 0, expected != 0);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t wrong = 0, length = 0;
        check_file(files[i], "module");
        for (; files[i]->string[length]; length++)
            wrong += length >= files[i]->size || files[i]->address[length] != (uint8_t)files[i]->string[length];
        check("module-content", wrong, 0);
        check("module-size", files[i]->size, length);
    }
    if (option_is("internal", "yes") && count)
        check_true("internal-module-first", same(files[0]->string, internal.string) && same(files[0]->path, internal.path));
}

static void check_executable_address(void)
{
    if (!told("executable-address", &address_request, 0))
        return;
    uint64_t physical = answer(&address_request, 0), virtual = answer(&address_request, 1);
    print_hex_value("executable-virtual", virtual);
    check("executable-base", virtual, (uint64_t)image_start);
    check("executable-contiguous", *(uint64_t *)(direct_map + physical + (uint64_t)&direct_map - virtual), direct_map);
    check("executable-memory-type", memory_type(physical), LIMINE_EXECUTABLE);
    check("executable-memory-type-end", memory_type(physical + (uint64_t)image_end - 1 - virtual), LIMINE_EXECUTABLE);
}

static void check_firmware(void)
{
    if (told("rsdp", &rsdp_request, 0)) {
        uint64_t address = answer(&rsdp_request, 0);
        check("rsdp-virtual", address >= direct_map, BASE_REVISION != 3);
        const uint8_t *rsdp = BASE_REVISION == 3 ? window_to(address) : (const void *)address;
        check("rsdp-sum", sum_of_bytes(rsdp, 20), 0);
        check("rsdp-extended-sum", sum_of_bytes(rsdp, 36), 0);
        uint64_t root = *(const uint64_t *)(rsdp + 24);
        if (BASE_REVISION >= 4) {
            const struct acpi_header *table = (const void *)(direct_map + root);
            check("xsdt-memory-type", memory_type(root), LIMINE_RESERVED_MAPPED);
            check("xsdt-sum", sum_of_bytes(table, table->length), 0);
        }
    }
    if (told("smbios", &smbios_request, 1)) {
        uint64_t address = answer(&smbios_request, 1);
        int physical = BASE_REVISION == 3 || BASE_REVISION == 4;
        check("smbios-virtual", address >= direct_map, !physical);
        check("smbios-32", answer(&smbios_request, 0), 0);
        const uint8_t *entry = physical ? window_to(address) : (const void *)address;
        check("smbios-sum", sum_of_bytes(entry, entry[6]), 0);
        check("smbios-anchor", *(const uint32_t *)entry, 0x334d535f);
    }
}

static void check_time(void)
{
    if (told("date", &date_request, 0)) {
        uint32_t date = number_option("date", 0);
        check_range("date-value", answer(&date_request, 0), date ? date : 1704067200, date ? date + 60 : 4102444800);
    }
    if (tsc_request.response) {
        print_decimal_value("tsc-megahertz", (uint32_t)(answer(&tsc_request, 0) / 1000000));
        check_range("tsc-frequency", answer(&tsc_request, 0), 1000000, 10000000000);
    } else
        skip("tsc-frequency", "not told");
}

static void check_frame_buffer(void)
{
    if (!frame_request.response) {
        skip("frame-buffer", "none");
        return;
    }
    const struct limine_framebuffer *frame = *(const struct limine_framebuffer **)answer(&frame_request, 1);
    uint64_t physical = (uint64_t)frame->address - direct_map;
    print_decimal_value("frame-width", (uint32_t)frame->width);
    print_decimal_value("frame-height", (uint32_t)frame->height);
    check("frame-buffers", answer(&frame_request, 0), 1);
    check("frame-rgb", frame->memory_model, 1);
    check("frame-modes", frame->mode_count, 1);
    check("frame-memory-type", memory_type(physical), LIMINE_FRAME_MEMORY);
    check("frame-write-combining", page_entry((uint64_t)frame->address) & 0x98, 0x88);
    for (uint64_t x = 0; x < frame->width; x++)
        ((volatile uint32_t *)frame->address)[x] = 0x112233;
    check("frame-written", *(volatile uint32_t *)frame->address, 0x112233);
}

uint32_t kernel_main(void)
{
    print_decimal_value("base-revision", BASE_REVISION);
    check_base_revision();
    check_state();
    (void)told("direct-map", &direct_map_request, 0);
    check_memory_map();
    check_mappings();
    check_loader();
    check_files();
    check_executable_address();
    check_firmware();
    check_time();
    check_frame_buffer();
    check_unanswered();
    if (option_is("end", "halt"))
        dead_halt();
    check_processors();
    return checks_result();
}

/* Called by start-limine.S. */
void limine_main(void);
void limine_main(void)
{
    direct_map = answer(&direct_map_request, 0);
    const char *text = (const char *)answer(&command_line_request, 0);
    kernel_start(COMMAND_LINE_MAGIC, text ? text : "");
}
