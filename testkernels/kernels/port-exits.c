/* port-exits: writes to a port, over and over, as a benchmark of exits. The loop is three instructions.
 * Command line: count=N (1000), port=N (3FFh, the scratch register of COM1).
 *
 * Prints:
 *   port exits: begin
 *   port exits: end
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

static __attribute__((noinline)) void write_ports(uint16_t port, uint32_t count)
{
    for (; count; count--)
        out8(port, (uint8_t)count);
}

uint32_t kernel_main(void)
{
    uint16_t port = (uint16_t)number_option("port", 0x3ff);
    uint32_t count = number_option("count", 1000);
    print("port exits: begin\n");
    write_ports(port, count);
    print("port exits: end\n");
    return EXIT_PASSED;
}
