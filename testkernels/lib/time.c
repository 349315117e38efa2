#include "time.h"
#include "pit.h"

uint64_t tsc_per_microsecond = 2000;

void time_initialise(void)
{
    enum { TICKS = PIT_HZ / 200 }; /* 5 ms */
    pit_gate2(0);
    pit_set(2, 0, TICKS);
    uint64_t start = read_tsc();
    pit_gate2(1);
    while (!pit_output2())
        if (read_tsc() - start > 2000000000)
            return;
    tsc_per_microsecond = (read_tsc() - start) / 5000;
    if (!tsc_per_microsecond)
        tsc_per_microsecond = 1;
}

void delay(uint32_t microseconds)
{
    (void)WAIT_FOR(0, microseconds);
}
