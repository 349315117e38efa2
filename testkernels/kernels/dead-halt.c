/* dead-halt: halts with interrupts off, for good.
 *
 * Prints:
 *   halting for good
 * Ends: dead halt.
 */
#include "console.h"
#include "kernel.h"

uint32_t kernel_main(void)
{
    print("halting for good\n");
    dead_halt();
}
