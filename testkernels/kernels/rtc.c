/* rtc: the CMOS RTC: dates that roll over, formats, update, alarm and periodic interrupts on IRQ 8 (I/O APIC pin 8), the update cycle, NVRAM.
 * Motorola MC146818A data sheet. The century (32h), memory sizes (15h to 18h, 30h, 31h, 34h, 35h) and checksum (2Eh, 2Fh, of 10h to 2Dh) are
 * the PC/AT's and its successors'.
 *
 * Command line: memory=N, the machine's RAM in MiB, for a check of the sizes.
 * Sets the date and leaves it wrong. Takes some 6 s, most of it halted.
 * Prints a line a check, then "N passed, 0 failed".
 * Ends: debug exit 10h, or 11h when a check fails.
 * QEMU 7.2 fails flag-without-interrupt (it counts periods only for the interrupt), and its firmware writes no checksum.
 * The first update comes 500 ms after the divider's reset is released; a date is set with it held.
 */
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "io-apic.h"
#include "kernel.h"
#include "measured.h"
#include "rtc.h"
#include "ticks.h"
#include "vectors.h"

enum { VECTOR = 0x68, MS = 1000 };

static volatile uint32_t flags_seen; /* what register C told, all together */
static volatile uint32_t updates, alarms, periods;

static void on_rtc(struct trap *trap)
{
    (void)trap;
    uint8_t flags = rtc_read(RTC_C);
    flags_seen |= flags;
    updates += flags >> 4 & 1;
    alarms += flags >> 5 & 1;
    periods += flags >> 6 & 1;
    apic_write(APIC_EOI, 0);
}

static void disable(void)
{
    rtc_interrupts(0);
    delay(100);
}

static void enable(uint8_t interrupts)
{
    disable();
    flags_seen = updates = alarms = periods = 0;
    rtc_interrupts(interrupts);
}

/* Date and time as decimal digits, YYYYMMDDhhmmss. BCD, 24 hours. */
static void set_date(uint64_t date)
{
    static const uint8_t registers[] = { RTC_SECONDS, RTC_MINUTES, RTC_HOURS, RTC_DAY, RTC_MONTH, RTC_YEAR, RTC_CENTURY };
    rtc_write(RTC_B, RTC_SET | RTC_24_HOURS);
    rtc_write(RTC_A, RTC_RESET);
    for (unsigned i = 0; i < sizeof registers; i++, date /= 100)
        rtc_write(registers[i], (uint8_t)(date / 10 % 10 << 4 | date % 10));
    rtc_write(RTC_B, RTC_24_HOURS);
    rtc_write(RTC_A, RTC_RUN_1024);
}

static uint64_t date(void)
{
    static const uint8_t registers[] = { RTC_CENTURY, RTC_YEAR, RTC_MONTH, RTC_DAY, RTC_HOURS, RTC_MINUTES, RTC_SECONDS };
    uint64_t result = 0;
    for (unsigned i = 0; i < sizeof registers; i++) {
        uint8_t value = rtc_read(registers[i]);
        result = result * 100 + (value >> 4) * 10u + (value & 15);
    }
    return result;
}

static void check_rollover(const char *name, uint64_t before, uint64_t after)
{
    uint64_t start = read_tsc();
    set_date(before);
    enable(RTC_UPDATE_ENDED);
    (void)HALT_UNTIL(updates, 1500);
    uint64_t taken = microseconds_since(start), reached = date();
    disable();
    check_range(name, reached, after, after);
    if (after == 20000101000000)
        check_range("first-update-after-reset", taken, 450 * MS, 950 * MS);
}

static void check_dates(void)
{
    set_date(20260714123456);
    check_range("date-set", date(), 20260714123456, 20260714123456);
    check_rollover("century", 19991231235959, 20000101000000);
    check_rollover("no-leap-day", 20230228235959, 20230301000000);
    check_rollover("leap-day", 20240228235959, 20240229000000);
    check_rollover("after-leap-day", 20240229235959, 20240301000000);
    check_rollover("thirty-days", 20260430235959, 20260501000000);
}

static uint8_t hour_in(uint8_t format, uint8_t hour)
{
    rtc_write(RTC_B, RTC_SET | format);
    rtc_write(RTC_A, RTC_RESET);
    rtc_write(RTC_HOURS, hour);
    rtc_write(RTC_MINUTES, format & RTC_BINARY ? 59 : 0x59);
    rtc_write(RTC_SECONDS, format & RTC_BINARY ? 59 : 0x59);
    rtc_write(RTC_B, format);
    rtc_write(RTC_A, RTC_RUN_1024);
    flags_seen = updates = 0;
    (void)rtc_read(RTC_C);
    rtc_write(RTC_B, RTC_UPDATE_ENDED | format);
    (void)HALT_UNTIL(updates, 1500);
    hour = rtc_read(RTC_HOURS);
    rtc_write(RTC_B, RTC_24_HOURS);
    return hour;
}

static void check_formats(void)
{
    check("binary-24-hours", hour_in(RTC_BINARY | RTC_24_HOURS, 18), 19);
    check("bcd-12-hours-to-pm", hour_in(0, 0x11), 0x92);
    check("bcd-12-hours-to-am", hour_in(0, 0x91), 0x12);
    check("binary-12-hours-to-1", hour_in(RTC_BINARY, 0x80 | 12), 0x80 | 1);
}

static void check_interrupts(void)
{
    set_date(20260714123456);
    uint64_t start = read_tsc();
    enable(RTC_PERIODIC);
    (void)HALT_UNTIL(periods >= 50, 1000);
    uint64_t taken = microseconds_since(start);
    disable();
    check_range("periodic-1024-hz-50", taken, 47 * MS, 1000 * MS);
    check("periodic-flags", flags_seen & 0xc0, 0xc0);

    enable(RTC_PERIODIC);
    rtc_write(RTC_A, 0x2a); /* 64 Hz */
    (void)HALT_UNTIL(periods, 100);
    start = read_tsc();
    periods = 0;
    (void)HALT_UNTIL(periods >= 5, 1000);
    taken = microseconds_since(start);
    rtc_write(RTC_A, RTC_RUN_1024);
    disable();
    check_range("periodic-64-hz-5", taken, 60 * MS, 1000 * MS);

    uint32_t before = arrivals[0][VECTOR];
    delay(5 * MS);
    check("none-enabled", arrivals[0][VECTOR], before);
    check("flag-without-interrupt", rtc_read(RTC_C) & 0xc0, 0x40);

    /* Until register C is read, the line stays up and there is no other edge. */
    disable_interrupts();
    enable(RTC_PERIODIC);
    (void)WAIT_FOR(apic_bit(APIC_IRR, VECTOR), LONG_WAIT);
    delay(5 * MS);
    rtc_write(RTC_A, 0x2f); /* 2 Hz: none comes between the two reads */
    uint8_t flags = rtc_read(RTC_C), again = rtc_read(RTC_C);
    disable();
    enable_interrupts();
    check("c-cleared-by-read", (uint64_t)(flags & 0xc0) << 8 | (again & 0x80), 0xc000);

    set_date(20260714123458);
    rtc_write(RTC_SECONDS_ALARM, 0x59);
    rtc_write(RTC_MINUTES_ALARM, 0x34);
    rtc_write(RTC_HOURS_ALARM, 0x12);
    enable(RTC_ALARM);
    (void)HALT_UNTIL(alarms, 1500);
    check("alarm", alarms, 1);
    check("alarm-flags", flags_seen & 0xa0, 0xa0);
    check("alarm-second", rtc_read(RTC_SECONDS), 0x59);

    set_date(20260714123458);
    rtc_write(RTC_SECONDS_ALARM, 0xff); /* do not care: every second */
    rtc_write(RTC_MINUTES_ALARM, 0xc0);
    rtc_write(RTC_HOURS_ALARM, 0xff);
    enable(RTC_ALARM | RTC_UPDATE_ENDED);
    (void)HALT_UNTIL(alarms, 1500);
    check_range("alarm-do-not-care", alarms, 1, 2);

    set_date(20260714123458);
    rtc_write(RTC_SECONDS_ALARM, 0x57);
    enable(RTC_ALARM | RTC_UPDATE_ENDED);
    (void)HALT_UNTIL(updates, 1500);
    check("alarm-of-another-second", updates << 4 | alarms, 0x10);
    disable();
}

/* UIP is up for at least 244 us before each update: where a busy host looks away for longer, another try shows it. */
static void check_update_cycle(void)
{
    uint64_t rise = 0, fall = 0;
    for (int tries = 0; tries < 6 && !fall; tries++) {
        set_date(20260714123456);
        uint64_t start = read_tsc();
        (void)HALT_UNTIL(microseconds_since(start) > 400 * MS, 1000);
        out8(0x70, RTC_A);
        if (!WAIT_FOR(in8(0x71) & RTC_UIP, LONG_WAIT))
            continue;
        rise = read_tsc();
        uint8_t before = rtc_read(RTC_SECONDS);
        out8(0x70, RTC_A);
        if (!(in8(0x71) & RTC_UIP))
            continue;
        check("uip-before-update", before, 0x56);
        if (WAIT_FOR(!(in8(0x71) & RTC_UIP), LONG_WAIT))
            fall = read_tsc();
        check_range("uip-time", (fall - rise) / tsc_per_microsecond, 1, 50000);
        check("uip-after-update", rtc_read(RTC_SECONDS), 0x57);
    }
    if (!fall)
        skip("uip", "this host is too slow, or too busy, to see it");

    rtc_write(RTC_B, RTC_SET | RTC_24_HOURS);
    check("set-no-uip", rtc_read(RTC_A) & RTC_UIP, 0);
    rtc_write(RTC_B, RTC_24_HOURS);
    check("register-d", rtc_read(RTC_D), 0x80);
}

static void check_nvram(void)
{
    uint8_t kept = rtc_read(0x40);
    rtc_write(0x40, 0x5a);
    uint8_t one = rtc_read(0x40);
    rtc_write(0x40, 0xa5);
    check("nvram", (uint64_t)(one << 8 | rtc_read(0x40)), 0x5aa5);
    rtc_write(0x40, kept);

    check("base-memory", (uint64_t)(rtc_read(0x16) << 8 | rtc_read(0x15)), 640);
    uint32_t extended = (uint32_t)rtc_read(0x31) << 8 | rtc_read(0x30), above = (uint32_t)rtc_read(0x35) << 8 | rtc_read(0x34);
    check("extended-memory-twice", (uint64_t)(rtc_read(0x18) << 8 | rtc_read(0x17)), extended);
    uint32_t megabytes = number_option("memory", 0);
    if (megabytes) {
        check("extended-memory", extended, megabytes >= 64 ? 0xffff : (megabytes - 1) * 1024);
        check("memory-above-16m", above, megabytes > 16 ? (megabytes - 16) * 16 : 0);
    }
    uint32_t sum = 0;
    for (uint8_t index = 0x10; index <= 0x2d; index++)
        sum += rtc_read(index);
    check("checksum", (uint64_t)(rtc_read(0x2e) << 8 | rtc_read(0x2f)), sum & 0xffff);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    handle_vector(VECTOR, on_rtc);
    time_initialise();
    (void)apic_initialise();
    start_ticks();
    io_apic_mask_all();
    io_apic_route(IO_APIC_RTC_PIN, VECTOR, apic_id());
    check_nvram();
    enable_interrupts();
    check_measured(check_dates);
    check_measured(check_formats);
    check_measured(check_interrupts);
    check_measured(check_update_cycle);
    return checks_result();
}
