/* spinner: counts for ever, for Ctrl-C and time limits. A debugger ends it by setting spin_stop.
 *
 * Prints:
 *   spinning
 * Ends: never; debug exit 10h after spin_stop is set.
 */
#include "console.h"
#include "kernel.h"

volatile uint32_t spin_count;
volatile uint32_t spin_stop;

static __attribute__((noinline)) void spin(void)
{
    while (!spin_stop)
        spin_count++;
}

uint32_t kernel_main(void)
{
    print("spinning\n");
    spin();
    return EXIT_PASSED;
}
