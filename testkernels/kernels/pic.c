/* pic: the two 8259As, led to the processor through LINT0 as ExtINT (virtual wire): the PIT on IRQ 0, COM1 on IRQ 4, the RTC on IRQ 8.
 * Intel 8259A data sheet (231468); ELCR: ICH9 data sheet, 13.4.
 *
 * Prints a line a check, then "N passed, 0 failed".
 * Ends: debug exit 10h, or 11h when a check fails.
 * QEMU 7.2 fails spurious-irq7: there a level that falls before the acknowledge takes INTR with it.
 */
#include "apic.h"
#include "checks.h"
#include "kernel.h"
#include "pic.h"
#include "pit.h"
#include "rtc.h"
#include "time.h"
#include "uart-line.h"
#include "vectors.h"

enum { IRQ0 = 1 << 0, CASCADE = 1 << 2, IRQ4 = 1 << 4, IRQ8 = 1 << 8 };
enum { NON_SPECIFIC_EOI = 0x20, ROTATE_ON_EOI = 0xa0, SET_LOWEST = 0xc0, SET_SPECIAL_MASK = 0x68, CLEAR_SPECIAL_MASK = 0x48, POLL = 0x0c };

static volatile uint8_t master_isr, slave_isr;

static uint32_t taken(unsigned irq) { return arrivals[0][PIC_VECTORS + irq]; }

static uint32_t arrives(unsigned irq)
{
    (void)WAIT_FOR(taken(irq), LONG_WAIT);
    delay(2000);
    return taken(irq);
}

/* Handlers. Each looks at the ISRs first. */
static void look(void)
{
    master_isr = pic_isr(PIC_MASTER);
    slave_isr = pic_isr(PIC_SLAVE);
}

static void end_by_eoi(struct trap *trap)
{
    look();
    if (trap->vector >= PIC_VECTORS + 8)
        out8(PIC_SLAVE, NON_SPECIFIC_EOI);
    out8(PIC_MASTER, NON_SPECIFIC_EOI);
    if (trap->vector == PIC_VECTORS + 4)
        uart_line_down();
    if (trap->vector == PIC_VECTORS + 8)
        (void)rtc_read(RTC_C);
}

static void end_by_nothing(struct trap *trap)
{
    (void)trap;
    look();
}

static void end_by_rotation(struct trap *trap)
{
    (void)trap;
    out8(PIC_MASTER, ROTATE_ON_EOI);
}

static void end_nothing_but_line(struct trap *trap)
{
    (void)trap;
    look();
    uart_line_down();
}

/* One edge of IRQ 0, and the line stays up: the end of a count in mode 0. pit_stop() takes it down. */
static void pit_edge(void)
{
    pit_set(0, 0, 100);
    delay(400);
}

/* The state that every check starts from. Nothing is requested or in service. */
static void begin(uint8_t icw4, uint16_t open)
{
    disable_interrupts();
    pit_stop();
    uart_line_down();
    rtc_interrupts(0);
    pic_initialise(icw4, open);
    for (unsigned irq = 0; irq < 16; irq++)
        handle_vector(PIC_VECTORS + irq, end_by_eoi);
    forget_arrivals();
    master_isr = slave_isr = 0xee;
}

static void end(void)
{
    disable_interrupts();
    pit_stop();
    uart_line_down();
}

static void check_registers(void)
{
    begin(0, 0);
    out8(PIC_MASTER + 1, 0x5a);
    out8(PIC_SLAVE + 1, 0xa5);
    check("imr", (uint64_t)(in8(PIC_MASTER + 1) << 8 | in8(PIC_SLAVE + 1)), 0x5aa5);
    out8(PIC_MASTER, 0x11);
    out8(PIC_MASTER + 1, PIC_VECTORS);
    out8(PIC_MASTER + 1, 4);
    out8(PIC_MASTER + 1, 1);
    uint8_t imr = in8(PIC_MASTER + 1);
    check("icw1-clears-imr", imr, 0);
    begin(0, 0);
    check("isr-empty", (uint64_t)(pic_isr(PIC_MASTER) << 8 | pic_isr(PIC_SLAVE)), 0);

    out8(ELCR, 0xf8);
    out8(ELCR + 1, 0xde);
    check("elcr", (uint64_t)(in8(ELCR) << 8 | in8(ELCR + 1)), 0xf8de);
    out8(ELCR, 0x07);
    out8(ELCR + 1, 0x21);
    check("elcr-fixed", (uint64_t)(in8(ELCR) << 8 | in8(ELCR + 1)), 0);
    out8(ELCR, 0);
    out8(ELCR + 1, 0);
}

static void check_timer(void)
{
    begin(0, IRQ0);
    pit_set(0, 2, PIT_HZ / 1000);
    enable_interrupts();
    (void)WAIT_FOR(taken(0) >= 3, LONG_WAIT);
    check("irq0-repeats", taken(0) >= 3, 1);
    check("isr-in-handler", master_isr, 0x01);
    disable_interrupts();
    check("isr-after-eoi", pic_isr(PIC_MASTER), 0);
    end();

    begin(0, IRQ0);
    handle_vector(PIC_VECTORS, end_by_nothing);
    pit_set(0, 2, PIT_HZ / 1000);
    enable_interrupts();
    (void)arrives(0);
    delay(10000);
    check("no-eoi-holds", taken(0), 1);
    check("no-eoi-irr", pic_irr(PIC_MASTER) & 1, 1);
    out8(PIC_MASTER, PIC_SPECIFIC_EOI | 3);
    delay(5000);
    check("specific-eoi-of-other", taken(0), 1);
    out8(PIC_MASTER, PIC_SPECIFIC_EOI | 0);
    (void)WAIT_FOR(taken(0) == 2, LONG_WAIT);
    check("specific-eoi", taken(0), 2);
    end();

    begin(PIC_AUTO_EOI, IRQ0);
    handle_vector(PIC_VECTORS, end_by_nothing);
    pit_set(0, 2, PIT_HZ / 1000);
    enable_interrupts();
    (void)WAIT_FOR(taken(0) >= 3, LONG_WAIT);
    check("auto-eoi-repeats", taken(0) >= 3, 1);
    check("auto-eoi-isr", master_isr, 0);
    end();
}

static void check_mask(void)
{
    begin(0, 0);
    pit_edge();
    check("masked-irr", pic_irr(PIC_MASTER) & 1, 1);
    enable_interrupts();
    delay(3000);
    check("masked", taken(0), 0);
    pic_open_only(IRQ0);
    check("unmasked", arrives(0), 1);
    disable_interrupts();
    check("irr-after-acknowledge", pic_irr(PIC_MASTER) & 1, 0);
    end();
}

static void check_cascade(void)
{
    begin(0, CASCADE | IRQ8);
    rtc_interrupts(RTC_PERIODIC);
    enable_interrupts();
    (void)WAIT_FOR(taken(8) >= 2, LONG_WAIT);
    check("irq8-repeats", taken(8) >= 2, 1);
    check("cascade-isrs", (uint64_t)(master_isr << 8 | slave_isr), 0x0401);
    disable_interrupts();
    check("cascade-isrs-after-eoi", (uint64_t)(pic_isr(PIC_MASTER) << 8 | pic_isr(PIC_SLAVE)), 0);
    pic_open_only(IRQ8);
    rtc_interrupts(0);
    forget_arrivals();
    rtc_interrupts(RTC_PERIODIC);
    enable_interrupts();
    delay(5000);
    check("cascade-masked", taken(8), 0);
    disable_interrupts();
    check("cascade-masked-irrs", (uint64_t)((pic_irr(PIC_MASTER) & 4) << 8 | (pic_irr(PIC_SLAVE) & 1)), 0x0401);
    rtc_interrupts(0);
    end();
}

/* IRQ 0 and IRQ 4 are requested together; the order in which they come. */
static uint64_t order_of_both(void)
{
    disable_interrupts();
    forget_arrivals();
    pit_edge();
    uart_line_up();
    enable_interrupts();
    (void)WAIT_FOR(arrival_count >= 2, LONG_WAIT);
    delay(1000);
    disable_interrupts();
    return order_of_arrival();
}

static void check_rotation(void)
{
    begin(0, IRQ0 | IRQ4);
    uint64_t order = order_of_both();
    end();
    check("fixed-priority", order, 0x2024);

    begin(0, IRQ0 | IRQ4);
    out8(PIC_MASTER, SET_LOWEST | 3);
    order = order_of_both();
    end();
    check("set-priority", order, 0x2420);

    begin(0, IRQ0 | IRQ4);
    handle_vector(PIC_VECTORS, end_by_rotation);
    pit_edge();
    enable_interrupts();
    (void)arrives(0);
    order = order_of_both(); /* IRQ 0 was served last, so it is the lowest */
    end();
    check("rotate-on-eoi", order, 0x2420);

    begin(0, IRQ0 | IRQ4);
    out8(PIC_MASTER, 0xe0 | 3); /* specific EOI, and that level is the lowest */
    order = order_of_both();
    end();
    check("rotate-on-specific-eoi", order, 0x2420);
}

static void check_special_mask(void)
{
    begin(0, IRQ0 | IRQ4);
    handle_vector(PIC_VECTORS, end_by_nothing);
    handle_vector(PIC_VECTORS + 4, end_nothing_but_line);
    pit_edge();
    enable_interrupts();
    (void)arrives(0);
    uart_line_up();
    delay(3000);
    uint32_t held = taken(4);
    pic_open_only(IRQ4);
    delay(3000);
    uint32_t held_when_masked = taken(4);
    pic_open_only(IRQ0 | IRQ4);
    out8(PIC_MASTER, SET_SPECIAL_MASK);
    delay(3000);
    uint32_t held_in_special_mode = taken(4);
    pic_open_only(IRQ4); /* it is the mask of the one in service that lets others in */
    uint32_t released = arrives(4);
    out8(PIC_MASTER, CLEAR_SPECIAL_MASK);
    end();
    check("held-by-higher-in-service", held << 8 | held_when_masked << 4 | held_in_special_mode, 0);
    check("special-mask", released, 1);
    check("special-mask-isr", master_isr, 0x11);
}

static void check_poll(void)
{
    begin(0, IRQ0 | IRQ4);
    out8(PIC_MASTER, POLL);
    check("poll-none", in8(PIC_MASTER) & 0x80, 0);
    uart_line_up();
    delay(100);
    out8(PIC_MASTER, POLL);
    uint8_t word = in8(PIC_MASTER);
    uint8_t isr = pic_isr(PIC_MASTER);
    uart_line_down();
    check("poll", word & 0x87, 0x84);
    check("poll-acknowledges", isr, 0x10);
    out8(PIC_MASTER, NON_SPECIFIC_EOI);
    check("poll-eoi", pic_isr(PIC_MASTER), 0);
    end();
}

/* A request that is gone when the processor acknowledges is answered with the lowest input's vector, and nothing is in service: a level
 * that fell, and a slave that was masked late. */
static void check_spurious(void)
{
    begin(0, IRQ4);
    handle_vector(PIC_VECTORS + 7, end_by_nothing);
    out8(ELCR, IRQ4);
    uart_line_up();
    delay(100);
    uart_line_down();
    enable_interrupts();
    delay(3000);
    out8(ELCR, 0);
    end();
    check("spurious-irq7", taken(4) << 4 | taken(7), 0x01);
    check("spurious-irq7-isr", master_isr, 0);

    begin(0, CASCADE | IRQ8);
    handle_vector(PIC_VECTORS + 15, end_by_nothing);
    rtc_interrupts(RTC_PERIODIC);
    (void)WAIT_FOR(pic_irr(PIC_SLAVE) & 1, LONG_WAIT);
    rtc_interrupts(0);
    out8(PIC_SLAVE + 1, 0xff);
    enable_interrupts();
    delay(3000);
    end();
    check("spurious-irq15", taken(8) << 8 | taken(15), 0x01);
    check("spurious-irq15-isrs", (uint64_t)(master_isr << 8 | slave_isr), 0x0400);
    out8(PIC_MASTER, NON_SPECIFIC_EOI);
}

static void count_and_lower_third(struct trap *trap)
{
    (void)trap;
    if (taken(4) == 3)
        uart_line_down();
    out8(PIC_MASTER, NON_SPECIFIC_EOI);
}

static void check_trigger(void)
{
    begin(0, IRQ4);
    handle_vector(PIC_VECTORS + 4, end_by_nothing);
    uart_line_up();
    enable_interrupts();
    (void)arrives(4);
    out8(PIC_MASTER, NON_SPECIFIC_EOI);
    delay(3000);
    uint32_t edges = taken(4);
    end();
    check("edge-once", edges, 1);

    begin(0, IRQ4);
    out8(ELCR, IRQ4);
    handle_vector(PIC_VECTORS + 4, count_and_lower_third);
    uart_line_up();
    enable_interrupts();
    (void)WAIT_FOR(taken(4) >= 3, LONG_WAIT);
    delay(3000);
    uint32_t levels = taken(4);
    end();
    out8(ELCR, 0);
    check("level-repeats-while-up", levels, 3);
}

/* LINT0 masked, or the local APIC disabled by software: nothing comes. The local APIC off: it comes as without one. */
static void check_wire(void)
{
    begin(0, IRQ0);
    apic_write(APIC_LVT_LINT0, APIC_MASKED | APIC_EXTINT);
    pit_edge();
    enable_interrupts();
    delay(3000);
    check("lint0-masked", taken(0), 0);
    apic_write(APIC_LVT_LINT0, APIC_EXTINT);
    check("lint0-unmasked", arrives(0), 1);
    end();

    begin(0, IRQ0);
    write_msr(MSR_APIC_BASE, APIC_PAGE | APIC_BASE_BSP);
    pit_edge();
    enable_interrupts();
    check("without-local-apic", arrives(0), 1);
    end();
    write_msr(MSR_APIC_BASE, APIC_PAGE | APIC_BASE_BSP | APIC_BASE_ENABLED);
    apic_enable();
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    time_initialise();
    (void)apic_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    apic_write(APIC_LVT_LINT0, APIC_EXTINT);
    check_registers();
    check_timer();
    check_mask();
    check_cascade();
    check_rotation();
    check_special_mask();
    check_poll();
    check_spurious();
    check_trigger();
    check_wire();
    return checks_result();
}
