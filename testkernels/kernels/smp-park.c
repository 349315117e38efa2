/* smp-park: the boot processor alone runs; others, where there are any, wait for INIT and SIPI as the processor manuals have it.
 * Command line: wait=yes makes it spin until a debugger sets released.
 *
 * Prints:
 *   boot processor up
 *   released
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"

volatile uint32_t released, wait_count;

static __attribute__((noinline)) void wait_for_release(void)
{
    while (!released)
        wait_count++;
}

uint32_t kernel_main(void)
{
    print("boot processor up\n");
    if (option_is("wait", "yes"))
        wait_for_release();
    print("released\n");
    return EXIT_PASSED;
}
