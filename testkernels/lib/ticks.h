/* Waits that halt, for what takes longer than a slow host's kernel can spin. The local APIC's timer ends each HLT. Long mode. */
#pragma once
#include <stdint.h>
#include "cpu.h"
#include "time.h"

enum { TICK_VECTOR = 0x69 };

/* Starts the local APIC's timer on this processor, every 10 ms. The local APIC, the vectors and the time are up. */
void start_ticks(void);

/* Halts, interrupts on, until the condition holds or the limit is over; whether it holds. */
#define HALT_UNTIL(condition, milliseconds) \
    ({ \
        uint64_t halt_end = read_tsc() + (uint64_t)(milliseconds) * 1000 * tsc_per_microsecond; \
        int halt_held; \
        while (!(halt_held = (condition)) && (int64_t)(read_tsc() - halt_end) < 0) \
            halt_until_interrupt(); \
        halt_held; \
    })
