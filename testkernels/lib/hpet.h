/* The HPET at FED00000h. IA-PC HPET specification 1.0a. */
#pragma once
#include <stdint.h>

enum { HPET_PAGE = 0xfed00000 };
enum { HPET_CAPABILITIES = 0x00, HPET_CONFIGURATION = 0x10, HPET_STATUS = 0x20, HPET_COUNTER = 0xf0, HPET_TIMERS = 0x100 };
enum { HPET_TIMER_CONFIGURATION = 0x00, HPET_COMPARATOR = 0x08, HPET_FSB_ROUTE = 0x10 };
enum { HPET_RUN = 1, HPET_LEGACY = 2 };
enum { HPET_LEVEL = 1 << 1, HPET_INTERRUPT = 1 << 2, HPET_PERIODIC = 1 << 3, HPET_CAN_PERIODIC = 1 << 4, HPET_64_BITS = 1 << 5,
       HPET_SET_VALUE = 1 << 6, HPET_32_BIT_MODE = 1 << 8, HPET_ROUTE_SHIFT = 9, HPET_FSB = 1 << 14, HPET_CAN_FSB = 1 << 15 };

static inline uint64_t hpet_read(uint32_t offset) { return *(volatile uint64_t *)(uintptr_t)(HPET_PAGE + offset); }
static inline void hpet_write(uint32_t offset, uint64_t value) { *(volatile uint64_t *)(uintptr_t)(HPET_PAGE + offset) = value; }
static inline uint32_t hpet_timer(unsigned timer, uint32_t offset) { return HPET_TIMERS + 0x20 * timer + offset; }

/* Its period in femtoseconds, or 0 when there is none. */
static inline uint32_t hpet_period(void)
{
    uint32_t period = (uint32_t)(hpet_read(HPET_CAPABILITIES) >> 32);
    return period && period <= 0x05f5e100 ? period : 0;
}
