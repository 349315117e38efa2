/* deaths: the ways in which a young kernel dies, one a run.
 *
 * how=unmapped     a write beyond all that is mapped, with no IDT: triple fault at `faulting_store`
 * how=no-gate      the same with an IDT that has a gate for the breakpoint alone
 * how=late         the same after a loop of `count=N` rounds (100) that no exit interrupts
 * how=loop         the same with a page-fault handler that mends nothing: it faults for ever
 * how=polls        waits for a device that never comes: reads port 2F0h for ever
 *
 * Prints:
 *   about to die
 * Ends: as above; RBX holds 1122334455667788h, CR2 is 5EAD00000000h.
 */
#include "console.h"
#include "interrupts.h"
#include "kernel.h"
#include "ports.h"

volatile uint32_t rounds, faults;

static __attribute__((interrupt)) void on_page_fault(struct interrupt_frame *frame, uintptr_t error)
{
    (void)frame, (void)error;
    faults++;
}

static __attribute__((interrupt)) void on_breakpoint(struct interrupt_frame *frame)
{
    (void)frame;
}

static __attribute__((noinline)) void store_nowhere(void)
{
    __asm__ volatile(".globl faulting_store\n"
                     "faulting_store:\n"
                     "\tmovb $1, (%0)"
                     : : "r"((uintptr_t)0x5ead00000000), "b"((uintptr_t)0x1122334455667788) : "memory");
}

static __attribute__((noinline)) void die(void)
{
    for (uint32_t n = number_option("count", 100); n; n--)
        rounds++;
    store_nowhere();
}

uint32_t kernel_main(void)
{
    print("about to die\n");
    if (option_is("how", "polls"))
        for (;;)
            in8(0x2f0);
    if (option_is("how", "no-gate"))
        set_interrupt_gate(3, on_breakpoint);
    if (option_is("how", "loop"))
        set_interrupt_gate(14, (void *)on_page_fault);
    if (option_is("how", "late"))
        die();
    else
        store_nowhere();
    return EXIT_FAILED;
}
