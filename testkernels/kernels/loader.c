/* loader: copies a second stage over memory in which a debugger may have planted a breakpoint, and calls it; three times, by 8-byte stores
 * (4-byte ones in 32-bit mode), by REP MOVSB, and by single bytes. Before each copy it fills the place with CCh. The symbols of the second
 * stage are those of the place where it runs (2 MiB), so that `break second_stage` before it is there is held to hit three times.
 *
 * Prints:
 *   second stage, pass 1
 *   second stage, pass 2
 *   second stage, pass 3
 *   passes = 3
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"

#define SECOND_STAGE __attribute__((section("second_stage_code"), noinline, noclone))

volatile uint32_t passes;

extern char __start_second_stage_code[], __stop_second_stage_code[]; /* where it runs */
extern const char second_stage_load[];                /* where it is stored */

SECOND_STAGE void second_stage(uint32_t pass)
{
    passes++;
    print("second stage, pass ");
    print_decimal(pass);
    print("\n");
}

static __attribute__((noinline)) void copy_second_stage(uint32_t pass)
{
    uintptr_t size = (uintptr_t)(__stop_second_stage_code - __start_second_stage_code);
    volatile char *target = __start_second_stage_code;
    for (uintptr_t i = 0; i < size; i++)
        target[i] = (char)0xcc;

    if (pass == 1) {
        for (uintptr_t i = 0; i < size; i += sizeof(uintptr_t))
            *(volatile uintptr_t *)(target + i) = *(const uintptr_t *)(second_stage_load + i);
    } else if (pass == 2) {
        char *to = __start_second_stage_code;
        const char *from = second_stage_load;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    } else {
        for (uintptr_t i = 0; i < size; i++)
            target[i] = second_stage_load[i];
    }
}

uint32_t kernel_main(void)
{
    void (*volatile stage)(uint32_t) = second_stage;
    for (uint32_t pass = 1; pass <= 3; pass++) {
        copy_second_stage(pass);
        stage(pass);
    }
    print_decimal_value("passes", passes);
    return passes == 3 ? EXIT_PASSED : EXIT_FAILED;
}
