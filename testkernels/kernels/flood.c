/* flood: prints without end and as fast as it can, whole strings in one instruction (REP OUTSB).
 *
 * Command line: port=N, the port that the bytes go to; E9h, the debug console, when it is not there.
 * Ends: not by itself.
 */
#include <stdint.h>
#include "kernel.h"

enum { DEBUG_CONSOLE_PORT = 0xe9, LINE = 64 };

static uint8_t text[4096];

uint32_t kernel_main(void)
{
    uint16_t port = (uint16_t)number_option("port", DEBUG_CONSOLE_PORT);
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = i % LINE == LINE - 1 ? '\n' : '.';
    for (;;) {
        const uint8_t *from = text;
        uintptr_t count = sizeof text;
        __asm__ volatile("cld; rep outsb" : "+S"(from), "+c"(count) : "d"(port) : "memory");
    }
}
