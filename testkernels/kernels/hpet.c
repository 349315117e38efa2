/* hpet: the HPET: its counter's rate, one-shot, periodic, level and edge, legacy replacement, 32-bit mode, FSB delivery.
 * IA-PC HPET specification 1.0a.
 *
 * Prints a line a check, then "N passed, 0 failed". Times are in microseconds: nothing comes early, late is given room.
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "apic.h"
#include "checks.h"
#include "hpet.h"
#include "io-apic.h"
#include "kernel.h"
#include "measured.h"
#include "pit.h"
#include "time.h"
#include "vectors.h"

enum { VECTOR = 0x58, FSB_VECTOR = 0x59, MS = 1000, LATE = 400000, QUIET = 3000 };

static uint64_t ticks_per_ms;
static volatile uint32_t entry_in_handler, status_in_handler;

static uint64_t counter(void) { return hpet_read(HPET_COUNTER); }

/* Everything off, halted, the counter 0. */
static void begin(void)
{
    io_apic_mask_all();
    hpet_write(HPET_CONFIGURATION, 0);
    for (unsigned timer = 0; timer < 3; timer++)
        hpet_write(hpet_timer(timer, HPET_TIMER_CONFIGURATION), 0);
    hpet_write(HPET_STATUS, 7);
    hpet_write(HPET_COUNTER, 0);
    handle_vector(VECTOR, end_apic_interrupt);
    delay(100);
    forget_arrivals();
}

static uint64_t time_of(uint32_t count, uint64_t start)
{
    return WAIT_FOR(arrivals[0][VECTOR] >= count, LONG_WAIT) ? microseconds_since(start) : 0;
}

/* The last I/O APIC pin that a timer can be routed to. */
static unsigned pin_of(unsigned timer)
{
    uint32_t routes = (uint32_t)(hpet_read(hpet_timer(timer, HPET_TIMER_CONFIGURATION)) >> 32) & 0xffffff;
    unsigned pin = 23;
    while (pin && !(routes >> pin & 1))
        pin--;
    return pin;
}

static void check_counter(void)
{
    uint64_t capabilities = hpet_read(HPET_CAPABILITIES);
    check("revision", (capabilities & 0xff) != 0, 1);
    check_range("period-fs", capabilities >> 32, 1, 0x05f5e100);
    check_range("timers", (capabilities >> 8 & 31) + 1, 3, 32);
    check("64-bit-counter", capabilities >> 13 & 1, 1);
    check("legacy-capable", capabilities >> 15 & 1, 1);
    hpet_write(HPET_CAPABILITIES, 0);
    check("capabilities-read-only", hpet_read(HPET_CAPABILITIES), capabilities);

    begin();
    hpet_write(HPET_COUNTER, 0x123456789abc);
    delay(MS);
    check("halted", counter(), 0x123456789abc);
    check("counter-halves", (uint64_t)*(volatile uint32_t *)(uintptr_t)(HPET_PAGE + HPET_COUNTER + 4), 0x1234);
    hpet_write(HPET_COUNTER, 0);
    hpet_write(HPET_CONFIGURATION, HPET_RUN);
    uint64_t best = 1000;
    for (int attempt = 0; attempt < 4 && best > 20; attempt++) {
        uint64_t first = counter(), start = read_tsc();
        delay(10 * MS);
        uint64_t ticks = counter() - first, elapsed = (read_tsc() - start) / tsc_per_microsecond, expected = elapsed * ticks_per_ms / MS;
        uint64_t off = (ticks > expected ? ticks - expected : expected - ticks) * 1000 / expected;
        best = off < best ? off : best;
    }
    check_range("rate-off-per-mille", best, 0, 100);
    hpet_write(HPET_CONFIGURATION, 0);
    uint64_t stopped = counter();
    delay(MS);
    check("halts-again", counter(), stopped);
}

static void check_one_shot(void)
{
    unsigned pin = pin_of(0);
    check("timer-0-has-a-pin", pin != 0, 1);
    begin();
    io_apic_route(pin, VECTOR, apic_id());
    hpet_write(hpet_timer(0, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT | pin << HPET_ROUTE_SHIFT);
    hpet_write(hpet_timer(0, HPET_COMPARATOR), 4 * ticks_per_ms);
    uint64_t start = read_tsc();
    hpet_write(HPET_CONFIGURATION, HPET_RUN);
    check_range("one-shot", time_of(1, start), 3900, 4100 + LATE);
    delay(10 * MS);
    check("one-shot-once", arrivals[0][VECTOR], 1);
    check("edge-no-status", hpet_read(HPET_STATUS) & 1, 0);
    check("comparator-stays", hpet_read(hpet_timer(0, HPET_COMPARATOR)), 4 * ticks_per_ms);

    hpet_write(hpet_timer(0, HPET_TIMER_CONFIGURATION), pin << HPET_ROUTE_SHIFT);
    hpet_write(hpet_timer(0, HPET_COMPARATOR), counter() + ticks_per_ms);
    delay(5 * MS);
    check("interrupt-disabled", arrivals[0][VECTOR], 1);
}

static void check_periodic(void)
{
    if (!(hpet_read(hpet_timer(0, HPET_TIMER_CONFIGURATION)) & HPET_CAN_PERIODIC)) {
        skip("periodic", "timer 0 cannot");
        return;
    }
    unsigned pin = pin_of(0);
    begin();
    io_apic_route(pin, VECTOR, apic_id());
    hpet_write(hpet_timer(0, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT | HPET_PERIODIC | HPET_SET_VALUE | pin << HPET_ROUTE_SHIFT);
    hpet_write(hpet_timer(0, HPET_COMPARATOR), 6 * ticks_per_ms); /* the first match */
    hpet_write(hpet_timer(0, HPET_COMPARATOR), 2 * ticks_per_ms); /* the period */
    check("set-value-falls", hpet_read(hpet_timer(0, HPET_TIMER_CONFIGURATION)) & HPET_SET_VALUE, 0);
    uint64_t start = read_tsc();
    hpet_write(HPET_CONFIGURATION, HPET_RUN);
    check_range("periodic-first", time_of(1, start), 5800, 6200 + LATE);
    check_range("periodic-fifth", time_of(5, start), 13500, 14500 + 2 * LATE);
    uint64_t comparator = hpet_read(hpet_timer(0, HPET_COMPARATOR));
    check("periodic-comparator-steps", comparator >= 14 * ticks_per_ms && comparator % (2 * ticks_per_ms) == 0, 1);
}

static void clear_status(struct trap *trap)
{
    (void)trap;
    status_in_handler = (uint32_t)hpet_read(HPET_STATUS) & 7;
    hpet_write(HPET_STATUS, 1);
    apic_write(APIC_EOI, 0);
}

static void check_level(void)
{
    unsigned pin = pin_of(0);
    begin();
    hpet_write(hpet_timer(0, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT | HPET_LEVEL | pin << HPET_ROUTE_SHIFT);
    hpet_write(hpet_timer(0, HPET_COMPARATOR), ticks_per_ms);
    handle_vector(VECTOR, clear_status);
    io_apic_route(pin, PIN_LEVEL | VECTOR, apic_id());
    uint64_t start = read_tsc();
    hpet_write(HPET_CONFIGURATION, HPET_RUN);
    check_range("level", time_of(1, start), 900, 1100 + LATE);
    delay(QUIET);
    check("level-status", status_in_handler, 1);
    check("level-once", arrivals[0][VECTOR], 1);
    check("level-status-cleared", hpet_read(HPET_STATUS) & 1, 0);

    hpet_write(hpet_timer(0, HPET_COMPARATOR), counter() + ticks_per_ms);
    (void)WAIT_FOR(arrivals[0][VECTOR] == 2, LONG_WAIT);
    delay(QUIET);
    check("level-again", arrivals[0][VECTOR], 2);
}

static void check_legacy(void)
{
    begin();
    pit_set(0, 2, 1193);
    io_apic_route(IO_APIC_PIT_PIN, VECTOR, apic_id());
    (void)WAIT_FOR(arrivals[0][VECTOR] >= 2, LONG_WAIT);
    check("pit-before-legacy", arrivals[0][VECTOR] >= 2, 1);
    hpet_write(HPET_CONFIGURATION, HPET_LEGACY);
    delay(QUIET);
    forget_arrivals();
    delay(10 * MS);
    check("legacy-cuts-pit-off", arrivals[0][VECTOR], 0);
    hpet_write(hpet_timer(0, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT);
    hpet_write(hpet_timer(0, HPET_COMPARATOR), 2 * ticks_per_ms);
    uint64_t start = read_tsc();
    hpet_write(HPET_CONFIGURATION, HPET_LEGACY | HPET_RUN);
    check_range("legacy-timer-0-on-pin-2", time_of(1, start), 1900, 2100 + LATE);

    begin();
    io_apic_route(IO_APIC_RTC_PIN, VECTOR, apic_id());
    hpet_write(hpet_timer(1, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT);
    hpet_write(hpet_timer(1, HPET_COMPARATOR), 2 * ticks_per_ms);
    start = read_tsc();
    hpet_write(HPET_CONFIGURATION, HPET_LEGACY | HPET_RUN);
    check_range("legacy-timer-1-on-pin-8", time_of(1, start), 1900, 2100 + LATE);

    begin();
    io_apic_route(IO_APIC_PIT_PIN, VECTOR, apic_id());
    (void)WAIT_FOR(arrivals[0][VECTOR] >= 2, LONG_WAIT);
    check("pit-after-legacy", arrivals[0][VECTOR] >= 2, 1);
    pit_stop();
}

static void check_32_bits(void)
{
    unsigned pin = pin_of(1);
    begin();
    io_apic_route(pin, VECTOR, apic_id());
    hpet_write(HPET_COUNTER, 0x00000005ffffff00);
    hpet_write(hpet_timer(1, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT | HPET_32_BIT_MODE | pin << HPET_ROUTE_SHIFT);
    check("32-bit-mode", hpet_read(hpet_timer(1, HPET_TIMER_CONFIGURATION)) & HPET_32_BIT_MODE, HPET_32_BIT_MODE);
    *(volatile uint32_t *)(uintptr_t)(HPET_PAGE + hpet_timer(1, HPET_COMPARATOR)) = (uint32_t)(2 * ticks_per_ms);
    uint64_t start = read_tsc();
    hpet_write(HPET_CONFIGURATION, HPET_RUN);
    check_range("32-bit-match", time_of(1, start), 1900, 2200 + LATE); /* 100h ticks to the wrap, and 2 ms */
}

static void check_fsb(void)
{
    if (!(hpet_read(hpet_timer(2, HPET_TIMER_CONFIGURATION)) & HPET_CAN_FSB)) {
        skip("fsb", "timer 2 cannot");
        return;
    }
    begin();
    hpet_write(hpet_timer(2, HPET_FSB_ROUTE), (uint64_t)(APIC_PAGE | apic_id() << 12) << 32 | FSB_VECTOR);
    hpet_write(hpet_timer(2, HPET_TIMER_CONFIGURATION), HPET_INTERRUPT | HPET_FSB);
    hpet_write(hpet_timer(2, HPET_COMPARATOR), 2 * ticks_per_ms);
    hpet_write(HPET_CONFIGURATION, HPET_RUN);
    (void)WAIT_FOR(arrivals[0][FSB_VECTOR], LONG_WAIT);
    delay(QUIET);
    check("fsb", arrivals[0][FSB_VECTOR], 1);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    (void)apic_initialise();
    enable_interrupts();
    if (!hpet_period()) {
        check("present", 0, 1);
        return checks_result();
    }
    ticks_per_ms = 1000000000000ull / hpet_period();
    check_measured(check_counter);
    check_measured(check_one_shot);
    check_measured(check_periodic);
    check_measured(check_level);
    check_measured(check_legacy);
    check_measured(check_32_bits);
    check_measured(check_fsb);
    begin();
    return checks_result();
}
