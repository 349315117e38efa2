/* alternate: writes to the debug console (E9h), to COM1 and to the POST port (80h) in turn, so that their order can be seen where two of
 * them share an end. Writes that have no effect on the guest may be collected on their way; they must not overtake each other.
 * Command line: rounds=N (300).
 *
 * Prints, on the console that is named by the letter: "E0", "C0", then a burst of "e" to the debug console as long as the round's number,
 * "E1", "C1" and so on, a line each.
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

enum { POST = 0x80 };

static void debug_decimal(uint32_t value)
{
    if (value >= 10)
        debug_decimal(value / 10);
    out8(DEBUG_CONSOLE, (uint8_t)('0' + value % 10));
}

uint32_t kernel_main(void)
{
    uint32_t rounds = number_option("rounds", 300);
    for (uint32_t i = 0; i < rounds; i++) {
        out8(POST, (uint8_t)i);
        debug_print("E");
        debug_decimal(i);
        debug_print("\n");
        print("C");
        print_decimal(i);
        print("\n");
        for (uint32_t burst = 0; burst < i; burst++)
            out8(DEBUG_CONSOLE, 'e');
        debug_print("\n");
    }
    return EXIT_PASSED;
}
