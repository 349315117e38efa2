/* pit: the 8254: its modes on counter 2, by port 61h's gate and output, and on counter 0, by IRQ 0 through the I/O APIC; measured by the TSC.
 * Intel 8254 data sheet (231164), "Mode Definitions", "Read-Back Command".
 *
 * Prints a line a check, then "N passed, 0 failed". Times are in microseconds: nothing comes early, late is given room.
 * Ends: debug exit 10h, or 11h when a check fails.
 * QEMU 7.2 fails much of it: it has no gate but for modes 1 and 5's start, no BCD, no null count, mode 4's output upside down, and two
 * interrupts a period in mode 3.
 * The TSC is measured by counter 2 itself, and by the PM timer where that counts: then they must agree.
 */
#include "apic.h"
#include "checks.h"
#include "io-apic.h"
#include "kernel.h"
#include "measured.h"
#include "pit.h"
#include "pm-timer.h"
#include "time.h"
#include "vectors.h"

enum { VECTOR = 0x50, MS = 1000, TICKS_4_MS = 4773, LATE = 400000 };
enum { STATUS_OUTPUT = 0x80, STATUS_NULL = 0x40 };

static void set_counter_2(unsigned mode, uint16_t count) { pit_set(2, mode, count); }

/* How long the output of counter 2 takes to get there, in microseconds; 0 when it does not. */
static uint64_t time_until_output(int level, uint64_t start)
{
    return WAIT_FOR(pit_output2() == level, LONG_WAIT) ? microseconds_since(start) : 0;
}

static void check_rate(void)
{
    uint32_t first = pm_timer();
    delay(20 * MS);
    uint32_t ticks = pm_ticks(first, pm_timer());
    if (ticks)
        check_range("against-pm-timer", ticks, 20 * 3580 - 2000, 20 * 3580 + LATE * 4);
    else
        skip("against-pm-timer", "it does not count");
}

static void check_mode_0(void)
{
    pit_gate2(1);
    out8(PIT_CONTROL, 0xb0);
    check("mode-0-output-low-at-once", (uint64_t)pit_output2(), 0);
    uint64_t start = read_tsc();
    set_counter_2(0, TICKS_4_MS);
    check_range("mode-0-time", time_until_output(1, start), 3900, 4100 + LATE);
    delay(MS);
    check("mode-0-stays-high", (uint64_t)pit_output2(), 1);
    uint16_t after = pit_latch(2);
    check_range("mode-0-counts-on-from-ffff", after, 0x4000, 0xffff);

    set_counter_2(0, 0xffff);
    pit_gate2(0);
    delay(100);
    uint16_t held = pit_latch(2);
    delay(2 * MS);
    check("mode-0-gate-holds", pit_latch(2), held);
    pit_gate2(1);
    delay(2 * MS);
    check_range("mode-0-gate-lets-go-on", held - pit_latch(2), 2300, 2300 + LATE);
    set_counter_2(0, TICKS_4_MS);
    pit_gate2(0);
    start = read_tsc();
    delay(5 * MS);
    check("mode-0-gated-no-output", (uint64_t)pit_output2(), 0);
    pit_gate2(1);
    (void)time_until_output(1, start);
    check("mode-0-output-after-gate", (uint64_t)pit_output2(), 1);
}

/* A rising gate starts it; again before the end, it starts anew. */
static void check_mode_1(void)
{
    pit_gate2(0);
    set_counter_2(1, TICKS_4_MS);
    check("mode-1-output-high", (uint64_t)pit_output2(), 1);
    delay(5 * MS);
    check("mode-1-waits-for-gate", (uint64_t)pit_output2(), 1);
    pit_gate2(1);
    uint64_t start = read_tsc();
    (void)WAIT_FOR(!pit_output2(), MS);
    check("mode-1-output-low", (uint64_t)pit_output2(), 0);
    delay(2 * MS);
    pit_gate2(0);
    pit_gate2(1);
    check_range("mode-1-retriggered", time_until_output(1, start), 5900, 6200 + LATE);
}

/* Counts N to 1 and again; the output is low for the last clock alone, too short to be seen here. */
static void check_mode_2(void)
{
    pit_gate2(1);
    set_counter_2(2, 1193);
    delay(100);
    uint32_t zeros = 0, above = 0, wraps = 0;
    uint16_t last = pit_latch(2);
    uint64_t start = read_tsc();
    for (int i = 0; i < 20000 && microseconds_since(start) < 10 * MS; i++) {
        uint16_t count = pit_latch(2);
        zeros += count == 0;
        above += count > 1193;
        wraps += count > last;
        last = count;
    }
    check("mode-2-from-n-to-1", above << 16 | zeros, 0);
    check_range("mode-2-periods", wraps, 2, 11);
    pit_gate2(0);
    delay(100);
    uint16_t held = pit_latch(2);
    delay(500);
    check("mode-2-gate-holds", pit_latch(2), held);
    check("mode-2-gate-output-high", (uint64_t)pit_output2(), 1);
    set_counter_2(2, 60000);
    pit_gate2(1);
    delay(MS);
    pit_gate2(0);
    pit_gate2(1);
    delay(200);
    check_range("mode-2-gate-reloads", pit_latch(2), 50000, 59900);
}

/* A square wave: the output is high for half of the time; it counts by twos. */
static void check_mode_3(void)
{
    uint32_t high = 0, samples = 0, odd = 0, changes = 0;
    pit_gate2(1);
    set_counter_2(3, 2386); /* 2 ms */
    delay(3 * MS);
    uint64_t start = read_tsc();
    int last = pit_output2();
    while (microseconds_since(start) < 20 * MS && samples < 100000) {
        int now = pit_output2();
        high += (uint32_t)now;
        changes += now != last;
        last = now;
        samples++;
    }
    for (int i = 0; i < 10; i++)
        odd += pit_latch(2) & 1;
    check_range("mode-3-percent-high", samples ? high * 100 / samples : 0, 35, 65);
    check_range("mode-3-changes", changes, 8, 22);
    check("mode-3-even-counts", odd, 0);
    set_counter_2(3, 60000);
    delay(200);
    uint16_t first = pit_latch(2);
    uint64_t before = read_tsc();
    delay(4 * MS);
    uint64_t elapsed = microseconds_since(before);
    check_range("mode-3-by-twos", first - pit_latch(2), elapsed * 2 * 1193 / 1000 * 9 / 10, elapsed * 2 * 1193 / 1000 * 11 / 10 + 2000);
}

/* A strobe of one clock when the count ends, which counter 0's interrupt catches; here that the output is high before and after. */
static void check_mode_4_and_5(void)
{
    pit_gate2(1);
    set_counter_2(4, TICKS_4_MS);
    check("mode-4-output-high", (uint64_t)pit_output2(), 1);
    delay(6 * MS);
    check("mode-4-output-high-after", (uint64_t)pit_output2(), 1);
    check_range("mode-4-counts-on-from-ffff", pit_latch(2), 0x4000, 0xffff);

    pit_gate2(0);
    set_counter_2(5, 0xc000);
    check("mode-5-output-high", (uint64_t)pit_output2(), 1);
    pit_gate2(1);
    delay(MS);
    check_range("mode-5-started-by-gate", pit_latch(2), 0, 0xc000 - 900);
}

static void check_reading(void)
{
    pit_gate2(1);
    set_counter_2(0, 0xffff);
    out8(PIT_CONTROL, 0x80); /* latch */
    delay(MS);
    out8(PIT_CONTROL, 0x80); /* of no effect until the first is read */
    uint32_t low = in8(PIT_DATA + 2), held = low | (uint32_t)in8(PIT_DATA + 2) << 8;
    uint16_t now = pit_latch(2);
    check_range("latch-holds", held - now, 1000, 0xfff0);

    pit_gate2(0);
    set_counter_2(3, 0x1234);
    check("status", pit_status(2) & ~STATUS_NULL, STATUS_OUTPUT | 0x30 | 3 << 1);
    pit_gate2(1);
    delay(MS);
    check("status-count-loaded", pit_status(2) & (STATUS_NULL | 0x3f), 0x30 | 3 << 1);
    out8(PIT_CONTROL, 0xb8);
    check("status-null-count", pit_status(2) & (STATUS_NULL | 0x3f), STATUS_NULL | 0x30 | 4 << 1);

    set_counter_2(0, 0x8000);
    delay(100);
    pit_gate2(0);
    delay(100);
    out8(PIT_CONTROL, 0xc8); /* status and count of counter 2: the status is read first */
    uint8_t status = in8(PIT_DATA + 2);
    low = in8(PIT_DATA + 2), held = low | (uint32_t)in8(PIT_DATA + 2) << 8;
    check("read-back-status-first", status & 0x3f, 0x30);
    check("read-back-count", held, pit_latch(2));

    out8(PIT_CONTROL, 0x90); /* low byte alone, mode 0 */
    out8(PIT_DATA + 2, 0x7f);
    delay(10); /* loaded with the next clock */
    uint8_t one = in8(PIT_DATA + 2), other = in8(PIT_DATA + 2);
    check("low-byte-alone", one == other && one <= 0x7f, 1);
    out8(PIT_CONTROL, 0xa0); /* high byte alone: the low one is 0 */
    out8(PIT_DATA + 2, 0x40);
    delay(10);
    check_range("high-byte-alone", in8(PIT_DATA + 2), 0x3f, 0x40);

    pit_gate2(1);
    out8(PIT_CONTROL, 0xb1); /* mode 0, BCD */
    out8(PIT_DATA + 2, 0x99);
    out8(PIT_DATA + 2, 0x99);
    uint32_t not_decimal = 0;
    for (int i = 0; i < 20; i++) {
        uint16_t count = pit_latch(2);
        for (int digit = 0; digit < 16; digit += 4)
            not_decimal += (count >> digit & 15) > 9;
        delay(37);
    }
    check("bcd", not_decimal, 0);
    check("bcd-status", pit_status(2) & 0x3f, 0x31);
}

static void begin(void)
{
    io_apic_mask_all();
    pit_stop();
    delay(100);
    forget_arrivals();
    io_apic_route(IO_APIC_PIT_PIN, VECTOR, apic_id());
}

static uint64_t time_of_first(uint64_t start)
{
    return WAIT_FOR(arrivals[0][VECTOR], LONG_WAIT) ? microseconds_since(start) : 0;
}

static void check_interrupts(void)
{
    begin();
    uint64_t start = read_tsc();
    pit_set(0, 0, TICKS_4_MS);
    check_range("mode-0-interrupt", time_of_first(start), 3900, 4100 + LATE);
    delay(10 * MS);
    check("mode-0-interrupt-once", arrivals[0][VECTOR], 1);

    begin();
    pit_set(0, 4, 47727); /* 40 ms; the output goes high with the mode, an edge too after begin() */
    delay(MS);
    forget_arrivals();
    check_range("mode-4-interrupt", time_of_first(read_tsc()), 1, 40100 + LATE);
    delay(10 * MS);
    check("mode-4-interrupt-once", arrivals[0][VECTOR], 1);

    for (unsigned mode = 2; mode <= 3; mode++) {
        begin();
        pit_set(0, mode, 2386); /* 2 ms */
        (void)WAIT_FOR(arrivals[0][VECTOR], LONG_WAIT);
        uint32_t before = arrivals[0][VECTOR];
        start = read_tsc();
        (void)WAIT_FOR(arrivals[0][VECTOR] - before >= 10, 2 * LONG_WAIT);
        check_range(mode == 2 ? "mode-2-ten-interrupts" : "mode-3-ten-interrupts",
                    arrivals[0][VECTOR] - before >= 10 ? microseconds_since(start) : 0, 16000, 21000 + 4 * LATE);
    }
    begin();
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    (void)apic_initialise();
    enable_interrupts();
    check_measured(check_rate);
    check_measured(check_mode_0);
    check_measured(check_mode_1);
    check_measured(check_mode_2);
    check_measured(check_mode_3);
    check_measured(check_mode_4_and_5);
    check_measured(check_reading);
    check_measured(check_interrupts);
    return checks_result();
}
