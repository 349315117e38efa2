/* exit-code: ends with the value that the command line states.
 * Command line: code=N, 0 to 4294967295; 10h without one. Values above 255 are written as 32 bits, others as 8.
 *
 * Prints (the value in hexadecimal):
 *   exit code = 10
 * Ends: debug exit N.
 */
#include "console.h"
#include "kernel.h"

uint32_t kernel_main(void)
{
    uint32_t code = number_option("code", EXIT_PASSED);
    print_hex_value("exit code", code);
    return code;
}
