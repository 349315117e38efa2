/* hello: says hello over every boot protocol, in 32-bit protected mode and in long mode.
 *
 * Prints (the protocol is multiboot1, multiboot2, pvh, or direct for plain ELF and flat files; 64 or 32 is the mode):
 *   hello from 64-bit mode, booted by multiboot1
 * Debug console:
 *   hello
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"
#include "pvh.h"

uint32_t kernel_main(void)
{
    print("hello from ");
    print_decimal(8 * sizeof(void *));
    print("-bit mode, booted by ");
    print(boot.magic == MULTIBOOT1_MAGIC ? "multiboot1" : boot.magic == MULTIBOOT2_MAGIC ? "multiboot2"
          : boot.magic == PVH_MAGIC ? "pvh" : "direct");
    print("\n");
    debug_print("hello\n");
    return EXIT_PASSED;
}
