/* limine: "Memory Map Feature", "Memory Layout at Entry" and "Caching". */
#include "limine-kernel.h"
#include "console.h"
#include "cpu.h"

enum { PAGE = 4096, MAPPED = 1, WRITABLE = 2, CACHE_BITS = 0x98 }; /* PAT, PCD, PWT of a 4 KiB page */
static const uint64_t no_execute = 1ull << 63, large = 1 << 7, address_bits = 0x000ffffffffff000;

static char window[PAGE] __attribute__((aligned(PAGE)));

static uint64_t count(void) { return memory_map_request.response ? memory_map_request.response->member[0] : 0; }

static const struct limine_memory *entry(uint64_t index)
{
    return ((const struct limine_memory *const *)memory_map_request.response->member[1])[index];
}

uint64_t memory_type(uint64_t physical)
{
    for (uint64_t i = 0; i < count(); i++)
        if (physical - entry(i)->base < entry(i)->length)
            return entry(i)->type;
    return ~0ull;
}

static int must_be_alone(const struct limine_memory *memory)
{
    return memory->type == LIMINE_USABLE || memory->type == LIMINE_LOADER_RECLAIMABLE;
}

void check_memory_map(void)
{
    static const char *const types[] = {
        "usable", "reserved", "acpi-reclaimable", "acpi-nvs", "bad", "loader-reclaimable", "executable", "frame-buffer", "reserved-mapped"
    };
    uint64_t unsorted = 0, unaligned = 0, overlapping = 0, unknown = 0, usable = 0;
    check_true("memory-map", count() != 0);
    for (uint64_t i = 0; i < count(); i++) {
        const struct limine_memory *memory = entry(i), *before = i ? entry(i - 1) : 0;
        print("memory ");
        print_hex(memory->base);
        print(" ");
        print_hex(memory->length);
        print(" ");
        print(memory->type <= LIMINE_RESERVED_MAPPED ? types[memory->type] : "?");
        print("\n");
        unsorted += before && before->base > memory->base;
        overlapping += before && (must_be_alone(memory) || must_be_alone(before)) && before->base + before->length > memory->base;
        unaligned += must_be_alone(memory) && ((memory->base | memory->length) & (PAGE - 1));
        unknown += memory->type > (BASE_REVISION >= 4 ? LIMINE_RESERVED_MAPPED : LIMINE_FRAME_MEMORY) || !memory->length;
        usable += memory->type == LIMINE_USABLE ? memory->length : 0;
    }
    check("memory-sorted", unsorted, 0);
    check("memory-aligned", unaligned, 0);
    check("memory-overlaps", overlapping, 0);
    check("memory-types", unknown, 0);
    check_true("memory-usable", usable >= 1 << 20);
    if (BASE_REVISION <= 2)
        check_true("memory-first-page", memory_type(0) != LIMINE_USABLE);
    check("memory-of-page-tables", memory_type(first_state.cr3 & address_bits), LIMINE_LOADER_RECLAIMABLE);
}

static uint64_t *entry_slot(uint64_t address, int *level)
{
    uint64_t table = first_state.cr3 & address_bits;
    for (*level = first_state.cr4 & 1 << 12 ? 5 : 4;; --*level) {
        uint64_t *slot = (uint64_t *)(direct_map + table) + (address >> (3 + 9 * *level) & 511);
        if (*level == 1 || !(*slot & MAPPED) || (*level < 4 && *slot & large))
            return slot;
        table = *slot & address_bits;
    }
}

uint64_t page_entry(uint64_t address)
{
    int level;
    uint64_t value = *entry_slot(address, &level);
    return value & MAPPED ? value : 0;
}

const void *window_to(uint64_t physical)
{
    int level;
    uint64_t *slot = entry_slot((uint64_t)window, &level);
    *slot = (*slot & ~address_bits) | (physical & address_bits);
    __asm__ volatile("invlpg (%0)" : : "r"(window) : "memory");
    return window + (physical & (PAGE - 1));
}

static void check_page(const char *name, uint64_t address, int is_mapped)
{
    check(name, page_entry(address) != 0, (uint64_t)is_mapped);
}

/* Each end of every region that the direct map is to have. */
static void check_direct_map(void)
{
    uint64_t missing = 0, forbidden = 0, cached = 0, present = 0;
    for (uint64_t i = 0; i < count(); i++) {
        const struct limine_memory *memory = entry(i);
        int must = memory->type == LIMINE_USABLE || memory->type == LIMINE_LOADER_RECLAIMABLE || memory->type == LIMINE_EXECUTABLE
            || memory->type == LIMINE_FRAME_MEMORY || memory->type == LIMINE_RESERVED_MAPPED
            || (BASE_REVISION <= 2 && memory->base + memory->length <= 1ull << 32) || BASE_REVISION == 0;
        uint64_t first = page_entry(direct_map + memory->base), last = page_entry(direct_map + memory->base + memory->length - 1);
        missing += must && (!first || !last);
        present += !must && BASE_REVISION >= 3 && (first || last) && memory->base % PAGE == 0;
        forbidden += must && (((first | last) & no_execute) || !(first & last & WRITABLE));
        cached += must && memory->type != LIMINE_FRAME_MEMORY && ((first | last) & (CACHE_BITS & ~large));
        if (memory->type == LIMINE_USABLE) {
            volatile uint64_t *word = (volatile uint64_t *)(direct_map + memory->base + memory->length - 8);
            *word = memory->base;
            missing += *word != memory->base;
        }
    }
    check("direct-map-missing", missing, 0);
    check("direct-map-too-much", present, 0);
    check("direct-map-access", forbidden, 0);
    check("direct-map-write-back", cached, 0);
}

void check_mappings(void)
{
    check_direct_map();
    check_page("identity-first-page", 0, 0);
    check_page("identity-second-page", 0x1000, BASE_REVISION == 0);
    check_page("identity-high", 0xfee00000, BASE_REVISION == 0);
    check_page("direct-map-of-devices", direct_map + 0xfee00000, BASE_REVISION <= 2);
    check_page("direct-map-of-video", direct_map + 0xa0000, BASE_REVISION <= 2);
    check_page("direct-map-of-bios", direct_map + 0xf0000, BASE_REVISION != 3);
    check("text-access", page_entry((uint64_t)image_start) & (no_execute | WRITABLE), 0);
    check("rodata-access", page_entry((uint64_t)rodata_start) & (no_execute | WRITABLE), no_execute);
    check("data-access", page_entry((uint64_t)data_start) & (no_execute | WRITABLE), no_execute | WRITABLE);
    check_page("image-starts-mapped", (uint64_t)image_start, 1);
    check_page("image-ends-mapped", (uint64_t)image_end - 1, 1);
    if (cpuid(1, 0).edx & 1 << 16)
        check("page-attributes", read_msr(0x277) & 0xffffffffffff, 0x010500070406);
    int five = (first_state.cr4 >> 12) & 1;
    check("paging-mode", paging_request.response ? paging_request.response->member[0] : ~0ull, (uint64_t)five);
    check("paging-five-levels", (uint64_t)five, BASE_REVISION >= 6 && cpuid(0, 0).eax >= 7 && cpuid(7, 0).ecx & 1 << 16);
}
