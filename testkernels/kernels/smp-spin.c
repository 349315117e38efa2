/* smp-spin: every processor counts for ever, each its own counter in a loop of its own, for debuggers that stop some and not others.
 * Command line: cpus=N, how many there are.
 *
 * Prints:
 *   spinning on N
 * Ends: never; debug exit 10h after a debugger sets spin_stop, 11h when a processor does not start.
 */
#include "apic.h"
#include "console.h"
#include "kernel.h"
#include "smp.h"
#include "time.h"
#include "vectors.h"

volatile uint32_t counts[MAXIMUM_CPUS];
volatile uint32_t spin_stop;

static __attribute__((noinline)) void count_others(unsigned number)
{
    while (!spin_stop)
        counts[number]++;
}

static void other_main(void) { count_others(cpu_number()); }

static __attribute__((noinline)) void count_boot(void)
{
    while (!spin_stop)
        counts[0]++;
}

uint32_t kernel_main(void)
{
    uint32_t expected = number_option("cpus", 1);
    time_initialise();
    if (!apic_initialise())
        return EXIT_FAILED;
    smp_initialise();
    for (uint32_t id = 1; id < expected; id++)
        if (!start_processor_with(id, other_main))
            return EXIT_FAILED;
    print("spinning on ");
    print_decimal(expected);
    print("\n");
    count_boot();
    return EXIT_PASSED;
}
