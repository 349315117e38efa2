/* why: makes one mistake that keeps an interrupt from coming, then spins at the label `stuck` until a debugger stops it.
 * Command line: mistake=..., one of
 *   pin-masked     the PIT's pin of the I/O APIC, 2, is masked
 *   wrong-pin      the PIT is expected on pin 0 of the I/O APIC; its line leads to pin 2, which is masked
 *   vector         pin 2 is routed to vector 0Fh, which is none
 *   destination    pin 2 is routed to an APIC ID that no processor has
 *   not-asserted   pin 4, COM1's, is routed and open, but COM1's interrupts are off
 *   no-eoi         pin 4, level-triggered: the handler takes the line down but never writes EOI, so that remote IRR stays
 *   isr            pin 2, edge-triggered: the handler never writes EOI, so that the vector stays in service
 *   svr            the local APIC is disabled in its spurious-interrupt vector register
 *   tpr            the task-priority register is F0h
 *   if             interrupts are off since the instruction at the label `interrupts_off`
 *   pic-masked     the 8259 is used, and IRQ 0 is masked in it
 *   lint0          the 8259 is used and open, and LINT0 is masked in the local APIC
 * fix=yes leaves the mistake out. mode=x2apic.
 * The vectors: 50h for the PIT's pin, 61h for COM1's, 20h for the 8259's IRQ 0.
 *
 * Prints "stuck" when it is. `came` counts the interrupts: 1 with no-eoi and isr, else 0.
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
#include "time.h"
#include "uart-line.h"
#include "vectors.h"

enum { PIT_VECTOR = 0x50, UART_VECTOR = 0x61, NO_VECTOR = 0x0f };

volatile uint32_t came, stuck_count;

static int fixed, ends_interrupts = 1;
static uint32_t allowed;

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

static void on_pic(struct trap *trap)
{
    (void)trap;
    judge();
    out8(PIC_MASTER, PIC_EOI);
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

static void use_pic(void)
{
    pic_initialise(0, mistake("pic-masked") ? 0 : 1);
    handle_vector(PIC_VECTORS, on_pic);
    apic_write(APIC_LVT_LINT0, APIC_EXTINT | (mistake("lint0") ? APIC_MASKED : 0));
}

static void use_uart(void)
{
    handle_vector(UART_VECTOR, on_uart);
    io_apic_route(IO_APIC_UART_PIN, UART_VECTOR | (is_about("no-eoi") ? PIN_LEVEL : 0), apic_id());
}

static void use_pit(void)
{
    uint32_t entry = mistake("vector") ? NO_VECTOR : PIT_VECTOR;
    handle_vector(PIT_VECTOR, on_pit);
    if (mistake("pin-masked"))
        entry |= PIN_MASKED;
    io_apic_route(mistake("wrong-pin") ? 0 : IO_APIC_PIT_PIN, entry, apic_id() ^ (mistake("destination") ? 0x20 : 0));
}

uint32_t kernel_main(void)
{
    fixed = option_is("fix", "yes");
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    io_apic_mask_all();
    pit_stop();

    int by_pic = is_about("pic-masked") || is_about("lint0"), by_uart = is_about("no-eoi") || is_about("not-asserted");
    if (by_pic)
        use_pic();
    else if (by_uart)
        use_uart();
    else
        use_pit();
    if (mistake("no-eoi") || mistake("isr")) {
        ends_interrupts = 0;
        allowed = 1;
    }
    if (mistake("svr"))
        apic_write(APIC_SVR, SPURIOUS_VECTOR);
    if (mistake("tpr"))
        apic_write(APIC_TPR, 0xf0);

    print("stuck\n");
    enable_interrupts();
    if (mistake("if"))
        close_interrupts();
    if (!by_uart)
        pit_set(0, 2, PIT_HZ / 1000);
    for (int i = 0; i < 2 && by_uart && !mistake("not-asserted"); i++) {
        uart_line_up();
        (void)WAIT_FOR(came > (uint32_t)i, LONG_WAIT);
    }
    spin();
}
