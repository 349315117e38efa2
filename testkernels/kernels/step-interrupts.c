/* step-interrupts: plain instructions under a local APIC timer that interrupts all the time, made for single steps: a step must stay in the
 * loop, and the loop's sums must come out whatever is done.
 * Command line: period=N, microseconds between interrupts (50). mode=x2apic. second=yes: the second processor (APIC ID 1) counts in
 * second_count meanwhile, under a timer of its own.
 *
 * For a debugger: `ticks` counts the interrupts of the boot processor, second_ticks those of the second;
 * labels step_loop, step_second, step_third, step_branch, in order, of an instruction each;
 * step_count counts rounds, and step_twice is twice that at step_loop. Set step_stop to end it.
 * Prints "stepping" before the loop, then "ticks came" and the check of the sums.
 * Ends: when step_stop is set, debug exit 10h, or 11h when a check fails.
 */
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "kernel.h"
#include "smp.h"
#include "time.h"
#include "vectors.h"

enum { VECTOR = 0x60, DIVIDE_BY_1 = 0xb };

volatile uint32_t ticks, second_ticks, second_count, step_count, step_twice, step_stop;

static uint32_t per_period;

static void on_timer(struct trap *trap)
{
    (void)trap;
    if (cpu_number())
        second_ticks++;
    else
        ticks++;
    apic_write(APIC_EOI, 0);
}

static void start_timer(void)
{
    apic_write(APIC_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | VECTOR);
    apic_write(APIC_INITIAL_COUNT, per_period ? per_period : 1);
}

static void run_second(void)
{
    start_timer();
    while (!step_stop)
        second_count++;
}

static __attribute__((noinline)) void step(void)
{
    __asm__ volatile(".globl step_loop, step_second, step_third, step_branch\n"
                     "step_loop:\n"
                     "\tincl %0\n"
                     "step_second:\n"
                     "\taddl $2, %1\n"
                     "step_third:\n"
                     "\tcmpl $0, %2\n"
                     "step_branch:\n"
                     "\tje step_loop"
                     : "+m"(step_count), "+m"(step_twice) : "m"(step_stop) : "cc");
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    handle_vector(VECTOR, on_timer);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    apic_write(APIC_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_INITIAL_COUNT, 0xffffffff);
    delay(2000);
    per_period = (uint32_t)((uint64_t)(0xffffffff - apic_read(APIC_CURRENT_COUNT)) * number_option("period", 50) / 2000);
    if (option_is("second", "yes")) {
        smp_initialise();
        unsigned second = start_processor(1);
        if (!second)
            return EXIT_FAILED;
        begin_on(second, run_second);
    }
    start_timer();
    enable_interrupts();
    print("stepping\n");
    step();
    disable_interrupts();
    check("ticks-came", ticks != 0, 1);
    check("sums", step_twice, 2 * step_count);
    return checks_result();
}
