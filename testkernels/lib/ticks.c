#include "ticks.h"
#include "apic.h"

void start_ticks(void)
{
    apic_write(APIC_DIVIDE, 3);
    apic_write(APIC_INITIAL_COUNT, 0xffffffff);
    delay(10000);
    uint32_t count = 0xffffffff - apic_read(APIC_CURRENT_COUNT);
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | TICK_VECTOR);
    apic_write(APIC_INITIAL_COUNT, count);
}
