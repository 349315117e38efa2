/* Checks of a kernel, a line each on COM1: "PASS: name", "FAIL: name: got ..., expected ..." or "SKIP: name: why". */
#pragma once
#include <stdint.h>

/* Numbers are printed in hex, but for those of check_range. */
void check(const char *name, uint64_t got, uint64_t expected);

/* Passes from low to high, both included. Printed in decimal. */
void check_range(const char *name, uint64_t got, uint64_t low, uint64_t high);

void skip(const char *name, const char *why);

/* Keeps back the results that follow, 48 at most; those kept back so far are forgotten. */
void checks_hold(void);
uint32_t checks_held_failures(void);
/* Prints and counts them; the following are not kept back. */
void checks_tell_held(void);

/* Prints "N passed, M failed" and gives the value for isa-debug-exit: EXIT_PASSED, or EXIT_FAILED when one failed or none was made. */
uint32_t checks_result(void);
