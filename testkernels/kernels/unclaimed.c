/* unclaimed: reads and writes ports and memory where nothing is: an empty bus reads as all ones and swallows writes.
 * Writes 1 (8, 16 and 32 bits) to port 5F0h and reads it back; the same at D0000000h, and 64 bits in long mode.
 *
 * Prints:
 *   port 8 = ff
 *   port 16 = ffff
 *   port 32 = ffffffff
 *   memory 8 = ff
 *   memory 16 = ffff
 *   memory 32 = ffffffff
 *   memory 64 = ffffffffffffffff               64-bit kernels only
 * Ends: debug exit 10h, or 11h when one of them differs.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

static uint32_t result = EXIT_PASSED;

static void report(const char *name, uint64_t value, uint64_t wanted)
{
    print_hex_value(name, value);
    if (value != wanted)
        result = EXIT_FAILED;
}

uint32_t kernel_main(void)
{
    const uint16_t port = 0x5f0;
    out8(port, 1);
    out16(port, 1);
    out32(port, 1);
    report("port 8", in8(port), 0xff);
    report("port 16", in16(port), 0xffff);
    report("port 32", in32(port), 0xffffffff);

    const uintptr_t address = 0xd0000000;
    *(volatile uint8_t *)address = 1;
    *(volatile uint16_t *)address = 1;
    *(volatile uint32_t *)address = 1;
    report("memory 8", *(volatile uint8_t *)address, 0xff);
    report("memory 16", *(volatile uint16_t *)address, 0xffff);
    report("memory 32", *(volatile uint32_t *)address, 0xffffffff);
#ifdef __x86_64__
    *(volatile uint64_t *)address = 1;
    report("memory 64", *(volatile uint64_t *)address, ~0ull);
#endif
    return result;
}
