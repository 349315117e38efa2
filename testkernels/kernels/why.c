/* why: makes one mistake that keeps an interrupt from coming, then spins at the label `stuck` until a debugger stops it.
 * Command line: mistake=..., one of
 *   pin-masked     the PIT's pin of the I/O APIC, 2, is masked
 *   wrong-pin      the PIT is expected on pin 0 of the I/O APIC; its line leads to pin 2, which is masked
 *   no-device      COM1 is expected on interrupt 5; nothing drives that
 *   not-asserted   pin 4, COM1's, is routed and open, but COM1's interrupts are off
 *   lost-edge      pin 4, edge-triggered: COM1's line rises and falls while the pin is masked, which forgets it
 *   vector         pin 2 is routed to vector 0Fh, which is none
 *   destination    pin 2 is routed to an APIC ID that no processor has
 *   logical        pin 2 is routed to a logical destination that no processor has
 *   no-sipi        pin 2 is routed to the second processor (APIC ID 1; there must be one), which was never started
 *   no-eoi         pin 4, level-triggered: the handler takes the line down but never writes EOI, so that remote IRR stays
 *   isr            pin 2, edge-triggered: the handler never writes EOI, so that the vector stays in service
 *   class          another handler, of vector 58h, never writes EOI, which holds back the vector of pin 2, 50h, of the same class
 *   apic-off       the local APIC is disabled in IA32_APIC_BASE
 *   svr            the local APIC is disabled in its spurious-interrupt vector register
 *   tpr            the task-priority register is F0h
 *   if             interrupts are off since the instruction at the label `interrupts_off`
 *   lvt-masked     the local APIC's timer runs, and its entry of the local vector table is masked
 *   lvt-vector     the local APIC's timer runs, and its entry has another vector, 71h, than the one that is waited for
 *   timer-stopped  that entry is right, and the timer's initial count was never written
 *   pic-masked     the 8259s are used, and IRQ 0 is masked in the master
 *   pic-cascade    the 8259s are used for the RTC's IRQ 8, which is open in the slave; input 2 of the master is masked
 *   pic-no-eoi     the 8259s are used, and the handler writes them no EOI
 *   pic-unfinished the master's initialisation was begun again and not finished
 *   pic-vectors    the master's vectors begin at 18h, among those of exceptions
 *   lint0          the 8259s are used and open, and LINT0 is masked in the local APIC
 * fix=yes leaves the mistake out. mode=x2apic.
 * The vectors: 50h for the PIT's pin, 61h for COM1's, 70h for the local APIC's timer, 20h and 28h for IRQ 0 and 8 of the 8259s.
 *
 * Prints "stuck" when it is. `came` counts the interrupts: 1 with no-eoi, isr and pic-no-eoi, else 0.
 * QEMU 7.2 delivers vector 0Fh.
 * Ends: never, but with fix=yes when two interrupts have come: debug exit 10h. When more come than should: debug exit 11h.
 */
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "io-apic.h"
#include "kernel.h"
#include "pic.h"
#include "pit.h"
#include "rtc.h"
#include "smp.h"
#include "time.h"
#include "uart-line.h"
#include "vectors.h"

enum { NO_VECTOR = 0x0f, PIT_VECTOR = 0x50, OTHER_VECTOR = 0x58, UART_VECTOR = 0x61, TIMER_VECTOR = 0x70 };
enum { EXCEPTION_VECTORS = 0x18, RTC_IRQ = 8, SECOND_CPU = 1, NO_DEVICE_PIN = 5, ABSENT_LOGICAL = 0x80 };

volatile uint32_t came, stuck_count;

static int fixed, ends_interrupts = 1;
static uint32_t allowed, self; /* how many may come; this processor's APIC ID */

/* Whether that mistake is to be made. */
static int mistake(const char *name)
{
    return !fixed && option_is("mistake", name);
}

/* Whether it is about that one, made or left out. */
static int is_about(const char *name) { return option_is("mistake", name); }

static void judge(void)
{
    came++;
    if (fixed ? came == 2 : came > allowed)
        machine_exit(fixed ? EXIT_PASSED : EXIT_FAILED);
}

static void on_pit(struct trap *trap)
{
    (void)trap;
    judge();
    if (ends_interrupts)
        apic_write(APIC_EOI, 0);
}

static void on_uart(struct trap *trap)
{
    (void)trap;
    uart_line_down();
    judge();
    if (ends_interrupts)
        apic_write(APIC_EOI, 0);
}

static void on_local_timer(struct trap *trap)
{
    (void)trap;
    judge();
    apic_write(APIC_EOI, 0);
}

static void on_pic(struct trap *trap)
{
    (void)trap;
    judge();
    if (!ends_interrupts)
        return;
    out8(PIC_MASTER, PIC_EOI);
}

static void on_rtc(struct trap *trap)
{
    (void)trap;
    (void)rtc_read(RTC_C);
    judge();
    out8(PIC_SLAVE, PIC_EOI);
    out8(PIC_MASTER, PIC_EOI);
}

/* An interrupt that looks like an exception: not the one that is waited for. */
static void on_exception(struct trap *trap)
{
    (void)trap;
    out8(PIC_MASTER, PIC_EOI);
}

/* Of the class of the PIT's. */
static void on_other(struct trap *trap)
{
    (void)trap;
    if (fixed)
        apic_write(APIC_EOI, 0);
}

static __attribute__((noinline, noreturn)) void spin(void)
{
    for (;;)
        __asm__ volatile(".globl stuck\n"
                         "stuck:\n"
                         "\tincl %0\n"
                         "\tjmp stuck"
                         : "+m"(stuck_count));
}

static __attribute__((noinline)) void close_interrupts(void)
{
    __asm__ volatile(".globl interrupts_off\n"
                     "interrupts_off:\n"
                     "\tcli"
                     : : : "memory");
}

static void use_pics(void)
{
    int of_rtc = is_about("pic-cascade");
    uint16_t open = of_rtc ? 1 << RTC_IRQ | 1 << 2 : 1;
    if (mistake("pic-masked"))
        open = 0;
    if (mistake("pic-cascade"))
        open = 1 << RTC_IRQ;
    pic_initialise(0, open);
    handle_vector(PIC_VECTORS, on_pic);
    handle_vector(PIC_VECTORS + RTC_IRQ, on_rtc);
    if (mistake("pic-vectors")) {
        handle_vector(EXCEPTION_VECTORS, on_exception);
        out8(PIC_MASTER, 0x11);
        out8(PIC_MASTER + 1, EXCEPTION_VECTORS);
        out8(PIC_MASTER + 1, 4);
        out8(PIC_MASTER + 1, 1);
        out8(PIC_MASTER + 1, 0xfe);
    }
    if (mistake("pic-unfinished")) {
        out8(PIC_MASTER, 0x11);
        out8(PIC_MASTER + 1, PIC_VECTORS);
    }
    apic_write(APIC_LVT_LINT0, APIC_EXTINT | (mistake("lint0") ? APIC_MASKED : 0));
    if (of_rtc)
        rtc_interrupts(RTC_PERIODIC);
    else
        pit_set(0, 2, PIT_HZ / 1000);
}

static void raise_uart(void)
{
    uart_line_up();
    (void)WAIT_FOR(came, LONG_WAIT);
}

static void use_uart(void)
{
    uint32_t entry = UART_VECTOR | (is_about("no-eoi") ? PIN_LEVEL : 0);
    unsigned pin = mistake("no-device") ? NO_DEVICE_PIN : IO_APIC_UART_PIN;
    handle_vector(UART_VECTOR, on_uart);
    if (mistake("lost-edge")) {
        io_apic_route(pin, entry | PIN_MASKED, self);
        uart_line_up();
        uart_line_down();
        io_apic_route(pin, entry, self);
        return;
    }
    io_apic_route(pin, entry, self);
    if (mistake("not-asserted"))
        return;
    if (mistake("no-device")) {
        uart_line_up();
        return;
    }
    raise_uart();
    uart_line_up();
}

static void use_local_timer(void)
{
    uint32_t entry = APIC_PERIODIC | TIMER_VECTOR;
    handle_vector(TIMER_VECTOR, on_local_timer);
    if (mistake("lvt-masked"))
        entry |= APIC_MASKED;
    if (mistake("lvt-vector"))
        entry++;
    apic_write(APIC_LVT_TIMER, entry);
    if (!mistake("timer-stopped"))
        apic_write(APIC_INITIAL_COUNT, 1000000);
}

static void use_pit(void)
{
    uint32_t entry = mistake("vector") ? NO_VECTOR : PIT_VECTOR, destination = self;
    handle_vector(PIT_VECTOR, on_pit);
    if (mistake("pin-masked"))
        entry |= PIN_MASKED;
    if (mistake("destination"))
        destination ^= 0x20;
    if (mistake("logical")) {
        entry |= PIN_LOGICAL;
        destination = ABSENT_LOGICAL;
    }
    if (is_about("no-sipi")) {
        destination = SECOND_CPU;
        smp_initialise();
        if (fixed)
            (void)start_processor(SECOND_CPU);
    }
    if (is_about("class")) {
        handle_vector(OTHER_VECTOR, on_other);
        apic_send(self, OTHER_VECTOR | APIC_ASSERT);
        delay(1000);
    }
    io_apic_route(mistake("wrong-pin") ? 0 : IO_APIC_PIT_PIN, entry, destination);
    pit_set(0, 2, PIT_HZ / 1000);
}

static int by_pics(void)
{
    return is_about("pic-masked") || is_about("pic-cascade") || is_about("pic-no-eoi") || is_about("pic-unfinished")
        || is_about("pic-vectors") || is_about("lint0");
}

static int by_uart(void) { return is_about("no-eoi") || is_about("not-asserted") || is_about("no-device") || is_about("lost-edge"); }

static int by_local_timer(void) { return is_about("lvt-masked") || is_about("lvt-vector") || is_about("timer-stopped"); }

uint32_t kernel_main(void)
{
    fixed = option_is("fix", "yes");
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    self = apic_id();
    io_apic_mask_all();
    pit_stop();
    if (mistake("no-eoi") || mistake("isr") || mistake("pic-no-eoi")) {
        ends_interrupts = 0;
        allowed = 1;
    }
    if (mistake("tpr"))
        apic_write(APIC_TPR, 0xf0);

    print("stuck\n");
    enable_interrupts();
    if (mistake("if"))
        close_interrupts();
    if (mistake("svr"))
        apic_write(APIC_SVR, SPURIOUS_VECTOR);
    if (mistake("apic-off"))
        write_msr(MSR_APIC_BASE, read_msr(MSR_APIC_BASE) & ~(uint64_t)(APIC_BASE_ENABLED | APIC_BASE_X2APIC));
    if (by_pics())
        use_pics();
    else if (by_uart())
        use_uart();
    else if (by_local_timer())
        use_local_timer();
    else
        use_pit();
    delay(5000);
    spin();
}
