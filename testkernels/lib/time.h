/* Time by the TSC, whose rate is measured against counter 2 of the PIT. Good to a percent or so: for limits on waiting, and no more. */
#pragma once
#include <stdint.h>
#include "cpu.h"

/* Measures, in 5 ms, or several times that on a busy host. Where the PIT never counts, 2 GHz are taken. */
void time_initialise(void);

/* TSC ticks a microsecond. */
extern uint64_t tsc_per_microsecond;

static inline uint64_t microseconds_since(uint64_t tsc) { return (read_tsc() - tsc) / tsc_per_microsecond; }

void delay(uint32_t microseconds);

/* Waits until the condition holds, at most that long; whether it does. */
#define WAIT_FOR(condition, microseconds) \
    ({ \
        uint64_t wait_end = read_tsc() + (uint64_t)(microseconds) * tsc_per_microsecond; \
        int wait_held; \
        while (!(wait_held = (condition)) && (int64_t)(read_tsc() - wait_end) < 0) \
            pause(); \
        wait_held; \
    })

/* Longer than an interrupt takes that will come at all, on a host whose cores are shared: */
enum { LONG_WAIT = 500000 }; /* microseconds */
