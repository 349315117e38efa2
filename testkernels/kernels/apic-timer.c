/* apic-timer: the local APIC's timer: one-shot, periodic, TSC deadline, divide values, mask, stop.
 * Intel SDM volume 3, "APIC Timer".
 * Command line: mode=x2apic.
 *
 * Prints a line a check, then "N passed, 0 failed". Nothing comes early; late is given much room, for hosts with busy cores.
 * Ends: debug exit 10h, or 11h when a check fails.
 * QEMU 7.2's software emulation has no TSC deadline; KVM's own local APIC fails unmasked-later.
 */
#include "apic.h"
#include "checks.h"
#include "kernel.h"
#include "measured.h"
#include "time.h"
#include "vectors.h"

enum { TIMER = 0x60, DEADLINE = 0x61, DIVIDE_BY_1 = 0xb, MILLISECOND = 1000 };

static uint32_t per_millisecond; /* timer ticks, undivided */

static uint32_t timer_interrupts(void) { return arrivals[0][TIMER]; }

static void start_timer(uint32_t mode, uint32_t divide, uint32_t count)
{
    apic_write(APIC_LVT_TIMER, mode | TIMER);
    apic_write(APIC_DIVIDE, divide);
    apic_write(APIC_INITIAL_COUNT, count);
}

static void stop_timer(void)
{
    apic_write(APIC_INITIAL_COUNT, 0);
    apic_write(APIC_LVT_TIMER, APIC_MASKED);
    delay(100);
    forget_arrivals();
}

/* Undivided ticks a millisecond under a divide value, measured over 4 ms. The TSC is read on both sides of the timer, and the shortest of
 * some tries is taken, so that an interruption of the whole machine between two reads does not count. */
static uint32_t measured_rate(uint32_t divide, uint32_t divisor)
{
    uint64_t best_doubt = ~0ull, rate = 0;
    for (int attempt = 0; attempt < 4; attempt++) {
        start_timer(APIC_MASKED, divide, 0xffffffff);
        uint64_t before1 = read_tsc();
        uint32_t first = apic_read(APIC_CURRENT_COUNT);
        uint64_t after1 = read_tsc();
        delay(4 * MILLISECOND);
        uint64_t before2 = read_tsc();
        uint32_t second = apic_read(APIC_CURRENT_COUNT);
        uint64_t after2 = read_tsc();
        uint64_t doubt = (after1 - before1) + (after2 - before2), elapsed = (before2 + after2) / 2 - (before1 + after1) / 2;
        if (doubt < best_doubt) {
            best_doubt = doubt;
            rate = (uint64_t)(first - second) * divisor * MILLISECOND * tsc_per_microsecond / elapsed;
        }
    }
    stop_timer();
    return (uint32_t)rate;
}

static void check_divide(void)
{
    static const uint8_t codes[] = { 0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa };
    static const char *const names[] = { "divide-by-2", "divide-by-4", "divide-by-8", "divide-by-16", "divide-by-32", "divide-by-64",
                                         "divide-by-128" };
    per_millisecond = measured_rate(DIVIDE_BY_1, 1);
    check_range("rate-per-millisecond", per_millisecond, 1000, 10000000);
    for (uint32_t i = 0; i < sizeof codes; i++)
        check_range(names[i], measured_rate(codes[i], 2u << i), per_millisecond / 100 * 98, per_millisecond / 100 * 102);
}

static void check_one_shot(void)
{
    uint64_t start = read_tsc();
    start_timer(0, DIVIDE_BY_1, 4 * per_millisecond);
    check("initial-count", apic_read(APIC_INITIAL_COUNT), 4 * per_millisecond);
    check_range("current-count", apic_read(APIC_CURRENT_COUNT), 0, 4 * per_millisecond);
    (void)WAIT_FOR(timer_interrupts(), LONG_WAIT);
    check_range("one-shot-after", microseconds_since(start), 3900, LONG_WAIT);
    delay(10 * MILLISECOND);
    check("one-shot-once", timer_interrupts(), 1);
    check("one-shot-count-ends", apic_read(APIC_CURRENT_COUNT), 0);
    check("one-shot-initial-stays", apic_read(APIC_INITIAL_COUNT), 4 * per_millisecond);
    stop_timer();

    start_timer(0, DIVIDE_BY_1, 1000 * per_millisecond);
    start = read_tsc();
    apic_write(APIC_INITIAL_COUNT, 2 * per_millisecond);
    (void)WAIT_FOR(timer_interrupts(), LONG_WAIT);
    check_range("initial-count-restarts", timer_interrupts() ? microseconds_since(start) : 0, 1900, LONG_WAIT);
    stop_timer();
}

static void check_periodic(void)
{
    uint64_t start = read_tsc();
    start_timer(APIC_PERIODIC, DIVIDE_BY_1, 2 * per_millisecond);
    (void)WAIT_FOR(timer_interrupts() >= 5, 2 * LONG_WAIT);
    uint64_t elapsed = microseconds_since(start);
    check("periodic-comes-again", timer_interrupts() >= 5, 1);
    check_range("periodic-five-after", elapsed, 9500, 2 * LONG_WAIT);
    uint32_t count = apic_read(APIC_CURRENT_COUNT);
    check_range("periodic-count", count, 0, 2 * per_millisecond);

    apic_write(APIC_INITIAL_COUNT, 0);
    delay(100);
    uint32_t before = timer_interrupts();
    delay(10 * MILLISECOND);
    check("zero-stops", timer_interrupts(), before);
    check("zero-count", apic_read(APIC_CURRENT_COUNT), 0);
    stop_timer();
}

/* What expires while it is masked is not made up for. */
static void check_mask(void)
{
    start_timer(APIC_MASKED, DIVIDE_BY_1, 2 * per_millisecond);
    delay(10 * MILLISECOND);
    check("masked", timer_interrupts() << 8 | (uint32_t)apic_bit(APIC_IRR, TIMER), 0);
    check("masked-counts", apic_read(APIC_CURRENT_COUNT), 0);
    apic_write(APIC_LVT_TIMER, TIMER);
    delay(5 * MILLISECOND);
    check("unmasked-later", timer_interrupts(), 0);
    stop_timer();

    start_timer(APIC_MASKED, DIVIDE_BY_1, 4 * per_millisecond);
    apic_write(APIC_LVT_TIMER, TIMER);
    (void)WAIT_FOR(timer_interrupts(), LONG_WAIT);
    check("unmasked-in-time", timer_interrupts(), 1);
    stop_timer();
}

static void check_pending(void)
{
    disable_interrupts();
    start_timer(APIC_PERIODIC, DIVIDE_BY_1, per_millisecond);
    (void)WAIT_FOR(apic_bit(APIC_IRR, TIMER), LONG_WAIT);
    delay(5 * MILLISECOND);
    check("held-in-irr", (uint64_t)apic_bit(APIC_IRR, TIMER), 1);
    check("edge-triggered", (uint64_t)apic_bit(APIC_TMR, TIMER), 0);
    apic_write(APIC_INITIAL_COUNT, 0);
    enable_interrupts();
    delay(5 * MILLISECOND);
    check("held-is-one", timer_interrupts(), 1);
    stop_timer();
}

static void check_deadline(void)
{
    if (!(cpuid(1, 0).ecx >> 24 & 1)) {
        skip("tsc-deadline", "not in CPUID");
        return;
    }
    write_msr(MSR_TSC_DEADLINE, ~0ull);
    check("deadline-other-mode", read_msr(MSR_TSC_DEADLINE), 0);

    apic_write(APIC_LVT_TIMER, APIC_TSC_DEADLINE | DEADLINE);
    check("deadline-unarmed", read_msr(MSR_TSC_DEADLINE), 0);
    uint64_t deadline = read_tsc() + 4 * MILLISECOND * tsc_per_microsecond;
    write_msr(MSR_TSC_DEADLINE, deadline);
    (void)WAIT_FOR(arrivals[0][DEADLINE], LONG_WAIT);
    check("deadline-not-early", arrivals[0][DEADLINE] && (int64_t)(read_tsc() - deadline) >= 0, 1);
    delay(10 * MILLISECOND);
    check("deadline-once", arrivals[0][DEADLINE], 1);
    check("deadline-disarmed", read_msr(MSR_TSC_DEADLINE), 0);

    write_msr(MSR_TSC_DEADLINE, read_tsc() - 1);
    (void)WAIT_FOR(arrivals[0][DEADLINE] == 2, LONG_WAIT);
    check("deadline-past", arrivals[0][DEADLINE], 2);

    deadline = read_tsc() + 1000 * MILLISECOND * tsc_per_microsecond;
    write_msr(MSR_TSC_DEADLINE, deadline);
    check("deadline-reads", read_msr(MSR_TSC_DEADLINE), deadline);
    apic_write(APIC_INITIAL_COUNT, 1000);
    check("deadline-no-count", apic_read(APIC_CURRENT_COUNT), 0);
    write_msr(MSR_TSC_DEADLINE, read_tsc() + 40 * MILLISECOND * tsc_per_microsecond);
    write_msr(MSR_TSC_DEADLINE, 0);
    delay(45 * MILLISECOND);
    check("deadline-zero-disarms", arrivals[0][DEADLINE], 2);

    write_msr(MSR_TSC_DEADLINE, read_tsc() + 40 * MILLISECOND * tsc_per_microsecond);
    apic_write(APIC_LVT_TIMER, DEADLINE);
    delay(45 * MILLISECOND);
    check("mode-change-disarms", arrivals[0][DEADLINE], 2);
    stop_timer();
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    enable_interrupts();
    check_measured(check_divide);
    check_measured(check_one_shot);
    check_measured(check_periodic);
    check_measured(check_mask);
    check_measured(check_pending);
    check_measured(check_deadline);
    return checks_result();
}
