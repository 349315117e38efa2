/* triple-fault: an undefined instruction with no IDT, so that the processor shuts down.
 *
 * Prints:
 *   about to triple-fault
 * Ends: triple fault. RIP is `faulting_instruction`, RBX holds 1122334455667788h (EBX 55667788h), the first exception is #UD.
 */
#include "console.h"
#include "kernel.h"

static __attribute__((noinline)) void fault(void)
{
    static const struct { uint16_t limit; uintptr_t base; } __attribute__((packed)) empty = { 0, 0 };
    __asm__ volatile("lidt %0\n"
                     "\t.globl faulting_instruction\n"
                     "faulting_instruction:\n"
                     "\tud2"
                     : : "m"(empty), "b"((uintptr_t)0x1122334455667788));
}

uint32_t kernel_main(void)
{
    print("about to triple-fault\n");
    fault();
    return EXIT_FAILED;
}
