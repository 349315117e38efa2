/* ticks: a loop of plain instructions under a fast local APIC timer, and every clock of the machine read in turn.
 * Command line: period=N microseconds of the timer (200).
 *
 * Prints:
 *   ticks: running
 * Ends: never, or debug exit 10h once a debugger sets `stop`. Made for a debugger: the loop is at `loop_start`, `ticks` counts the
 * interrupts, `rounds` the loop, and `clocks` holds what the clocks showed in the last round.
 */
#include "apic.h"
#include "console.h"
#include "kernel.h"
#include "pit.h"
#include "ports.h"
#include "vectors.h"

enum { TIMER_VECTOR = 0x50, HPET_PAGE = 0xfed00000, PM_TIMER = 0x608, TICKS_PER_MICROSECOND = 1000 };

struct clocks { uint64_t tsc, hpet, pm_timer, apic_timer, pit; };

volatile uint32_t ticks, rounds, stop;
volatile struct clocks clocks;

static void tick(struct trap *trap)
{
    ticks++;
    end_apic_interrupt(trap);
}

__attribute__((noinline)) void read_clocks(void)
{
    clocks.tsc = read_tsc();
    clocks.hpet = *(volatile uint64_t *)(uintptr_t)(HPET_PAGE + 0xf0);
    clocks.pm_timer = in32(PM_TIMER);
    clocks.apic_timer = apic_read(APIC_CURRENT_COUNT);
    clocks.pit = pit_latch(0);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    if (!apic_initialise())
        return EXIT_FAILED;
    handle_vector(TIMER_VECTOR, tick);
    *(volatile uint64_t *)(uintptr_t)(HPET_PAGE + 0x10) |= 1;
    apic_write(APIC_DIVIDE, 0x0b); /* by 1 */
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | TIMER_VECTOR);
    apic_write(APIC_INITIAL_COUNT, number_option("period", 200) * TICKS_PER_MICROSECOND);
    enable_interrupts();
    print("ticks: running\n");
    while (!stop) {
        __asm__ volatile(".globl loop_start\nloop_start: nop; nop; nop; nop; nop; nop; nop; nop");
        read_clocks();
        rounds++;
    }
    return EXIT_PASSED;
}
