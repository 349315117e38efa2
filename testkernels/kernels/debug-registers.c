/* debug-registers: the guest's own use of DR0 to DR3 and DR7. A debugger must leave them to it.
 * Command line: fire=yes lets two of them fire, through the guest's own #DB handler: a breakpoint and a write watchpoint. That needs KVM on
 * hardware, or nested in the Intel host; data watchpoints fire in neither a kvm_pvm host nor QEMU's software emulation of SVM.
 *
 * Prints (in hexadecimal; the third and fourth line only with fire=yes):
 *   addresses kept = 4
 *   dr7 = 400
 *   breakpoints fired = 1
 *   watchpoints fired = 1
 * Ends: debug exit 10h, or 11h when one of them differs.
 */
#include "console.h"
#include "interrupts.h"
#include "kernel.h"

#define WRITE(number, value) __asm__ volatile("mov %0, %%dr" #number : : "r"((uintptr_t)(value)))
#define READ(number) ({ uintptr_t value; __asm__ volatile("mov %%dr" #number ", %0" : "=r"(value)); value; })

enum { RESUME_FLAG = 1 << 16 };

static volatile uint32_t breakpoints, watchpoints;
volatile uint32_t written;

static __attribute__((interrupt)) void on_debug(struct interrupt_frame *frame)
{
    uintptr_t status = READ(6);
    if (status & 1) {
        breakpoints++;
        frame->flags |= RESUME_FLAG;
    }
    if (status & 2)
        watchpoints++;
    WRITE(6, 0xffff0ff0);
}

static __attribute__((noinline)) void target(void) { __asm__ volatile("nop"); }

static int fire(void)
{
    set_interrupt_gate(1, on_debug);
    WRITE(0, target);
    WRITE(1, &written);
    WRITE(7, 0x00d0040a); /* global 0: execute; global 1: write, 4 bytes */
    target();
    written = 1;
    WRITE(7, 0x400);
    print_decimal_value("breakpoints fired", breakpoints);
    print_decimal_value("watchpoints fired", watchpoints);
    return breakpoints == 1 && watchpoints == 1;
}

uint32_t kernel_main(void)
{
    WRITE(0, 0x11111000);
    WRITE(1, 0x22222000);
    WRITE(2, 0x33333000);
    WRITE(3, 0x44444000);
    WRITE(7, 0x400);
    uint32_t kept = (READ(0) == 0x11111000) + (READ(1) == 0x22222000) + (READ(2) == 0x33333000) + (READ(3) == 0x44444000);
    uintptr_t control = READ(7);
    print_hex_value("addresses kept", kept);
    print_hex_value("dr7", control);
    int right = kept == 4 && control == 0x400;
    if (option_is("fire", "yes"))
        right &= fire();
    return right ? EXIT_PASSED : EXIT_FAILED;
}
