/* uart: checks the 16550A at COM1, most of it in loopback, interrupts by polling the interrupt identification register.
 * National Semiconductor PC16550D, June 1995, section 8.
 *
 * Prints, a line a check (FAIL in place of PASS where it fails, with what was read and what was wanted):
 *   PASS: scratch
 *   PASS: divisor
 *   PASS: line-control
 *   PASS: interrupt-enable
 *   PASS: fifo-present
 *   PASS: idle
 *   PASS: modem-loopback
 *   PASS: modem-deltas
 *   PASS: data-loopback
 *   PASS: fifo-order
 *   PASS: overrun
 *   PASS: fifo-reset
 *   PASS: received-interrupt
 *   PASS: trigger-level
 *   PASS: transmitter-interrupt
 *   PASS: line-status-interrupt
 *   PASS: modem-interrupt
 *   PASS: interrupt-priority
 *   18 passed, 0 failed
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "checks.h"
#include "console.h"
#include "kernel.h"
#include "ports.h"

enum { DATA = COM1, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH, FCR = IIR };
enum { LSR_READY = 0x01, LSR_OVERRUN = 0x02, LSR_IDLE = 0x60 };
enum { MCR_LOOPBACK = 0x10 };
enum { FIFO_ON = 0x01, FIFO_CLEAR = 0x06, TRIGGER_1 = 0x00, TRIGGER_8 = 0x80 };
enum { NONE = 0x01, MODEM = 0x00, TRANSMITTER = 0x02, RECEIVED = 0x04, LINE = 0x06 }; /* IIR bits 3 to 0 */

/* Bounded, so that a device that never gets there fails a check in place of hanging. */
static void wait_until_idle(void)
{
    for (int i = 0; i < 100 && (in8(LSR) & LSR_IDLE) != LSR_IDLE; i++)
        ;
}

/* The checks run in loopback, where nothing can be printed, so each result is printed after. */
static void report(const char *name, uint32_t read, uint32_t wanted)
{
    out8(MCR, 0x03);
    out8(IER, 0);
    out8(LCR, 0x03);
    out8(FCR, FIFO_ON | FIFO_CLEAR);
    check(name, read, wanted);
    wait_until_idle();
}

static void enter_loopback(uint8_t fifo)
{
    out8(MCR, MCR_LOOPBACK);
    out8(FCR, FIFO_ON | FIFO_CLEAR | fifo);
    (void)in8(LSR);
    (void)in8(MSR);
}

static void send(uint8_t value)
{
    out8(DATA, value);
    wait_until_idle();
}

/* As send, but leaves the line status register unread: reading it clears the overrun. The wait is that of 100 port reads. */
static void send_unread(uint8_t value)
{
    out8(DATA, value);
    for (int i = 0; i < 100; i++)
        (void)in8(SCRATCH);
}

static void overrun(void)
{
    for (int i = 0; i < 16; i++)
        send(7);
    send_unread(7);
}

static uint8_t pending(void) { return in8(IIR) & 0x0f; }

static void check_registers(void)
{
    out8(SCRATCH, 0x55);
    uint32_t read = in8(SCRATCH);
    out8(SCRATCH, 0xaa);
    report("scratch", read << 8 | in8(SCRATCH), 0x55aa);

    out8(LCR, 0x83);
    out8(DATA, 0x34);
    out8(IER, 0x12);
    read = (uint32_t)in8(IER) << 8 | in8(DATA);
    out8(DATA, 1); /* back to 115,200 baud */
    out8(IER, 0);
    out8(LCR, 0x03);
    report("divisor", read << 8 | in8(IER), 0x123400);

    out8(LCR, 0x1b);
    report("line-control", in8(LCR), 0x1b);

    out8(IER, 0xf5);
    report("interrupt-enable", in8(IER), 0x05);

    out8(FCR, 0);
    read = in8(IIR) & 0xc0;
    out8(FCR, FIFO_ON);
    report("fifo-present", read << 8 | (in8(IIR) & 0xc0), 0x00c0);

    report("idle", (uint32_t)in8(LSR) << 8 | pending(), LSR_IDLE << 8 | NONE);
}

static void check_modem(void)
{
    uint32_t read = 0;
    enter_loopback(TRIGGER_1);
    for (int output = 0; output < 4; output++) { /* DTR, RTS, OUT1, OUT2 appear as DSR, CTS, RI, DCD */
        out8(MCR, (uint8_t)(MCR_LOOPBACK | 1 << output));
        read = read << 4 | in8(MSR) >> 4;
    }
    report("modem-loopback", read, 0x2148);

    enter_loopback(TRIGGER_1);
    out8(MCR, MCR_LOOPBACK | 0x0f);
    (void)in8(MSR);
    read = in8(MSR); /* deltas are gone once read */
    out8(MCR, MCR_LOOPBACK);
    report("modem-deltas", read << 8 | in8(MSR), 0xf00f);
}

static void check_data(void)
{
    enter_loopback(TRIGGER_1);
    send(0x5a);
    uint32_t read = in8(LSR) & LSR_READY;
    read = read << 8 | in8(DATA);
    report("data-loopback", read << 8 | (in8(LSR) & LSR_READY), 0x015a00);

    enter_loopback(TRIGGER_1);
    for (uint8_t i = 0; i < 16; i++)
        send((uint8_t)(0xa0 + i));
    read = (in8(LSR) & LSR_OVERRUN) == 0;
    for (uint8_t i = 0; i < 16; i++)
        read &= in8(DATA) == 0xa0 + i;
    report("fifo-order", read, 1);

    enter_loopback(TRIGGER_1);
    overrun();
    read = in8(LSR) & LSR_OVERRUN;
    report("overrun", read << 8 | (in8(LSR) & LSR_OVERRUN), LSR_OVERRUN << 8);

    enter_loopback(TRIGGER_1);
    send(1);
    out8(FCR, FIFO_ON | 0x02);
    report("fifo-reset", in8(LSR) & LSR_READY, 0);
}

static void check_interrupts(void)
{
    enter_loopback(TRIGGER_1);
    out8(IER, 0x01);
    uint32_t read = pending();
    send(7);
    read = read << 8 | pending();
    (void)in8(DATA);
    report("received-interrupt", read << 8 | pending(), NONE << 16 | RECEIVED << 8 | NONE);

    enter_loopback(TRIGGER_8);
    out8(IER, 0x01);
    for (int i = 0; i < 8; i++)
        send(7);
    read = pending();
    for (int i = 0; i < 8; i++)
        (void)in8(DATA);
    report("trigger-level", read << 8 | pending(), RECEIVED << 8 | NONE);

    enter_loopback(TRIGGER_1);
    wait_until_idle();
    out8(IER, 0x02);
    read = pending(); /* reading it clears it */
    read = read << 8 | pending();
    send(7);
    read = read << 8 | pending();
    out8(IER, 0);
    report("transmitter-interrupt", read << 8 | pending(), (uint32_t)TRANSMITTER << 24 | NONE << 16 | TRANSMITTER << 8 | NONE);

    enter_loopback(TRIGGER_1);
    out8(IER, 0x04);
    overrun();
    read = pending();
    (void)in8(LSR);
    report("line-status-interrupt", read << 8 | pending(), LINE << 8 | NONE);

    enter_loopback(TRIGGER_1);
    out8(IER, 0x08);
    read = pending();
    out8(MCR, MCR_LOOPBACK | 0x01);
    read = read << 8 | pending();
    (void)in8(MSR);
    report("modem-interrupt", read << 8 | pending(), NONE << 16 | MODEM << 8 | NONE);

    enter_loopback(TRIGGER_1);
    out8(MCR, MCR_LOOPBACK | 0x01);
    overrun();
    out8(IER, 0x0f);
    read = pending(); /* all four are; reading IIR clears the transmitter's only when that is the one shown */
    (void)in8(LSR);
    read = read << 4 | pending();
    while (in8(LSR) & LSR_READY)
        (void)in8(DATA);
    read = read << 4 | pending();
    read = read << 4 | pending();
    (void)in8(MSR);
    report("interrupt-priority", read << 4 | pending(), LINE << 16 | RECEIVED << 12 | TRANSMITTER << 8 | MODEM << 4 | NONE);
}

uint32_t kernel_main(void)
{
    check_registers();
    check_modem();
    check_data();
    check_interrupts();
    return checks_result();
}
