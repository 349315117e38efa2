#include "checks.h"
#include "console.h"
#include "kernel.h"

enum kind { EXACT, RANGE, SKIPPED };

struct result {
    enum kind kind;
    const char *name;
    const char *why; /* of SKIPPED */
    uint64_t got, low, high;
};

enum { MOST_HELD = 48 };

static uint32_t passed, failed, skipped;

/* Results that are kept back. */
static struct result held[MOST_HELD];
static uint32_t held_count;
static int is_holding;

static int is_failure(const struct result *result)
{
    return result->kind != SKIPPED && (result->got < result->low || result->got > result->high);
}

static void tell(const struct result *result)
{
    int is_wrong = is_failure(result);
    if (result->kind == SKIPPED)
        skipped++;
    else if (is_wrong)
        failed++;
    else
        passed++;
    print(result->kind == SKIPPED ? "SKIP: " : is_wrong ? "FAIL: " : "PASS: ");
    print(result->name);
    if (result->kind == SKIPPED) {
        print(": ");
        print(result->why);
    } else if (is_wrong && result->kind == EXACT) {
        print(": got ");
        print_hex(result->got);
        print(", expected ");
        print_hex(result->low);
    } else if (is_wrong) {
        print(": got ");
        print_decimal64(result->got);
        print(", expected ");
        print_decimal64(result->low);
        print(" to ");
        print_decimal64(result->high);
    }
    print("\n");
}

static void take(struct result result)
{
    if (is_holding && held_count < MOST_HELD)
        held[held_count++] = result;
    else
        tell(&result);
}

void check(const char *name, uint64_t got, uint64_t expected) { take((struct result){ EXACT, name, 0, got, expected, expected }); }

void check_range(const char *name, uint64_t got, uint64_t low, uint64_t high)
{
    take((struct result){ RANGE, name, 0, got, low, high });
}

void skip(const char *name, const char *why) { take((struct result){ SKIPPED, name, why, 0, 0, 0 }); }

void checks_hold(void)
{
    is_holding = 1;
    held_count = 0;
}

uint32_t checks_held_failures(void)
{
    uint32_t failures = 0;
    for (uint32_t i = 0; i < held_count; i++)
        failures += (uint32_t)is_failure(&held[i]);
    return failures;
}

void checks_tell_held(void)
{
    is_holding = 0;
    for (uint32_t i = 0; i < held_count; i++)
        tell(&held[i]);
}

uint32_t checks_result(void)
{
    print_decimal(passed);
    print(" passed, ");
    print_decimal(failed);
    print(" failed\n");
    return failed || !(passed | skipped) ? EXIT_FAILED : EXIT_PASSED;
}
