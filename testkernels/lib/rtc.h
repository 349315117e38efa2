/* The CMOS RTC at ports 70h and 71h. Motorola MC146818A data sheet; the century register is where the FADT of PCs has it. */
#pragma once
#include <stdint.h>
#include "ports.h"

enum { RTC_SECONDS, RTC_SECONDS_ALARM, RTC_MINUTES, RTC_MINUTES_ALARM, RTC_HOURS, RTC_HOURS_ALARM, RTC_WEEKDAY, RTC_DAY, RTC_MONTH, RTC_YEAR,
       RTC_A, RTC_B, RTC_C, RTC_D, RTC_CENTURY = 0x32 };
enum { RTC_SET = 0x80, RTC_PERIODIC = 0x40, RTC_ALARM = 0x20, RTC_UPDATE_ENDED = 0x10, RTC_BINARY = 0x04, RTC_24_HOURS = 0x02 }; /* B; C has IRQF, PF, AF, UF */
enum { RTC_UIP = 0x80, RTC_RUN_1024 = 0x26, RTC_RESET = 0x66 }; /* A: update in progress; 32,768 Hz and 1,024 Hz; divider held in reset */

static inline uint8_t rtc_read(uint8_t index)
{
    out8(0x70, index);
    return in8(0x71);
}

static inline void rtc_write(uint8_t index, uint8_t value)
{
    out8(0x70, index);
    out8(0x71, value);
}

/* Lets these of the three interrupts through, the periodic one at 1,024 Hz, and forgets what is pending. */
static inline void rtc_interrupts(uint8_t enabled)
{
    rtc_write(RTC_A, RTC_RUN_1024);
    rtc_write(RTC_B, (uint8_t)((rtc_read(RTC_B) & 0x0f) | enabled));
    (void)rtc_read(RTC_C);
}
