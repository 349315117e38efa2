/* steps: straight-line code of known length, to be single-stepped (its code is in steps-code.S).
 *
 * What a debugger may use:
 *   steps_begin, steps_end      labels: from the first instruction to the one after the last
 *   steps_count                 a variable, (int) to gdb: how many instructions lie between
 *   steps_shadows               a variable: how many of those are STI or MOV SS, behind which most processors do not stop
 *   halts_begin, halts_end      the same with HLT, which run only with halt=yes on the command line: nothing wakes the processor, so
 *   halts_count, halts_shadows  freely run it stays in the first HLT
 *   steps_result                what the code leaves in its registers and memory, folded; the same however it is run
 *
 * Prints:
 *   steps result = 34567aca
 *   steps done
 * Ends: debug exit 10h, or 11h when the result differs.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

uint32_t steps_run(void);
void halts_run(void);

volatile uint32_t steps_result;

uint32_t kernel_main(void)
{
    out8(0x21, 0xff); /* nothing interrupts */
    out8(0xa1, 0xff);
    steps_result = steps_run();
    print_hex_value("steps result", steps_result);
    if (option_is("halt", "yes"))
        halts_run();
    print("steps done\n");
    return steps_result == 0x34567aca ? EXIT_PASSED : EXIT_FAILED;
}
