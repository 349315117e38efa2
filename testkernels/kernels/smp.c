/* smp: starts every processor by INIT and SIPI and has them interrupt each other.
 * Intel SDM volume 3, "Multiple-Processor (MP) Initialization", "Issuing Interprocessor Interrupts", "CPUID" leaf 0Bh (volume 2).
 * Command line: mode=x2apic; cpus=N, how many there must be (else as many as the MADT tells of).
 *
 * Prints a line a check, then "N passed, 0 failed". With one processor, only what one can do.
 * Ends: debug exit 10h, or 11h when a check fails.
 * QEMU 7.2 fails cluster-broadcast (it takes FFh for cluster 15) and lowest-priority-by-tpr (it takes the first processor).
 */
#include "acpi.h"
#include "apic.h"
#include "checks.h"
#include "kernel.h"
#include "smp.h"
#include "time.h"

enum { PAIRS = 0x40, SHORTHAND = 0x90, LOGICAL = 0xa0, LOWEST = 0xb0, HALT = 0xc0, BROADCAST = 0xd0 };
enum { QUIET = 2000 }; /* microseconds in which nothing more must come */

static volatile uint32_t spins, closed, woken_by_nmi, tpr_to_set;

/* Bit n is set when processor n got the vector just once; FFFFFFFFFFFFFFFFh when one got it more often. */
static uint64_t receivers(unsigned vector)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < processor_count; i++) {
        if (arrivals[i][vector] > 1)
            return ~0ull;
        mask |= (uint64_t)arrivals[i][vector] << i;
    }
    return mask;
}

static uint64_t everyone(void) { return ~0ull >> (64 - processor_count); }

/* Waits for these and no others. */
static void check_receivers(const char *name, unsigned vector, uint64_t expected)
{
    (void)WAIT_FOR(receivers(vector) == expected, LONG_WAIT);
    delay(QUIET);
    check(name, receivers(vector), expected);
}

static void forget(unsigned vector)
{
    for (unsigned i = 0; i < MAXIMUM_CPUS; i++)
        arrivals[i][vector] = 0;
}

static void start(void)
{
    uint32_t ids[MAXIMUM_CPUS];
    uint32_t listed = acpi_processors(ids, MAXIMUM_CPUS), expected = number_option("cpus", listed ? listed : 1);
    if (listed)
        check("madt-processors", listed, expected);
    else
        skip("madt-processors", "no MADT");
    if (!listed)
        for (uint32_t i = 0; i < expected && i < MAXIMUM_CPUS; i++)
            ids[i] = i;
    for (uint32_t i = 0; i < expected && i < MAXIMUM_CPUS; i++)
        if (ids[i] != apic_id())
            (void)start_processor(ids[i]);
    check("started", processor_count, expected);
}

/* CR0 after INIT: ET alone, but for CD and NW, which keep what they were. CS is the vector's page. */
static void check_first_state(void)
{
    uint32_t wrong_cr0 = 0, wrong_segment = 0, wrong_svr = 0, boot_flags = 0;
    for (unsigned i = 1; i < processor_count; i++) {
        const struct processor *other = &processors[i];
        wrong_cr0 += (other->start_cr0 & ~0x60000000u) != 0x10;
        wrong_segment += other->start_segment != STARTUP_VECTOR << 8;
        wrong_svr += other->start_svr && other->start_svr != 0xff;
        boot_flags += (other->start_apic_base & APIC_BASE_BSP) != 0;
    }
    check("first-cr0", wrong_cr0, 0);
    check("first-code-segment", wrong_segment, 0);
    check("first-spurious-register", wrong_svr, 0);
    check("boot-processor-flag", boot_flags << 4 | !!(read_msr(MSR_APIC_BASE) & APIC_BASE_BSP), 1);
}

static volatile uint32_t cpuid_ids[MAXIMUM_CPUS][2], shift_package, threads_per_package;

static void read_topology(void)
{
    unsigned number = cpu_number();
    cpuid_ids[number][0] = cpuid(1, 0).ebx >> 24;
    cpuid_ids[number][1] = cpuid(0xb, 0).edx;
}

static uint32_t distinct(uint32_t shift)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < processor_count; i++) {
        unsigned earlier = 0;
        while (earlier < i && processors[earlier].id >> shift != processors[i].id >> shift)
            earlier++;
        count += earlier == i;
    }
    return count;
}

static void check_ids(void)
{
    uint32_t wrong_leaf1 = 0, wrong_leaf_b = 0;
    int has_leaf_b = cpuid(0, 0).eax >= 0xb && (cpuid(0xb, 0).ebx & 0xffff);
    read_topology();
    for (unsigned i = 1; i < processor_count; i++)
        (void)run_on(i, read_topology);
    for (unsigned i = 0; i < processor_count; i++) {
        wrong_leaf1 += cpuid_ids[i][0] != (processors[i].id & 0xff);
        wrong_leaf_b += cpuid_ids[i][1] != processors[i].id;
    }
    check("ids-distinct", distinct(0), processor_count);
    check("ids-cpuid-1", wrong_leaf1, 0);
    if (!has_leaf_b) {
        skip("ids-cpuid-b", "no leaf Bh");
        return;
    }
    check("ids-cpuid-b", wrong_leaf_b, 0);
    struct cpuid threads = cpuid(0xb, 0), cores = cpuid(0xb, 1), last = cpuid(0xb, 2);
    check("topology-level-types", (threads.ecx & 0xff00) << 8 | (cores.ecx & 0xff00) | (last.ecx >> 8 & 0xff), 0x010200);
    check("topology-packages", (uint64_t)distinct(cores.eax & 31) * (cores.ebx & 0xffff), processor_count);
    check("topology-cores", (uint64_t)distinct(threads.eax & 31) * (threads.ebx & 0xffff), processor_count);
}

/* Processor n sends vector PAIRS + n to each, itself included. */
static void send_to_each(void)
{
    for (unsigned i = 0; i < processor_count; i++)
        apic_send(processors[i].id, APIC_FIXED | APIC_ASSERT | (PAIRS + cpu_number()));
}

static void check_pairs(void)
{
    uint32_t wrong = 0;
    send_to_each();
    for (unsigned i = 1; i < processor_count; i++)
        (void)run_on(i, send_to_each);
    for (unsigned i = 0; i < processor_count; i++)
        (void)WAIT_FOR(receivers(PAIRS + i) == everyone(), LONG_WAIT);
    delay(QUIET);
    for (unsigned i = 0; i < processor_count; i++)
        wrong += receivers(PAIRS + i) != everyone();
    check("ipi-all-pairs", wrong, 0);
}

static void send_shorthands(void)
{
    unsigned vector = SHORTHAND + (cpu_number() ? 4 : 0);
    apic_send(0, APIC_ASSERT | APIC_TO_SELF | vector);
    apic_send(0, APIC_ASSERT | APIC_TO_ALL | (vector + 1));
    apic_send(0, APIC_ASSERT | APIC_TO_OTHERS | (vector + 2));
}

static void check_shorthands(void)
{
    unsigned last = processor_count - 1;
    send_shorthands();
    check_receivers("shorthand-self", SHORTHAND, 1);
    check_receivers("shorthand-all", SHORTHAND + 1, everyone());
    check_receivers("shorthand-others", SHORTHAND + 2, everyone() & ~1ull);
    if (last) {
        (void)run_on(last, send_shorthands);
        check_receivers("shorthand-self-of-last", SHORTHAND + 4, 1ull << last);
        check_receivers("shorthand-all-of-last", SHORTHAND + 5, everyone());
        check_receivers("shorthand-others-of-last", SHORTHAND + 6, everyone() & ~(1ull << last));
    }
    apic_send(x2apic ? 0xffffffff : 0xff, APIC_ASSERT | BROADCAST);
    check_receivers("physical-broadcast", BROADCAST, everyone());
}

static void check_nmi(void)
{
    for (unsigned i = 0; i < processor_count; i++)
        apic_send(processors[i].id, APIC_NMI | APIC_ASSERT);
    check_receivers("nmi-each", VECTOR_NMI, everyone());
    forget(VECTOR_NMI);
    if (processor_count > 1) {
        apic_send(0, APIC_NMI | APIC_ASSERT | APIC_TO_OTHERS);
        check_receivers("nmi-others", VECTOR_NMI, everyone() & ~1ull);
        forget(VECTOR_NMI);
    }
}

static void set_flat_destination(void)
{
    apic_write(APIC_DFR, 0xffffffff);
    apic_write(APIC_LDR, cpu_number() < 8 ? 1u << (24 + cpu_number()) : 0);
}

static void set_cluster_destination(void)
{
    apic_write(APIC_DFR, 0x0fffffff);
    apic_write(APIC_LDR, (cpu_number() / 4 << 4 | 1u << cpu_number() % 4) << 24);
}

static void on_each(void (*work)(void))
{
    work();
    for (unsigned i = 1; i < processor_count; i++)
        (void)run_on(i, work);
}

static void check_logical(void)
{
    if (x2apic) {
        uint32_t wrong = 0;
        uint64_t first = 0;
        uint32_t ldr = apic_read(APIC_LDR), cluster = ldr & 0xffff0000;
        for (unsigned i = 0; i < processor_count; i++) {
            uint32_t id = processors[i].id;
            if (id >> 4 << 16 == cluster)
                first |= 1ull << i;
            apic_send(id >> 4 << 16 | 1u << (id & 15), APIC_LOGICAL | APIC_ASSERT | LOGICAL);
        }
        wrong += ldr != (apic_id() >> 4 << 16 | 1u << (apic_id() & 15));
        check("x2apic-logical-id", wrong, 0);
        check_receivers("x2apic-logical-each", LOGICAL, everyone());
        apic_send(cluster | 0xffff, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 1));
        check_receivers("x2apic-logical-cluster", LOGICAL + 1, first);
        apic_send(0x7fff0001, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 2));
        check_receivers("x2apic-logical-nobody", LOGICAL + 2, 0);
        apic_send(0xffffffff, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 3));
        check_receivers("x2apic-logical-broadcast", LOGICAL + 3, everyone());
        return;
    }
    uint64_t eight = everyone() & 0xff;
    on_each(set_flat_destination);
    for (unsigned i = 0; i < processor_count && i < 8; i++)
        apic_send(1u << i, APIC_LOGICAL | APIC_ASSERT | LOGICAL);
    check_receivers("flat-each", LOGICAL, eight);
    apic_send(0x55, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 1));
    check_receivers("flat-mask", LOGICAL + 1, eight & 0x55);
    apic_send(0x00, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 2));
    check_receivers("flat-nobody", LOGICAL + 2, 0);

    on_each(set_cluster_destination);
    for (unsigned i = 0; i < processor_count && i < 60; i++)
        apic_send(i / 4 << 4 | 1u << i % 4, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 3));
    check_receivers("cluster-each", LOGICAL + 3, everyone() & ~0ull >> 4);
    apic_send(0x0f, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 4));
    check_receivers("cluster-first", LOGICAL + 4, everyone() & 0x0f);
    apic_send(0x1a, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 5));
    check_receivers("cluster-second-mask", LOGICAL + 5, everyone() & 0xa0);
    apic_send(0xff, APIC_LOGICAL | APIC_ASSERT | (LOGICAL + 6));
    check_receivers("cluster-broadcast", LOGICAL + 6, everyone());
    on_each(set_flat_destination);
}

static void set_tpr(void) { apic_write(APIC_TPR, tpr_to_set); }

static uint32_t count_of(uint64_t mask)
{
    uint32_t count = 0;
    for (; mask; mask &= mask - 1)
        count++;
    return count;
}

/* A processor in a work function still takes interrupts above its TPR: E0h leaves the wake-up vector, F0h, open. */
static void check_lowest_priority(void)
{
    if (x2apic) {
        skip("lowest-priority", "reserved in x2APIC's ICR");
        return;
    }
    uint32_t all = (1u << (processor_count < 8 ? processor_count : 8)) - 1;
    apic_send(all, APIC_LOWEST_PRIORITY | APIC_LOGICAL | APIC_ASSERT | LOWEST);
    (void)WAIT_FOR(receivers(LOWEST), LONG_WAIT);
    delay(QUIET);
    check("lowest-priority-one", count_of(receivers(LOWEST)), 1);
    if (processor_count < 2)
        return;
    unsigned idle = processor_count > 8 ? 7 : processor_count - 1;
    tpr_to_set = 0xe0;
    for (unsigned i = 0; i < processor_count && i < 8; i++)
        if (!i)
            set_tpr();
        else if (i != idle)
            (void)run_on(i, set_tpr);
    apic_send(all, APIC_LOWEST_PRIORITY | APIC_LOGICAL | APIC_ASSERT | (LOWEST + 1));
    check_receivers("lowest-priority-by-tpr", LOWEST + 1, 1ull << idle);
    tpr_to_set = 0;
    on_each(set_tpr);
}

static void halt_closed(void)
{
    disable_interrupts();
    closed = 1;
    __asm__ volatile("hlt" : : : "memory");
    woken_by_nmi = 1;
    enable_interrupts();
}

static void check_halt(unsigned number)
{
    volatile uint32_t *wakes = &processors[number].wakes;
    delay(QUIET);
    uint32_t before = *wakes;
    delay(5000);
    check("halt-stays", *wakes - before, 0);
    apic_send(processors[number].id, APIC_ASSERT | HALT);
    (void)WAIT_FOR(*wakes != before, LONG_WAIT);
    check("halt-wakes", *wakes - before, 1);

    begin_on(number, halt_closed);
    (void)WAIT_FOR(closed, LONG_WAIT);
    delay(QUIET);
    forget(HALT);
    apic_send(processors[number].id, APIC_ASSERT | HALT);
    delay(5000);
    check("halt-with-interrupts-off", woken_by_nmi << 4 | arrivals[number][HALT], 0);
    apic_send(processors[number].id, APIC_NMI | APIC_ASSERT);
    (void)WAIT_FOR(woken_by_nmi && arrivals[number][HALT], LONG_WAIT);
    check("halt-nmi-wakes", woken_by_nmi << 4 | arrivals[number][HALT], 0x11);
}

static void spin_for_good(void)
{
    disable_interrupts();
    for (;;)
        spins++;
}

static void check_restart(unsigned number)
{
    uint32_t starts = processors[number].starts;
    apic_send(processors[number].id, APIC_STARTUP | APIC_ASSERT | STARTUP_VECTOR);
    delay(5000);
    check("sipi-to-running-ignored", processors[number].starts, starts);

    begin_on(number, spin_for_good);
    (void)WAIT_FOR(spins, LONG_WAIT);
    apic_send(processors[number].id, APIC_INIT | APIC_ASSERT);
    uint32_t last;
    int attempts = 0;
    do {
        last = spins;
        delay(10000);
    } while (spins != last && ++attempts < 50);
    check("init-stops", last != 0 && attempts < 50, 1);
    check("init-waits-for-sipi", processors[number].starts, starts);
    check("restart-by-sipi", start_processor(processors[number].id), number);
    check("restart-starts", processors[number].starts, starts + 1);
    check("restart-mode", !!(processors[number].start_apic_base & APIC_BASE_X2APIC), (uint64_t)x2apic);
    check("restart-spurious-register", processors[number].start_svr, 0xff);
    forget(HALT);
    apic_send(processors[number].id, APIC_ASSERT | HALT);
    check_receivers("restart-interrupts", HALT, 1ull << number);
}

static void check_restart_of_all(void)
{
    uint32_t before = processor_count;
    start_all_processors(before);
    check("restart-all", processor_count, before);
    forget(HALT);
    apic_send(0, APIC_ASSERT | APIC_TO_ALL | HALT);
    check_receivers("restart-all-interrupts", HALT, everyone());
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    smp_initialise();
    enable_interrupts();
    start();
    check_first_state();
    check_ids();
    check_pairs();
    check_shorthands();
    check_nmi();
    check_logical();
    check_lowest_priority();
    if (processor_count > 1) {
        check_halt(1);
        check_restart(processor_count - 1);
        check_restart_of_all();
    }
    return checks_result();
}
