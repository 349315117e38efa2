/* reset: resets the machine.
 * Command line: how=port92 (the default), how=8042 (command FEh at port 64h), how=triple (INT3 with no IDT; needs KVM on hardware).
 *
 * Prints:
 *   resetting
 * Ends: reset (how=triple: triple fault); where the machine goes on, it prints "still on" and ends with debug exit 11h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

static void reset_by_8042(void)
{
    for (int attempts = 0; attempts < 1000 && in8(0x64) & 2; attempts++)
        ; /* input buffer full */
    out8(0x64, 0xfe);
}

static void reset_by_triple_fault(void)
{
    static const struct { uint16_t limit; uintptr_t base; } __attribute__((packed)) empty = { 0, 0 };
    __asm__ volatile("lidt %0; int3" : : "m"(empty));
}

uint32_t kernel_main(void)
{
    print("resetting\n");
    if (option_is("how", "8042")) {
        reset_by_8042();
    } else if (option_is("how", "triple")) {
        reset_by_triple_fault();
    } else {
        uint8_t value = in8(0x92);
        out8(0x92, (uint8_t)(value & ~1));
        out8(0x92, value | 1);
    }
    for (int i = 0; i < 1000; i++)
        (void)in8(0x80); /* a machine may take its time */
    print("still on\n");
    return EXIT_FAILED;
}
