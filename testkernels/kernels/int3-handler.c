/* int3-handler: the guest's own INT3s, with its own IDT. A debugger must leave them to it.
 * Needs KVM on hardware, or nested in the AMD or Intel host; the emulated kernel mode of a kvm_pvm host cannot run INT3.
 *
 * Prints:
 *   guest INT3s = 3
 *   return addresses right = 3
 * Ends: debug exit 10h, or 11h when the counts differ.
 */
#include "console.h"
#include "interrupts.h"
#include "kernel.h"

volatile uint32_t breakpoints, right_addresses;

extern const char after_int3[];

static __attribute__((interrupt)) void on_breakpoint(struct interrupt_frame *frame)
{
    breakpoints++;
    if (frame->ip == (uintptr_t)after_int3)
        right_addresses++;
}

static __attribute__((noinline)) void execute_int3(void)
{
    __asm__ volatile("int3\n"
                     "\t.globl after_int3\n"
                     "after_int3:\n"
                     "\tnop"
                     : : : "memory");
}

uint32_t kernel_main(void)
{
    set_interrupt_gate(3, on_breakpoint);
    for (int i = 0; i < 3; i++)
        execute_int3();
    print_decimal_value("guest INT3s", breakpoints);
    print_decimal_value("return addresses right", right_addresses);
    return breakpoints == 3 && right_addresses == 3 ? EXIT_PASSED : EXIT_FAILED;
}
