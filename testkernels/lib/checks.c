#include "checks.h"
#include "console.h"
#include "kernel.h"

static uint32_t passed, failed, skipped;

static int judge(const char *name, int condition)
{
    if (condition)
        passed++;
    else
        failed++;
    print(condition ? "PASS: " : "FAIL: ");
    print(name);
    return condition;
}

void check(const char *name, uint64_t got, uint64_t expected)
{
    if (!judge(name, got == expected)) {
        print(": got ");
        print_hex(got);
        print(", expected ");
        print_hex(expected);
    }
    print("\n");
}

void check_range(const char *name, uint64_t got, uint64_t low, uint64_t high)
{
    if (!judge(name, got >= low && got <= high)) {
        print(": got ");
        print_decimal64(got);
        print(", expected ");
        print_decimal64(low);
        print(" to ");
        print_decimal64(high);
    }
    print("\n");
}

void skip(const char *name, const char *why)
{
    skipped++;
    print("SKIP: ");
    print(name);
    print(": ");
    print(why);
    print("\n");
}

uint32_t checks_result(void)
{
    print_decimal(passed);
    print(" passed, ");
    print_decimal(failed);
    print(" failed\n");
    return failed || !(passed | skipped) ? EXIT_FAILED : EXIT_PASSED;
}
