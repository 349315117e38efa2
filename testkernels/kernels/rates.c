/* rates: interrupts as fast as they come, as benchmarks.
 * Command line: what=timer (periodic local APIC timer), what=ipi (to the second processor and back), what=eoi (the register alone);
 *   count=N (1000); period=N nanoseconds of the timer (10000).
 *
 * Prints:
 *   rates: begin
 *   rates: end
 * Ends: debug exit 10h, or 11h when they do not come.
 */
#include "apic.h"
#include "console.h"
#include "kernel.h"
#include "smp.h"
#include "time.h"
#include "vectors.h"

enum { TIMER_VECTOR = 0x50, PING_VECTOR = 0x60, PONG_VECTOR = 0x61, LIMIT = 60 * 1000 * 1000 };

static volatile uint32_t interrupts;

static void count(struct trap *trap)
{
    interrupts++;
    end_apic_interrupt(trap);
}

static void answer(struct trap *trap)
{
    end_apic_interrupt(trap);
    apic_send(processors[0].id, APIC_FIXED | APIC_ASSERT | PONG_VECTOR);
}

static int timer(uint32_t wanted)
{
    handle_vector(TIMER_VECTOR, count);
    apic_write(APIC_DIVIDE, 0x0b); /* by 1 */
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | TIMER_VECTOR);
    apic_write(APIC_INITIAL_COUNT, number_option("period", 10000));
    return WAIT_FOR(interrupts >= wanted, LIMIT);
}

static int ipi(uint32_t wanted)
{
    handle_vector(PING_VECTOR, answer);
    handle_vector(PONG_VECTOR, count);
    smp_initialise();
    unsigned other = start_processor(1);
    if (!other)
        return 0;
    for (uint32_t i = 1; i <= wanted; i++) {
        apic_send(processors[other].id, APIC_FIXED | APIC_ASSERT | PING_VECTOR);
        if (!WAIT_FOR(interrupts == i, LONG_WAIT))
            return 0;
    }
    return 1;
}

static int eoi(uint32_t wanted)
{
    for (; wanted; wanted--)
        apic_write(APIC_EOI, 0);
    return 1;
}

uint32_t kernel_main(void)
{
    uint32_t wanted = number_option("count", 1000);
    vectors_initialise();
    time_initialise();
    if (!apic_initialise())
        return EXIT_FAILED;
    enable_interrupts();
    print("rates: begin\n");
    int done = option_is("what", "ipi") ? ipi(wanted) : option_is("what", "eoi") ? eoi(wanted) : timer(wanted);
    disable_interrupts();
    print("rates: end\n");
    return done ? EXIT_PASSED : EXIT_FAILED;
}
