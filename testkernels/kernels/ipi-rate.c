/* ipi-rate: two processors send each other an interrupt in turn, for measurements.
 * Command line: count=N round trips (10000), which are 2 N interrupts; wait=halt has both halt in between, else both spin; mode=x2apic.
 * Needs two processors, with APIC IDs 0 and 1.
 *
 * Prints:
 *   IPI rate: begin
 *   IPI rate: end
 * Ends: debug exit 10h after N round trips; 11h when there is no second processor or no x2APIC.
 */
#include "apic.h"
#include "console.h"
#include "interrupts.h"
#include "kernel.h"
#include "smp.h"
#include "time.h"

enum { THERE = 0x60, BACK = 0x61 };

static volatile uint32_t left;
static uint32_t here, other;

static __attribute__((interrupt)) void on_there(struct interrupt_frame *frame)
{
    (void)frame;
    apic_write(APIC_EOI, 0);
    apic_send(here, APIC_ASSERT | BACK);
}

static __attribute__((interrupt)) void on_back(struct interrupt_frame *frame)
{
    (void)frame;
    apic_write(APIC_EOI, 0);
    if (--left)
        apic_send(other, APIC_ASSERT | THERE);
}

static void spin(void)
{
    for (;;)
        pause();
}

uint32_t kernel_main(void)
{
    int halts = option_is("wait", "halt");
    left = number_option("count", 10000);
    vectors_initialise();
    set_interrupt_gate(THERE, on_there);
    set_interrupt_gate(BACK, on_back);
    time_initialise();
    if (!apic_initialise())
        return EXIT_FAILED;
    smp_initialise();
    here = apic_id();
    other = here ^ 1;
    if (!start_processor_with(other, halts ? 0 : spin))
        return EXIT_FAILED;
    print("IPI rate: begin\n");
    apic_send(other, APIC_ASSERT | THERE);
    enable_interrupts();
    while (left && !halts)
        pause();
    while (left) {
        disable_interrupts();
        if (left)
            halt_until_interrupt();
        enable_interrupts();
    }
    print("IPI rate: end\n");
    return EXIT_PASSED;
}
