/* loops: lines of source that execute many instructions, for a debugger's `next`, `step` and `until`.
 *
 *   one_line        a loop on one line
 *   several_lines   a loop of several lines, with an access to a port in it
 *   with_call       a loop on one line that calls `called`
 *
 * The command line: rounds=N is how often each goes round, 300 by itself.
 * Prints:
 *   one line = sum of 0 to rounds - 1
 *   several lines = the same
 *   with call = the same
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

#define NOINLINE __attribute__((noinline, noclone))
/* Keeps the compiler from working the sum out in advance. */
#define OPAQUE(value) __asm__ volatile("" : "+r"(value))

enum { SCRATCH = COM1 + 7 };

volatile uint32_t total;

NOINLINE void called(uint32_t value)
{
    total += value;
}

NOINLINE uint32_t one_line(uint32_t rounds)
{
    uint32_t sum = 0, i = 0;
    do { OPAQUE(sum); sum += i++; } while (i < rounds); /* the loop */
    total = sum; /* behind the loop */
    return total;
}

NOINLINE uint32_t several_lines(uint32_t rounds)
{
    uint32_t sum = 0, i = 0;
    do {
        OPAQUE(sum); /* in the loop */
        sum += i++;
        out8(SCRATCH, (uint8_t)sum);
    } while (i < rounds);
    total = sum; /* behind the loop */
    return total;
}

NOINLINE uint32_t with_call(uint32_t rounds)
{
    total = 0;
    for (uint32_t i = 0; i < rounds; i++) called(i); /* the loop */
    return total; /* behind the loop */
}

uint32_t kernel_main(void)
{
    uint32_t rounds = number_option("rounds", 300);
    print_decimal_value("one line", one_line(rounds));
    print_decimal_value("several lines", several_lines(rounds));
    print_decimal_value("with call", with_call(rounds));
    return EXIT_PASSED;
}
