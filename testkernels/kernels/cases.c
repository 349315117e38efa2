/* cases: fifty small tests in one kernel, run one at a time in either of two styles: a boot for each, or each from one snapshot.
 * Command line: case=NAME runs that one. Without it the kernel says that it is ready for a snapshot, and gets "case=NAME" by fw_cfg then;
 * where there are no arguments it runs "nothing". cpus=2 starts a second processor first, which the cases "second-*" need. The local APIC
 * has its timer, which needs an I/O APIC or no 8259s at all.
 *
 * Prints the lines of the test protocol (osdevhv-test.h) on the debug console, and what a case has to say on COM1.
 * Ends: debug exit 10h when the case passes, 11h when it fails, 26h (exit code 77) when it is skipped; those that are to end otherwise say
 * how in the table.
 */
#include "apic.h"
#include "console.h"
#include "cpu.h"
#include "fw-cfg.h"
#include "kernel.h"
#include "osdevhv-test.h"
#include "pit.h"
#include "ports.h"
#include "rtc.h"
#include "smp.h"
#include "ticks.h"
#include "time.h"
#include "vectors.h"

enum { EXIT_SKIPPED = 0x26 };
enum { SCRATCH_NVRAM = 0x51, UART_SCRATCH = 0x3ff, KERNEL_GS_BASE = 0xc0000102 };

/* What a case that was run before on the same machine would leave behind. */
static uint32_t marker;
static char marked_page[4096] __attribute__((aligned(4096)));
static char arguments[OSDEVHV_ARGUMENTS_SIZE];
static uint64_t tsc_at_start;

struct case_ { const char *name; uint32_t (*run)(const char *name); };

static uint32_t pass(const char *name)
{
    osdevhv_pass(name);
    return EXIT_PASSED;
}

static uint32_t fail(const char *name, const char *why)
{
    osdevhv_fail(name, why);
    return EXIT_FAILED;
}

static uint32_t judge(const char *name, int good, const char *why) { return good ? pass(name) : fail(name, why); }

static uint32_t nothing(const char *name) { return pass(name); }

static uint32_t arithmetic(const char *name)
{
    volatile uint32_t six = 6, seven = 7;
    return judge(name, six * seven == 42, "6 * 7 is not 42");
}

static uint32_t says_something(const char *name)
{
    print("hello from a case\n");
    return pass(name);
}

static uint32_t three_lines(const char *name)
{
    for (uint32_t i = 1; i <= 3; i++)
        print_decimal_value("line", i);
    return pass(name);
}

/* Each of several of these finds the machine as no other left it. */
static uint32_t leaves_marks(const char *name)
{
    int clean = marker == 0 && marked_page[17] == 0 && rtc_read(SCRATCH_NVRAM) == 0 && in8(UART_SCRATCH) == 0 && read_msr(KERNEL_GS_BASE) == 0;
    marker = 1;
    for (unsigned i = 0; i < sizeof marked_page; i += 16)
        marked_page[i + 1] = 1;
    rtc_write(SCRATCH_NVRAM, 0x5a);
    out8(UART_SCRATCH, 0x5a);
    write_msr(KERNEL_GS_BASE, 0x1234);
    return judge(name, clean, "an earlier case left its marks");
}

static uint32_t masks_interrupts(const char *name)
{
    uint8_t before = in8(0x21);
    out8(0x21, 0x00);
    out8(0x21, 0x5a);
    return judge(name, before == 0xff && in8(0x21) == 0x5a, "the 8259's mask is not as it was");
}

static uint32_t sets_debug_registers(const char *name)
{
    uint64_t before, after;
    __asm__ volatile("mov %%dr0, %0" : "=r"(before));
    __asm__ volatile("mov %0, %%dr0" : : "r"(0x1234560UL));
    __asm__ volatile("mov %%dr0, %0" : "=r"(after));
    return judge(name, before == 0 && after == 0x1234560, "DR0 is not as it was");
}

static uint32_t sets_control_register(const char *name)
{
    uint64_t before, after;
    __asm__ volatile("mov %%cr2, %0" : "=r"(before));
    __asm__ volatile("mov %0, %%cr2" : : "r"(0xabcdef0UL));
    __asm__ volatile("mov %%cr2, %0" : "=r"(after));
    return judge(name, before == 0 && after == 0xabcdef0, "CR2 is not as it was");
}

static uint32_t counter_goes_on(const char *name)
{
    uint64_t now = read_tsc();
    return judge(name, now > tsc_at_start && (now - tsc_at_start) / tsc_per_microsecond < 30000000, "the time stamp counter has jumped");
}

static uint32_t clock_goes_on(const char *name)
{
    uint8_t before = rtc_read(RTC_SECONDS);
    (void)HALT_UNTIL(0, 30);
    uint8_t after = rtc_read(RTC_SECONDS);
    return judge(name, after == before || after == (before + 1) % 60 || (after & 15) == 0 || after == before + 1, "the clock has jumped");
}

static uint32_t timer_ticks(const char *name) { return judge(name, HALT_UNTIL(arrivals[0][TICK_VECTOR] > 3, 3000), "no timer interrupt came"); }

static uint32_t interrupts_itself(const char *name)
{
    apic_send(0, APIC_ASSERT | APIC_TO_SELF | 0x41);
    return judge(name, HALT_UNTIL(arrivals[0][0x41], 3000), "the interrupt did not come");
}

static uint32_t pit_counts(const char *name)
{
    out8(0x43, 0xb4);
    out8(0x42, 0xff);
    out8(0x42, 0xff);
    out8(0x61, 1);
    (void)HALT_UNTIL(0, 20);
    out8(0x43, 0x80);
    uint32_t low = in8(0x42);
    uint32_t count = low | (uint32_t)in8(0x42) << 8;
    return judge(name, count != 0xffff && count != 0, "the 8254 stands still");
}

static uint32_t gets_arguments(const char *name) { return judge(name, arguments[0] || *command_line(), "there are no arguments"); }

static uint32_t asks_fw_cfg(const char *name) { return judge(name, fw_cfg_number(FW_CFG_RAM_SIZE, 8) >= 8 << 20, "fw_cfg tells of too little memory"); }

static volatile uint32_t second_did;
static void second_works(void) { second_did++; }
static uint32_t second_answers(const char *name)
{
    if (processor_count < 2) {
        osdevhv_skip(name, "there is one processor");
        return EXIT_SKIPPED;
    }
    return judge(name, run_on(1, second_works) && second_did == 1, "the second processor does not answer");
}

static uint32_t second_woken(const char *name)
{
    if (processor_count < 2) {
        osdevhv_skip(name, "there is one processor");
        return EXIT_SKIPPED;
    }
    uint32_t before = processors[1].wakes;
    apic_send(processors[1].id, APIC_ASSERT | WAKE_VECTOR);
    return judge(name, HALT_UNTIL(processors[1].wakes != before, 3000), "the second processor sleeps on");
}

static uint32_t ends_exactly(const char *name, uint32_t code)
{
    (void)name;
    return code;
}

static uint32_t quiet_pass(const char *name) { return ends_exactly(name, EXIT_PASSED); }
static uint32_t quiet_fail(const char *name) { return ends_exactly(name, EXIT_FAILED); }
static uint32_t quiet_skip(const char *name) { return ends_exactly(name, EXIT_SKIPPED); }
static uint32_t odd_exit(const char *name) { return ends_exactly(name, 0x42); }
static uint32_t zero_exit(const char *name) { return ends_exactly(name, 0); }
static uint32_t says_fail(const char *name) { return fail(name, "it is made to"); }
static uint32_t fails_without_why(const char *name) { return fail(name, ""); }

/* Its line says that it failed, its exit that it passed. */
static uint32_t contradicts(const char *name)
{
    osdevhv_fail(name, "says the line, not the exit");
    return EXIT_PASSED;
}

static uint32_t says_skip(const char *name)
{
    osdevhv_skip(name, "not on this machine");
    return EXIT_SKIPPED;
}

static uint32_t two_tests(const char *name)
{
    osdevhv_begin("first half");
    osdevhv_pass("first half");
    osdevhv_begin("second half");
    osdevhv_pass("second half");
    return pass(name);
}

static uint32_t one_of_two(const char *name)
{
    osdevhv_begin("first half");
    osdevhv_pass("first half");
    osdevhv_begin("second half");
    osdevhv_fail("second half", "it is made to");
    return fail(name, "a half failed");
}

static uint32_t ktap(const char *name)
{
    (void)name;
    print("KTAP version 1\n1..2\nok 1 memory\nok 2 strings # SKIP not built in\n");
    return EXIT_PASSED;
}

static uint32_t ktap_fails(const char *name)
{
    (void)name;
    print("KTAP version 1\n1..2\nok 1 memory\nnot ok 2 strings\n");
    return EXIT_FAILED;
}

static uint32_t triple_fault(const char *name)
{
    (void)name;
    static const struct { uint16_t limit; uintptr_t base; } __attribute__((packed)) empty = { 0, 0 };
    __asm__ volatile("lidt %0; ud2" : : "m"(empty));
    return EXIT_FAILED;
}

static uint32_t halts_for_good(const char *name)
{
    (void)name;
    apic_write(APIC_LVT_TIMER, APIC_MASKED);
    dead_halt();
    return EXIT_FAILED;
}

static uint32_t hangs(const char *name)
{
    (void)name;
    for (;;)
        __asm__ volatile("pause");
    return EXIT_FAILED;
}

static uint32_t sleeps(const char *name)
{
    (void)name;
    for (;;)
        halt_until_interrupt();
    return EXIT_FAILED;
}

static uint32_t polls(const char *name)
{
    (void)name;
    while (in8(0x80) != 0x77)
        out8(0x80, 0);
    return EXIT_FAILED;
}

static uint32_t resets_by_92(const char *name)
{
    (void)name;
    out8(0x92, 0x02);
    out8(0x92, 0x03);
    return EXIT_FAILED;
}

static uint32_t resets_by_8042(const char *name)
{
    (void)name;
    out8(0x64, 0xfe);
    return EXIT_FAILED;
}

static uint32_t powers_off(const char *name)
{
    (void)name;
    out16(0x604, 1 << 13);
    return EXIT_FAILED;
}

static uint32_t panics(const char *name)
{
    (void)name;
    print("KERNEL PANIC: deliberate\n");
    apic_write(APIC_LVT_TIMER, APIC_MASKED);
    dead_halt();
    return EXIT_FAILED;
}

static uint32_t panics_and_spins(const char *name)
{
    (void)name;
    print("KERNEL PANIC: and goes on\n");
    for (;;)
        __asm__ volatile("pause");
    return EXIT_FAILED;
}

/* Writes into every page of memory but those of the kernel itself. */
static uint32_t scribbles(const char *name)
{
    extern char image_end[];
    uint64_t bytes = fw_cfg_number(FW_CFG_RAM_SIZE, 8);
    int clean = 1;
    for (uint64_t page = ((uintptr_t)image_end + 0xffff) & ~0xfffUL; page < bytes; page += 4096) {
        volatile uint64_t *word = (uint64_t *)(page + 8);
        clean &= *word != 0x5c5c5c5c5c5c5c5c;
        *word = 0x5c5c5c5c5c5c5c5c;
    }
    return judge(name, clean, "an earlier case's scribbles are there");
}

/* Takes its own page tables away. */
static uint32_t scribbles_tables(const char *name)
{
    (void)name;
    uint64_t table;
    __asm__ volatile("mov %%cr3, %0" : "=r"(table));
    volatile uint64_t *entries = (uint64_t *)(table & ~0xfffUL);
    entries[0] = 0;
    __asm__ volatile("mov %0, %%cr3" : : "r"(table) : "memory");
    return EXIT_FAILED;
}

static uint32_t floods(const char *name)
{
    (void)name;
    for (;;)
        print("all work and no play makes a serial port a dull device ......................................................................\n");
    return EXIT_FAILED;
}

static uint32_t floods_debug_console(const char *name)
{
    (void)name;
    for (;;)
        debug_print("all work and no play makes a debug console a dull device ...\n");
    return EXIT_FAILED;
}

static const struct case_ cases[] = {
    { "nothing", nothing },                          /* these pass */
    { "arithmetic", arithmetic },
    { "says-something", says_something },
    { "three-lines", three_lines },
    { "leaves-marks-1", leaves_marks },
    { "leaves-marks-2", leaves_marks },
    { "leaves-marks-3", leaves_marks },
    { "masks-interrupts-1", masks_interrupts },
    { "masks-interrupts-2", masks_interrupts },
    { "debug-registers-1", sets_debug_registers },
    { "debug-registers-2", sets_debug_registers },
    { "control-register-1", sets_control_register },
    { "control-register-2", sets_control_register },
    { "counter-goes-on", counter_goes_on },
    { "clock-goes-on", clock_goes_on },
    { "timer-ticks", timer_ticks },
    { "interrupts-itself", interrupts_itself },
    { "pit-counts", pit_counts },
    { "gets-arguments", gets_arguments },
    { "asks-fw-cfg", asks_fw_cfg },
    { "second-answers", second_answers },            /* pass with two processors, else are skipped */
    { "second-woken", second_woken },
    { "scribbles-1", scribbles },
    { "scribbles-2", scribbles },
    { "two-tests", two_tests },
    { "ktap", ktap },
    { "quiet-pass", quiet_pass },
    { "quiet-fail", quiet_fail },                    /* these fail */
    { "says-fail", says_fail },
    { "fails-without-why", fails_without_why },
    { "contradicts", contradicts },
    { "one-of-two", one_of_two },
    { "ktap-fails", ktap_fails },
    { "quiet-skip", quiet_skip },                    /* these are skipped */
    { "says-skip", says_skip },
    { "odd-exit", odd_exit },                        /* debug exit 42h */
    { "zero-exit", zero_exit },                      /* debug exit 0 */
    { "triple-fault", triple_fault },                /* these die */
    { "scribbles-tables", scribbles_tables },
    { "halts-for-good", halts_for_good },
    { "panics", panics },
    { "panics-and-spins", panics_and_spins },
    { "resets-by-92", resets_by_92 },
    { "resets-by-8042", resets_by_8042 },
    { "powers-off", powers_off },
    { "hangs", hangs },                              /* these run into their time limit */
    { "sleeps", sleeps },
    { "polls", polls },
    { "floods", floods },
    { "floods-debug-console", floods_debug_console },
};

_Static_assert(sizeof cases / sizeof cases[0] == 50, "fifty");

/* What follows "case=", up to a blank; null when it is not there. */
static const char *wanted_case(const char *text, char *name, unsigned size)
{
    for (; *text; text++) {
        const char *key = "case=", *at = text;
        while (*key && *at == *key)
            at++, key++;
        if (*key)
            continue;
        unsigned length = 0;
        while (*at && *at != ' ' && length + 1 < size)
            name[length++] = *at++;
        name[length] = 0;
        return name;
    }
    return 0;
}

/* What takes a real kernel seconds. */
static int bring_up(void)
{
    time_initialise();
    vectors_initialise();
    if (!apic_initialise())
        return 0;
    smp_initialise();
    if (number_option("cpus", 1) > 1)
        start_all_processors(2);
    start_ticks();
    return 1;
}

uint32_t kernel_main(void)
{
    static char name[64];
    console_initialise();
    unsigned short key = osdevhv_arguments_key();
    if (!bring_up())
        return EXIT_FAILED;
    tsc_at_start = read_tsc();
    const char *wanted = wanted_case(command_line(), name, sizeof name);
    if (!wanted) {
        osdevhv_ready();
        wanted = wanted_case(osdevhv_arguments(key, arguments), name, sizeof name);
    }
    if (!wanted)
        wanted = "nothing";
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (same_text(cases[i].name, wanted)) {
            osdevhv_begin(wanted);
            return cases[i].run(wanted);
        }
    osdevhv_fail(wanted, "there is no such case");
    return EXIT_FAILED;
}
