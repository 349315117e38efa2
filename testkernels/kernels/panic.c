/* panic: what a kernel does that has given up.
 *
 * Prints:
 *   about to panic
 *   KERNEL PANIC: deliberate
 * Ends: dead halt (or panic, where the profile's verdict.panic matches the line).
 */
#include "console.h"
#include "kernel.h"

static __attribute__((noinline, noreturn)) void panic(const char *why)
{
    print("KERNEL PANIC: ");
    print(why);
    print("\n");
    dead_halt();
}

uint32_t kernel_main(void)
{
    print("about to panic\n");
    panic("deliberate");
}
