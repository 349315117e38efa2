/* frozen: reads every clock in a loop, made for a debugger that stops the machine for a while: no clock may have gone on.
 *
 * For a debugger: stop, wait, go on, stop again. `clocks` has what was read last; `gaps` has, in microseconds, the longest time that each
 * clock saw between two rounds of the loop: set it to zeros before a stop, and look at it after. A gap as long as the stop is a
 * clock that did not stop. `rounds` counts the rounds, the label next_round is at the end of each. Set frozen_stop to end it.
 * Prints "reading clocks" before the loop.
 * Ends: when frozen_stop is set, debug exit 10h.
 */
#include "apic.h"
#include "console.h"
#include "hpet.h"
#include "kernel.h"
#include "pit.h"
#include "pm-timer.h"
#include "rtc.h"
#include "time.h"
#include "vectors.h"

enum { DIVIDE_BY_128 = 0xa };

volatile struct { uint64_t tsc, hpet; uint32_t pm_timer, apic_timer, pit; uint8_t rtc_seconds, rtc_minutes; } clocks;
volatile struct { uint64_t tsc, hpet, pm_timer, apic_timer, pit; uint32_t rtc_seconds; } gaps;
volatile uint32_t rounds, frozen_stop;

static uint32_t apic_per_millisecond;
static uint64_t hpet_ticks_per_ms;

#define LONGEST(gap, microseconds) \
    do { \
        uint64_t longest_now = (microseconds); \
        if (longest_now > (gap)) \
            (gap) = longest_now; \
    } while (0)

static uint32_t binary(uint8_t bcd) { return (bcd >> 4) * 10u + (bcd & 15); }

static void read_round(int first)
{
    uint64_t tsc = read_tsc(), hpet = hpet_ticks_per_ms ? hpet_read(HPET_COUNTER) : 0;
    uint32_t pm = pm_timer(), apic = apic_read(APIC_CURRENT_COUNT), pit = pit_latch(2);
    uint8_t seconds = clocks.rtc_seconds, minutes = clocks.rtc_minutes;
    if (!(rtc_read(RTC_A) & RTC_UIP)) {
        seconds = rtc_read(RTC_SECONDS);
        minutes = rtc_read(RTC_MINUTES);
    }
    if (!first) {
        LONGEST(gaps.tsc, (tsc - clocks.tsc) / tsc_per_microsecond);
        if (hpet_ticks_per_ms)
            LONGEST(gaps.hpet, (hpet - clocks.hpet) * 1000 / hpet_ticks_per_ms);
        LONGEST(gaps.pm_timer, (uint64_t)pm_ticks(clocks.pm_timer, pm) * 1000000 / PM_TIMER_HZ);
        LONGEST(gaps.apic_timer, (uint64_t)(clocks.apic_timer - apic) * 1000 / apic_per_millisecond);
        LONGEST(gaps.pit, (uint64_t)((clocks.pit - pit) & 0xffff) * 1000000 / PIT_HZ);
        uint32_t passed = (binary(minutes) * 60 + binary(seconds) + 3600 - binary(clocks.rtc_minutes) * 60 - binary(clocks.rtc_seconds)) % 3600;
        if (passed > gaps.rtc_seconds)
            gaps.rtc_seconds = passed;
    }
    clocks.tsc = tsc;
    clocks.hpet = hpet;
    clocks.pm_timer = pm;
    clocks.apic_timer = apic;
    clocks.pit = pit;
    clocks.rtc_seconds = seconds;
    clocks.rtc_minutes = minutes;
}

static __attribute__((noinline)) void read_until_stopped(void)
{
    while (!frozen_stop) {
        read_round(0);
        __asm__ volatile(".globl next_round\n"
                         "next_round:\n"
                         "\tincl %0"
                         : "+m"(rounds));
    }
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    time_initialise();
    (void)apic_initialise();
    apic_write(APIC_DIVIDE, DIVIDE_BY_128);
    apic_write(APIC_INITIAL_COUNT, 0xffffffff);
    delay(20000);
    apic_per_millisecond = (0xffffffff - apic_read(APIC_CURRENT_COUNT)) / 20;
    if (!apic_per_millisecond)
        apic_per_millisecond = 1;
    if (hpet_period()) {
        hpet_ticks_per_ms = 1000000000000ull / hpet_period();
        hpet_write(HPET_CONFIGURATION, hpet_read(HPET_CONFIGURATION) | HPET_RUN);
    }
    pit_gate2(1);
    pit_set(2, 2, 0);
    delay(100);
    read_round(1);
    print("reading clocks\n");
    read_round(1);
    read_until_stopped();
    return EXIT_PASSED;
}
