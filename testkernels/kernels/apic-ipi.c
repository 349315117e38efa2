/* apic-ipi: a processor interrupts itself: the ways to do so, priorities, TPR, EOI, IRR, ISR and TMR, NMI.
 * Intel SDM volume 3, "Issuing Interprocessor Interrupts", "Handling Interrupts", "NMI" ("Nonmaskable Interrupt").
 * Command line: mode=x2apic; cr8=no leaves out what a host cannot do that does not exit when CR8 is lowered.
 *
 * Prints a line a check, then "N passed, 0 failed".
 * Ends: debug exit 10h, or 11h when a check fails.
 * QEMU 7.2 fails disabled-forgets-it: a disabled APIC accepts fixed interrupts there and delivers them once it is enabled.
 */
#include "apic.h"
#include "checks.h"
#include "kernel.h"
#include "time.h"
#include "vectors.h"

static volatile uint32_t in_service_bits, priority_in_handler, order_at_return, nested_nmis;
static volatile uint64_t nested_order;

static void send_self(unsigned vector) { apic_send(0, APIC_ASSERT | APIC_TO_SELF | vector); }

/* Waits for it, and whether it came just once. */
static uint32_t arrives(unsigned vector)
{
    (void)WAIT_FOR(arrivals[0][vector], LONG_WAIT);
    delay(1000);
    return arrivals[0][vector];
}

static void check_ways(void)
{
    send_self(0x41);
    check("self-shorthand", arrives(0x41), 1);
    apic_send(apic_id(), APIC_ASSERT | 0x42);
    check("physical", arrives(0x42), 1);
    if (x2apic) {
        apic_send(apic_read(APIC_LDR), APIC_LOGICAL | APIC_ASSERT | 0x43);
        check("logical", arrives(0x43), 1);
        apic_write(APIC_SELF_IPI, 0x44);
        check("self-ipi-register", arrives(0x44), 1);
    } else {
        apic_write(APIC_DFR, 0xffffffff);
        apic_write(APIC_LDR, 0x04000000);
        apic_send(0x0c, APIC_LOGICAL | APIC_ASSERT | 0x43);
        check("logical", arrives(0x43), 1);
        check("delivery-status", apic_read(APIC_ICR) & APIC_PENDING, 0);
        check("icr-reads", apic_read(APIC_ICR), APIC_LOGICAL | APIC_ASSERT | 0x43);
        check("icr-high-reads", apic_read(APIC_ICR_HIGH), 0x0c000000);
    }
    apic_send(0, APIC_ASSERT | APIC_TO_ALL | 0x45);
    check("all-with-self", arrives(0x45), 1);
    apic_send(0, APIC_ASSERT | APIC_TO_OTHERS | 0x46);
    delay(2000);
    check("others-not-self", arrivals[0][0x46], 0);
    apic_send(apic_id() ^ 0x20, APIC_ASSERT | 0x47);
    delay(2000);
    check("nobody", arrivals[0][0x47], 0);
}

static void look_at_service(struct trap *trap)
{
    unsigned vector = (unsigned)trap->vector;
    in_service_bits = (uint32_t)(apic_bit(APIC_IRR, vector) << 8 | apic_bit(APIC_ISR, vector) << 4 | apic_bit(APIC_TMR, vector));
    priority_in_handler = apic_read(APIC_PPR);
    apic_write(APIC_EOI, 0);
}

static void check_bits(void)
{
    handle_vector(0x67, look_at_service);
    disable_interrupts();
    send_self(0x67);
    check("irr", (uint64_t)apic_bit(APIC_IRR, 0x67), 1);
    check("isr-before", (uint64_t)apic_bit(APIC_ISR, 0x67), 0);
    enable_interrupts();
    check("taken", arrives(0x67), 1);
    check("irr-isr-tmr-in-handler", in_service_bits, 0x010);
    check("ppr-in-handler", priority_in_handler, 0x60);
    check("irr-after", (uint64_t)apic_bit(APIC_IRR, 0x67), 0);
    check("isr-after-eoi", (uint64_t)apic_bit(APIC_ISR, 0x67), 0);
    check("ppr-after-eoi", apic_read(APIC_PPR), 0);
}

static void check_order(void)
{
    forget_arrivals();
    disable_interrupts();
    send_self(0x51);
    send_self(0x81);
    send_self(0x61);
    send_self(0x8f);
    enable_interrupts();
    (void)WAIT_FOR(arrival_count == 4, LONG_WAIT);
    check("highest-first", order_of_arrival(), 0x8f816151);

    forget_arrivals();
    disable_interrupts();
    send_self(0x51);
    send_self(0x51);
    send_self(0x51);
    enable_interrupts();
    check("same-vector-once", arrives(0x51), 1);
}

/* Opens interrupts in a handler: of what is then pending, higher classes come at once. */
static void nest(struct trap *trap)
{
    (void)trap;
    send_self(0x81);
    send_self(0x53);
    send_self(0x72);
    send_self(0x41);
    send_self(0x71);
    enable_interrupts();
    (void)WAIT_FOR(arrival_count >= 4, LONG_WAIT);
    delay(2000);
    disable_interrupts();
    nested_order = order_of_arrival();
    apic_write(APIC_EOI, 0);
}

static void nest_in_own_vector(struct trap *trap)
{
    if (arrivals[0][trap->vector & 255] == 1) {
        send_self(0x5a);
        in_service_bits = (uint32_t)(apic_bit(APIC_IRR, 0x5a) << 4 | apic_bit(APIC_ISR, 0x5a));
        enable_interrupts();
        delay(2000);
        disable_interrupts();
        order_at_return = arrivals[0][0x5a];
    }
    apic_write(APIC_EOI, 0);
}

static void check_nesting(void)
{
    forget_arrivals();
    handle_vector(0x52, nest);
    send_self(0x52);
    (void)WAIT_FOR(arrival_count == 6, LONG_WAIT);
    delay(1000);
    check("nesting-higher-class", nested_order, 0x52817271);
    check("same-and-lower-class-after-eoi", order_of_arrival(), 0x528172715341);

    forget_arrivals();
    handle_vector(0x5a, nest_in_own_vector);
    send_self(0x5a);
    (void)WAIT_FOR(arrivals[0][0x5a] == 2, LONG_WAIT);
    delay(1000);
    check("in-service-and-requested", in_service_bits, 0x11);
    check("not-while-in-service", order_at_return, 1);
    check("again-after-eoi", arrivals[0][0x5a], 2);
}

static void check_tpr(void)
{
    forget_arrivals();
    apic_write(APIC_TPR, 0x83);
    send_self(0x71);
    send_self(0x81);
    send_self(0x8f);
    send_self(0x91);
    delay(2000);
    check("tpr-lets-higher-class", order_of_arrival(), 0x91);
    check("tpr-holds-in-irr", (uint64_t)(apic_bit(APIC_IRR, 0x71) << 8 | apic_bit(APIC_IRR, 0x81) << 4 | apic_bit(APIC_IRR, 0x8f)), 0x111);
    apic_write(APIC_TPR, 0x7f);
    (void)WAIT_FOR(arrival_count == 3, LONG_WAIT);
    delay(1000);
    check("tpr-lowered", order_of_arrival(), 0x918f81);
    write_cr8(0);
    if (option_is("cr8", "no")) {
        skip("cr8", "cr8=no");
        return;
    }
    (void)WAIT_FOR(arrival_count == 4, LONG_WAIT);
    check("cr8-lowered", order_of_arrival(), 0x918f8171);

    write_cr8(15);
    send_self(0xf1);
    delay(2000);
    check("cr8-holds-all", arrivals[0][0xf1], 0);
    write_cr8(14);
    check("cr8-14-lets-f1", arrives(0xf1), 1);
    write_cr8(0);
}

static void leave_in_service(struct trap *trap) { (void)trap; }

/* EOI ends the highest in service. */
static void check_eoi(void)
{
    forget_arrivals();
    handle_vector(0x55, leave_in_service);
    handle_vector(0x85, leave_in_service);
    send_self(0x55);
    (void)WAIT_FOR(arrivals[0][0x55], LONG_WAIT);
    send_self(0x85);
    (void)WAIT_FOR(arrivals[0][0x85], LONG_WAIT);
    check("two-in-service", (uint64_t)(apic_bit(APIC_ISR, 0x85) << 4 | apic_bit(APIC_ISR, 0x55)), 0x11);
    check("ppr-of-highest", apic_read(APIC_PPR), 0x80);
    send_self(0x65);
    delay(2000);
    check("held-by-service", arrivals[0][0x65], 0);
    apic_write(APIC_EOI, 0);
    check("eoi-of-highest", (uint64_t)(apic_bit(APIC_ISR, 0x85) << 4 | apic_bit(APIC_ISR, 0x55)), 0x01);
    check("released-by-eoi", arrives(0x65), 1);
    check("ppr-of-other", apic_read(APIC_PPR), 0x50);
    apic_write(APIC_EOI, 0);
    check("eoi-of-other", (uint64_t)apic_bit(APIC_ISR, 0x55), 0);
    apic_write(APIC_EOI, 0);
    check("eoi-of-none", apic_read(APIC_PPR), 0);
}

/* NMIs are held off until the handler's IRET. */
static void nest_nmi(struct trap *trap)
{
    (void)trap;
    if (arrivals[0][VECTOR_NMI] != 1)
        return;
    apic_send(apic_id(), APIC_NMI | APIC_ASSERT);
    delay(1000);
    nested_nmis = arrivals[0][VECTOR_NMI];
}

static void check_nmi(void)
{
    forget_arrivals();
    handle_vector(VECTOR_NMI, nest_nmi);
    disable_interrupts();
    write_cr8(15);
    apic_send(apic_id(), APIC_NMI | APIC_ASSERT);
    (void)WAIT_FOR(arrivals[0][VECTOR_NMI] == 2, LONG_WAIT);
    check("nmi-not-nested", nested_nmis, 1);
    check("nmi-after-iret", arrivals[0][VECTOR_NMI], 2);
    write_cr8(0);

    apic_write(APIC_SVR, SPURIOUS_VECTOR);
    send_self(0x41);
    enable_interrupts();
    delay(2000);
    check("disabled-takes-no-fixed", arrivals[0][0x41], 0);
    apic_enable();
    delay(2000);
    check("disabled-forgets-it", arrivals[0][0x41], 0);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    enable_interrupts();
    check_ways();
    check_bits();
    check_order();
    check_nesting();
    check_tpr();
    check_eoi();
    check_nmi();
    return checks_result();
}
