/* poweroff: turns the machine off.
 * Command line: how=acpi (port 604h, as on QEMU; the default), how=acpi-b004 (as on Bochs and old QEMU), how=bochs ("Shutdown" at 8900h).
 *
 * Prints:
 *   powering off
 * Ends: power-off; where the machine goes on, it prints "still on" and ends with debug exit 11h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

enum { SLEEP_ENABLE = 1 << 13 }; /* with sleep type 0, which is S5 on these machines */

uint32_t kernel_main(void)
{
    print("powering off\n");
    if (option_is("how", "bochs"))
        for (const char *letter = "Shutdown"; *letter; letter++)
            out8(0x8900, (uint8_t)*letter);
    else
        out16(option_is("how", "acpi-b004") ? 0xb004 : 0x604, SLEEP_ENABLE);
    for (int i = 0; i < 1000; i++)
        (void)in8(0x80); /* a machine may take its time */
    print("still on\n");
    return EXIT_FAILED;
}
