#include "time.h"
#include "pit.h"

uint64_t tsc_per_microsecond = 2000;

/* TSC ticks in 5 ms of the PIT, or a few more: never fewer. 0 when the PIT does not count. */
static uint64_t measure(void)
{
    enum { TICKS = PIT_HZ / 200 };
    pit_gate2(0);
    pit_set(2, 0, TICKS);
    uint64_t start = read_tsc();
    pit_gate2(1);
    while (!pit_output2())
        if (read_tsc() - start > 2000000000)
            return 0;
    return read_tsc() - start;
}

/* A host that takes the processor away makes a measurement long: the shortest counts, once another has come close to it. */
void time_initialise(void)
{
    uint64_t shortest = measure();
    for (int more = 0; more < 6 && shortest; more++) {
        uint64_t ticks = measure(), difference = ticks > shortest ? ticks - shortest : shortest - ticks;
        if (ticks < shortest)
            shortest = ticks;
        if (difference < shortest / 128)
            break;
    }
    if (shortest)
        tsc_per_microsecond = shortest < 5000 ? 1 : shortest / 5000;
}

void delay(uint32_t microseconds)
{
    (void)WAIT_FOR(0, microseconds);
}
