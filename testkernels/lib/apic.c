#include "apic.h"
#include "checks.h"
#include "kernel.h"

int x2apic;

int x2apic_supported(void) { return cpuid(1, 0).ecx >> 21 & 1; }

uint32_t apic_read(uint32_t offset)
{
    if (x2apic)
        return (uint32_t)read_msr(MSR_X2APIC + (offset >> 4));
    return *(volatile uint32_t *)(uintptr_t)(APIC_PAGE + offset);
}

void apic_write(uint32_t offset, uint32_t value)
{
    if (x2apic)
        write_msr(MSR_X2APIC + (offset >> 4), value);
    else
        *(volatile uint32_t *)(uintptr_t)(APIC_PAGE + offset) = value;
}

uint32_t apic_id(void) { return x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24; }

void apic_enable(void)
{
    uint64_t base = read_msr(MSR_APIC_BASE);
    base |= APIC_BASE_ENABLED;
    write_msr(MSR_APIC_BASE, base);
    if (x2apic)
        write_msr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
    apic_write(APIC_SVR, SVR_ENABLED | SPURIOUS_VECTOR);
    apic_write(APIC_TPR, 0);
    for (uint32_t entry = APIC_LVT_TIMER; entry <= APIC_LVT_ERROR; entry += 0x10)
        apic_write(entry, APIC_MASKED);
    apic_write(APIC_INITIAL_COUNT, 0);
}

int apic_initialise(void)
{
    x2apic = option_is("mode", "x2apic");
    if (x2apic && !x2apic_supported()) {
        skip("x2apic", "not in CPUID");
        return 0;
    }
    apic_enable();
    return 1;
}

void apic_send(uint32_t destination, uint32_t command)
{
    if (x2apic) {
        write_msr(MSR_X2APIC + (APIC_ICR >> 4), (uint64_t)destination << 32 | command);
        return;
    }
    apic_write(APIC_ICR_HIGH, destination << 24);
    apic_write(APIC_ICR, command);
    for (int i = 0; i < 1000 && apic_read(APIC_ICR) & APIC_PENDING; i++)
        pause();
}

int apic_bit(uint32_t first_register, unsigned vector)
{
    return apic_read(first_register + vector / 32 * 0x10) >> (vector % 32) & 1;
}
