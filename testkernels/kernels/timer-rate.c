/* timer-rate: local APIC timer interrupts one after the other, each starting the next (one-shot, the shortest count), for measurements.
 * Command line: count=N interrupts (10000); wait=halt halts in between, else it spins; mode=x2apic.
 *
 * Prints:
 *   timer rate: begin
 *   timer rate: end
 * Ends: debug exit 10h after N interrupts; 11h when there is no x2APIC. A timer that stays silent never ends it.
 */
#include "apic.h"
#include "console.h"
#include "interrupts.h"
#include "kernel.h"
#include "vectors.h"

enum { VECTOR = 0x60, DIVIDE_BY_1 = 0xb };

static volatile uint32_t left;

static __attribute__((interrupt)) void on_timer(struct interrupt_frame *frame)
{
    (void)frame;
    if (--left)
        apic_write(APIC_INITIAL_COUNT, 1);
    apic_write(APIC_EOI, 0);
}

uint32_t kernel_main(void)
{
    int halts = option_is("wait", "halt");
    left = number_option("count", 10000);
    vectors_initialise();
    set_interrupt_gate(VECTOR, on_timer);
    if (!apic_initialise())
        return EXIT_FAILED;
    apic_write(APIC_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_LVT_TIMER, VECTOR);
    print("timer rate: begin\n");
    apic_write(APIC_INITIAL_COUNT, 1);
    enable_interrupts();
    while (left && !halts)
        pause();
    while (left) {
        disable_interrupts();
        if (left)
            halt_until_interrupt();
        enable_interrupts();
    }
    print("timer rate: end\n");
    return EXIT_PASSED;
}
