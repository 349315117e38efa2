/* why: makes one classic mistake with an interrupt, then waits for it for ever: for "why does my interrupt not come".
 * Command line: mistake=NAME:
 *   pin-masked    the PIT through the I/O APIC, whose pin 2 is masked
 *   wrong-pin     the same, but pin 0 is programmed, where the PIT is not
 *   destination   pin 2 is sent to an APIC ID that nobody has
 *   vector        pin 2 has vector 8
 *   svr           the local APIC is off in SVR
 *   tpr           TPR is F0h
 *   if            interrupts are off
 *   no-eoi        the handler does not EOI
 *   remote-irr    a level interrupt of COM1 is handled without an EOI
 *   pic-masked    the PIT through the 8259s, which mask IRQ 0
 *   pic-no-eoi    the same, unmasked, and the handler does not EOI
 *   lint0         the same, with LINT0 masked
 *   not-asserted  COM1 through the I/O APIC, but COM1's own interrupts are off
 *   none          no mistake: `ticks` counts on
 *
 * Prints:
 *   why: mistake=NAME
 * Ends: never. Made for a debugger: the label `stuck`, the variables `ticks` and `mistake`.
 */
#include "apic.h"
#include "console.h"
#include "io-apic.h"
#include "kernel.h"
#include "pic.h"
#include "pit.h"
#include "uart-line.h"
#include "vectors.h"

enum { VECTOR = 0x40, UART_IRQ_PIN = 4, PIT_PERIOD = PIT_HZ / 100, MISSING_APIC = 0x0f };

volatile uint32_t ticks;

static void count_without_eoi(struct trap *trap)
{
    (void)trap;
    ticks++;
}

static void count(struct trap *trap)
{
    ticks++;
    end_apic_interrupt(trap);
}

static int is(const char *name) { return option_is("mistake", name); }

static void through_io_apic(void)
{
    unsigned pin = is("wrong-pin") ? 0 : IO_APIC_PIT_PIN;
    uint32_t vector = is("vector") ? 8 : VECTOR;
    io_apic_route(pin, vector | (is("pin-masked") ? PIN_MASKED : 0), is("destination") ? MISSING_APIC : apic_id());
    pit_set(0, 2, PIT_PERIOD);
}

static void through_8259(void)
{
    handle_vector(PIC_VECTORS, count_without_eoi);
    pic_initialise(0, is("pic-masked") ? 0 : 1);
    apic_write(APIC_LVT_LINT0, APIC_EXTINT | (is("lint0") ? APIC_MASKED : 0));
    pit_set(0, 2, PIT_PERIOD);
}

static void from_uart(void)
{
    io_apic_route(UART_IRQ_PIN, VECTOR | (is("remote-irr") ? PIN_LEVEL : 0), apic_id());
    if (is("remote-irr"))
        uart_line_up();
}

__attribute__((noinline)) static void wait_for_ever(void)
{
    for (;;)
        __asm__ volatile(".globl stuck\nstuck: pause" : : : "memory");
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    if (!apic_initialise())
        return EXIT_FAILED;
    io_apic_mask_all();
    int without_eoi = is("no-eoi") || is("remote-irr");
    handle_vector(VECTOR, without_eoi ? count_without_eoi : count);
    print("why: ");
    print(command_line());
    print("\n");

    if (is("pic-masked") || is("pic-no-eoi") || is("lint0"))
        through_8259();
    else if (is("remote-irr") || is("not-asserted"))
        from_uart();
    else
        through_io_apic();
    if (is("tpr"))
        apic_write(APIC_TPR, 0xf0);
    if (is("svr"))
        apic_write(APIC_SVR, SPURIOUS_VECTOR);
    if (!is("if"))
        enable_interrupts();
    wait_for_ever();
    return EXIT_FAILED;
}
