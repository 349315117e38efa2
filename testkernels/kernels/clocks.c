/* clocks: calibrates the TSC and the local APIC timer against the ACPI PM timer, the HPET and the PIT, over twice 60 ms, as operating systems
 * do at their start, and compares the results with each other and with what CPUID tells.
 * Command line: mode=x2apic.
 *
 * Prints a line a measurement, then a line a check ("PASS: tsc-by-hpet" ...), then "N passed, 0 failed":
 *   tsc by pm-timer: 2000012345 Hz
 * Differences are checked in parts per million: at most 500. A measurement that was disturbed (the reads took too long) is made again.
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "hpet.h"
#include "kernel.h"
#include "pit.h"
#include "pm-timer.h"
#include "time.h"
#include "vectors.h"

enum { LIMIT = 500, WINDOW = 60000, ATTEMPTS = 24, TRIES = 12 };
enum { DIVIDE_BY_16 = 3 };

/* Every clock once, each with the TSC at the middle of its reading. */
struct moment { uint64_t pm_tsc, hpet_tsc, pit_tsc, apic_tsc, hpet; uint32_t pm, pit, apic; };

static uint64_t doubt; /* the longest of the shortest readings, in TSC ticks */

/* Reads a clock some times and keeps the reading that took the shortest. */
#define READ_CLOCK(clock, moment_tsc, moment_value) \
    do { \
        uint64_t shortest = ~0ull; \
        for (int try = 0; try < TRIES; try++) { \
            uint64_t before = read_tsc(); \
            __typeof__(moment_value) value = (clock); \
            uint64_t taken = read_tsc() - before; \
            if (taken < shortest) { \
                shortest = taken; \
                (moment_tsc) = before + taken / 2; \
                (moment_value) = value; \
            } \
        } \
        if (shortest > doubt) \
            doubt = shortest; \
    } while (0)

static int has_hpet;

static void read_all(struct moment *moment)
{
    READ_CLOCK(pm_timer(), moment->pm_tsc, moment->pm);
    if (has_hpet)
        READ_CLOCK(hpet_read(HPET_COUNTER), moment->hpet_tsc, moment->hpet);
    READ_CLOCK(apic_read(APIC_CURRENT_COUNT), moment->apic_tsc, moment->apic);

    /* The count is taken at the latch command, so that alone is timed. */
    uint64_t shortest = ~0ull;
    for (int try = 0; try < TRIES; try++) {
        uint64_t before = read_tsc();
        out8(PIT_CONTROL, 0x80);
        uint64_t taken = read_tsc() - before;
        uint32_t low = in8(PIT_DATA + 2), count = low | (uint32_t)in8(PIT_DATA + 2) << 8;
        if (taken < shortest) {
            shortest = taken;
            moment->pit_tsc = before + taken / 2;
            moment->pit = count;
        }
    }
    if (shortest > doubt)
        doubt = shortest;
}

struct rates { uint64_t by_pm, by_hpet, by_pit, apic; }; /* the TSC's by three clocks, and the APIC timer's by the PM timer */

static uint64_t scaled(uint64_t ticks, uint64_t hertz, uint64_t other) { return other ? ticks * hertz / other : 0; }

static struct rates rates_between(const struct moment *first, const struct moment *last)
{
    struct rates rates;
    uint32_t pm = pm_ticks(first->pm, last->pm);
    rates.by_pm = scaled(last->pm_tsc - first->pm_tsc, PM_TIMER_HZ, pm);

    uint64_t hpet_hertz = has_hpet ? 1000000000000000ull / hpet_period() : 0;
    rates.by_hpet = scaled(last->hpet_tsc - first->hpet_tsc, hpet_hertz, last->hpet - first->hpet);

    /* The PIT wraps every 55 ms; how often, the PM timer tells, which has three times its rate. */
    uint32_t ticks = (first->pit - last->pit) & 0xffff, roughly = pm / 3;
    while (ticks + 0x8000 < roughly)
        ticks += 0x10000;
    rates.by_pit = scaled(last->pit_tsc - first->pit_tsc, PIT_HZ, ticks);

    rates.apic = scaled((uint64_t)(first->apic - last->apic) * 16, rates.by_pm, last->apic_tsc - first->apic_tsc);
    return rates;
}

static uint64_t parts_per_million(uint64_t one, uint64_t other)
{
    uint64_t difference = one > other ? one - other : other - one;
    return other ? difference * 1000000 / other : 1000000;
}

static void tell(const char *what, uint64_t hertz, uint64_t reference)
{
    print(what);
    print(": ");
    print_decimal64(hertz);
    print(" Hz, off by ");
    print_decimal64(parts_per_million(hertz, reference));
    print(" ppm\n");
}

static void agree(const char *name, uint64_t hertz, uint64_t reference)
{
    check_range(name, parts_per_million(hertz, reference), 0, LIMIT);
}

static struct rates first_half, second_half, whole;

static uint64_t worst_difference(void)
{
    uint64_t worst = parts_per_million(whole.by_pit, whole.by_pm), halves = parts_per_million(first_half.apic, second_half.apic);
    uint64_t hpet = has_hpet ? parts_per_million(whole.by_hpet, whole.by_pm) : 0;
    worst = hpet > worst ? hpet : worst;
    return halves > worst ? halves : worst;
}

static void measure(void)
{
    struct moment start, middle, end;
    doubt = 0;
    read_all(&start);
    delay(WINDOW);
    read_all(&middle);
    delay(WINDOW);
    read_all(&end);
    first_half = rates_between(&start, &middle);
    second_half = rates_between(&middle, &end);
    whole = rates_between(&start, &end);
}

static void check_cpuid(void)
{
    uint32_t last = cpuid(0, 0).eax;
    struct cpuid tsc = last >= 0x15 ? cpuid(0x15, 0) : (struct cpuid){ 0, 0, 0, 0 };
    if (tsc.eax && tsc.ebx && tsc.ecx) {
        agree("cpuid-15-tsc", (uint64_t)tsc.ecx * tsc.ebx / tsc.eax, whole.by_pm);
        agree("cpuid-15-apic", tsc.ecx, whole.apic);
    } else {
        skip("cpuid-15", "tells no rate");
    }
    struct cpuid base = last >= 0x16 ? cpuid(0x16, 0) : (struct cpuid){ 0, 0, 0, 0 };
    if (base.eax & 0xffff) /* whole MHz */
        check_range("cpuid-16-base", base.eax & 0xffff, whole.by_pm / 1000000 ? whole.by_pm / 1000000 - 1 : 0, whole.by_pm / 1000000 + 1);
    else
        skip("cpuid-16", "tells no rate");
    struct cpuid hypervisor = cpuid(1, 0).ecx >> 31 ? cpuid(0x40000000, 0) : (struct cpuid){ 0, 0, 0, 0 };
    if (hypervisor.eax >= 0x40000010 && hypervisor.eax < 0x40000100) {
        struct cpuid timing = cpuid(0x40000010, 0);
        agree("cpuid-40000010-tsc", timing.eax * 1000ull, whole.by_pm);
        agree("cpuid-40000010-apic", timing.ebx * 1000ull, whole.apic);
    } else {
        skip("cpuid-40000010", "there is no such leaf");
    }
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    apic_write(APIC_DIVIDE, DIVIDE_BY_16);
    apic_write(APIC_INITIAL_COUNT, 0xffffffff);
    pit_gate2(1);
    pit_set(2, 2, 0);
    has_hpet = hpet_period() != 0;
    if (has_hpet)
        hpet_write(HPET_CONFIGURATION, hpet_read(HPET_CONFIGURATION) | HPET_RUN);

    measure();
    for (int attempt = 1; attempt < ATTEMPTS && worst_difference() > LIMIT; attempt++)
        measure();
    tell("tsc by pm-timer", whole.by_pm, whole.by_pm);
    if (has_hpet)
        tell("tsc by hpet", whole.by_hpet, whole.by_pm);
    tell("tsc by pit", whole.by_pit, whole.by_pm);
    tell("apic timer", whole.apic, whole.apic);
    print_decimal_value("reads took at most, in ns", (uint32_t)(doubt * 1000 / tsc_per_microsecond));

    check_range("pm-timer-counts", whole.by_pm, 1000000, 100000000000ull);
    if (has_hpet) {
        agree("tsc-by-hpet", whole.by_hpet, whole.by_pm);
        agree("hpet-and-pit", whole.by_hpet, whole.by_pit);
    } else {
        skip("tsc-by-hpet", "no HPET");
    }
    agree("tsc-by-pit", whole.by_pit, whole.by_pm);
    agree("tsc-steady", first_half.by_pm, second_half.by_pm);
    agree("apic-timer-steady", first_half.apic, second_half.apic);
    check_cpuid();
    return checks_result();
}
