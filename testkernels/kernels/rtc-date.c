/* rtc-date: reads the date that the CMOS RTC was started with, and what it rolls over to. Changes nothing in the RTC.
 * Motorola MC146818A data sheet; the century is at 32h.
 *
 * Made for an RTC that starts a few seconds before midnight: prints the date and time at the start, and again when the day has changed,
 * with the day of the week (1 is Sunday):
 *   first 2100-02-28 23:59:58 day 1
 *   next 2100-03-01 00:00:00 day 2
 * Ends: debug exit 10h, or 11h when the day does not change within 6 s.
 * QEMU 7.2 cannot start its RTC at dates after 2038.
 */
#include "console.h"
#include "kernel.h"
#include "rtc.h"
#include "time.h"
#include "vectors.h"

enum { LIMIT = 6000000 }; /* microseconds */

static uint8_t registers[8];

/* All of them between two updates. */
static void read_date(void)
{
    static const uint8_t indexes[] = { RTC_CENTURY, RTC_YEAR, RTC_MONTH, RTC_DAY, RTC_HOURS, RTC_MINUTES, RTC_SECONDS, RTC_WEEKDAY };
    uint8_t seconds;
    do {
        (void)WAIT_FOR(!(rtc_read(RTC_A) & RTC_UIP), LONG_WAIT);
        seconds = rtc_read(RTC_SECONDS);
        for (unsigned i = 0; i < sizeof indexes; i++)
            registers[i] = rtc_read(indexes[i]);
    } while (rtc_read(RTC_SECONDS) != seconds || registers[6] != seconds);
}

static void print_two(unsigned i)
{
    print_character((char)('0' + (registers[i] >> 4)));
    print_character((char)('0' + (registers[i] & 15)));
}

static void print_date(const char *name)
{
    static const char after[] = { 0, '-', '-', ' ', ':', ':', 0 };
    print(name);
    for (unsigned i = 0; i < sizeof after; i++) {
        print_two(i);
        if (after[i])
            print_character(after[i]);
    }
    print(" day ");
    print_decimal(registers[7]);
    print("\n");
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    time_initialise();
    read_date();
    print_date("first ");
    uint8_t day = registers[3];
    if (!WAIT_FOR(rtc_read(RTC_DAY) != day && rtc_read(RTC_HOURS) == 0, LIMIT))
        return EXIT_FAILED;
    read_date();
    print_date("next ");
    return EXIT_PASSED;
}
