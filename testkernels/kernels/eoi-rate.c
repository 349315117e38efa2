/* eoi-rate: writes to the local APIC's EOI register, with nothing in service, for measurements.
 * Command line: count=N writes (10000); mode=x2apic.
 *
 * Prints:
 *   EOI rate: begin
 *   EOI rate: end
 * Ends: debug exit 10h; 11h when there is no x2APIC.
 */
#include "apic.h"
#include "console.h"
#include "kernel.h"

uint32_t kernel_main(void)
{
    uint32_t count = number_option("count", 10000);
    if (!apic_initialise())
        return EXIT_FAILED;
    print("EOI rate: begin\n");
    if (x2apic)
        while (count--)
            write_msr(MSR_X2APIC + (APIC_EOI >> 4), 0);
    else
        while (count--)
            *(volatile uint32_t *)(uintptr_t)(APIC_PAGE + APIC_EOI) = 0;
    print("EOI rate: end\n");
    return EXIT_PASSED;
}
