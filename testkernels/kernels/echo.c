/* echo: reads COM1 and writes what it read back, until a 'q'.
 *
 * Prints:
 *   ready
 * then what it is sent, up to and with the 'q', and
 *   bytes = N
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

uint32_t kernel_main(void)
{
    uint32_t count = 0;
    char character;
    print("ready\n");
    do {
        while (!(in8(COM1 + 5) & 1))
            ;
        character = (char)in8(COM1);
        print_character(character);
        count++;
    } while (character != 'q');
    print("\n");
    print_decimal_value("bytes", count);
    return EXIT_PASSED;
}
