/* mapper: code at a linear address (1 GiB) that is not mapped until the kernel maps it: first to one page frame, then to another, each
 * with its own copy of the code. `break mapped_function` from the first instruction on is held to hit twice.
 * Needs 8 MiB of RAM or more, and less than 1 GiB.
 *
 * Prints:
 *   in mapped code, pass 1
 *   in mapped code, pass 2
 *   passes = 2
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"

#define MAPPED __attribute__((section("mapped_code"), noinline, noclone))

enum { PRESENT_WRITABLE = 0x03, LARGE_PAGE = 0x80 };

volatile uint32_t passes;

extern char __start_mapped_code[], __stop_mapped_code[]; /* where it runs */
extern const char mapped_load[];          /* where it is stored */
extern uint64_t directory_pointers[];     /* of the first 512 GiB, an entry a GiB */

static uint64_t directory[512] __attribute__((aligned(4096)));

MAPPED void mapped_function(uint32_t pass)
{
    passes++;
    print("in mapped code, pass ");
    print_decimal(pass);
    print("\n");
}

static void flush_translations(void)
{
    uintptr_t map;
    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(map) : : "memory");
}

/* Copies the code to a frame (2 MiB) and maps that at 1 GiB. */
static __attribute__((noinline)) void map_to(uintptr_t frame)
{
    volatile char *target = (volatile char *)frame;
    for (long i = 0; i < __stop_mapped_code - __start_mapped_code; i++)
        target[i] = mapped_load[i];
    directory[0] = frame | LARGE_PAGE | PRESENT_WRITABLE;
    directory_pointers[1] = (uintptr_t)directory | PRESENT_WRITABLE;
    flush_translations();
}

uint32_t kernel_main(void)
{
    void (*volatile function)(uint32_t) = mapped_function;
    directory_pointers[1] = 0; /* the start-up code maps all of 4 GiB */
    flush_translations();
    map_to(0x400000);
    function(1);
    map_to(0x600000);
    function(2);
    print_decimal_value("passes", passes);
    return passes == 2 ? EXIT_PASSED : EXIT_FAILED;
}
