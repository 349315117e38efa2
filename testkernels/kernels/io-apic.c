/* io-apic: the I/O APIC: registers, edge and level, remote IRR and EOI, masks, destinations. The PIT drives pin 2, COM1 pin 4.
 * Intel 82093AA data sheet (290566); EOI register: ICH9 data sheet, 13.5.
 * Command line: mode=x2apic. With a second processor, that is a destination too.
 *
 * Prints a line a check, then "N passed, 0 failed".
 * Ends: debug exit 10h, or 11h when a check fails.
 * COM1 is active high here, level-triggered too, as it is wired on QEMU's machines.
 */
#include "apic.h"
#include "checks.h"
#include "io-apic.h"
#include "kernel.h"
#include "pit.h"
#include "smp.h"
#include "time.h"
#include "uart-line.h"

enum { PIT_VECTOR = 0x50, UART_VECTOR = 0x61, QUIET = 3000 };

static volatile uint32_t entry_in_handler, trigger_in_handler, entry_after_register;

static uint32_t uart_interrupts(void) { return arrivals[0][UART_VECTOR]; }
static uint32_t uart_entry(void) { return io_apic_pin(IO_APIC_UART_PIN); }

static uint32_t arrives(unsigned vector)
{
    (void)WAIT_FOR(arrivals[0][vector], LONG_WAIT);
    delay(QUIET);
    return arrivals[0][vector];
}

/* Everything masked, both lines down. */
static void begin(void)
{
    pit_stop();
    uart_line_down();
    io_apic_mask_all();
    handle_vector(UART_VECTOR, end_apic_interrupt);
    forget_arrivals();
}

/* One edge of pin 2, after which the line stays up. */
static void pit_edge(void)
{
    pit_set(0, 0, 100);
    delay(400);
}

static void check_registers(void)
{
    uint32_t version = io_apic_read(IO_APIC_VERSION);
    check("version", version & 0xff, 0x20);
    check("pins", version >> 16 & 0xff, 23);
    uint32_t id = io_apic_read(IO_APIC_ID);
    io_apic_write(IO_APIC_ID, 0x05000000);
    check("id", io_apic_read(IO_APIC_ID) & 0x0f000000, 0x05000000);
    io_apic_write(IO_APIC_ID, id);
    io_apic_write(IO_APIC_VERSION, 0);
    check("version-read-only", io_apic_read(IO_APIC_VERSION), version);

    uint32_t wrong = 0;
    for (unsigned pin = 0; pin < 24; pin++) {
        io_apic_write(IO_APIC_ENTRIES + 2 * pin, PIN_MASKED | PIN_LEVEL | PIN_ACTIVE_LOW | PIN_LOGICAL | APIC_LOWEST_PRIORITY | (0x60 + pin));
        io_apic_write(IO_APIC_ENTRIES + 2 * pin + 1, (0xa0 + pin) << 24);
    }
    for (unsigned pin = 0; pin < 24; pin++) {
        wrong += io_apic_pin(pin) != (PIN_MASKED | PIN_LEVEL | PIN_ACTIVE_LOW | PIN_LOGICAL | APIC_LOWEST_PRIORITY | (0x60 + pin));
        wrong += io_apic_read(IO_APIC_ENTRIES + 2 * pin + 1) >> 24 != 0xa0 + pin;
    }
    check("entries", wrong, 0);
    io_apic_mask_all();
    io_apic_write(IO_APIC_ENTRIES, PIN_MASKED | PIN_REMOTE_IRR | PIN_PENDING);
    check("entry-read-only-bits", io_apic_pin(0), PIN_MASKED);
}

static void check_edge(void)
{
    begin();
    io_apic_route(IO_APIC_PIT_PIN, PIT_VECTOR, apic_id());
    pit_set(0, 2, PIT_HZ / 1000);
    (void)WAIT_FOR(arrivals[0][PIT_VECTOR] >= 3, LONG_WAIT);
    check("pit-on-pin-2", arrivals[0][PIT_VECTOR] >= 3, 1);

    begin();
    io_apic_route(0, PIT_VECTOR, apic_id());
    pit_edge();
    delay(QUIET);
    check("pit-not-on-pin-0", arrivals[0][PIT_VECTOR], 0);

    begin();
    io_apic_route(IO_APIC_UART_PIN, UART_VECTOR, apic_id());
    uart_line_up();
    uint32_t count = arrives(UART_VECTOR);
    uint32_t entry = uart_entry();
    uart_line_down();
    check("edge-once", count, 1);
    check("edge-no-remote-irr", entry & PIN_REMOTE_IRR, 0);
    uart_line_up();
    (void)WAIT_FOR(uart_interrupts() == 2, LONG_WAIT);
    uart_line_down();
    check("edge-again", uart_interrupts(), 2);
}

static void check_mask(void)
{
    begin();
    io_apic_route(IO_APIC_PIT_PIN, PIN_MASKED | PIT_VECTOR, apic_id());
    pit_edge();
    delay(QUIET);
    check("masked", arrivals[0][PIT_VECTOR], 0);
    io_apic_route(IO_APIC_PIT_PIN, PIT_VECTOR, apic_id());
    delay(QUIET);
    check("masked-edge-is-lost", arrivals[0][PIT_VECTOR], 0);
    pit_stop();
    pit_edge();
    check("unmasked", arrives(PIT_VECTOR), 1);

    begin();
    io_apic_route(IO_APIC_UART_PIN, PIN_MASKED | PIN_LEVEL | UART_VECTOR, apic_id());
    handle_vector(UART_VECTOR, end_apic_interrupt);
    uart_line_up();
    delay(QUIET);
    uint32_t masked = uart_interrupts();
    uart_line_down();
    check("masked-level", masked, 0);
}

static void look_and_leave_up(struct trap *trap)
{
    (void)trap;
    entry_in_handler = uart_entry();
    trigger_in_handler = (uint32_t)apic_bit(APIC_TMR, UART_VECTOR);
    if (uart_interrupts() == 3)
        uart_line_down();
    apic_write(APIC_EOI, 0);
}

static void look_and_take_down(struct trap *trap)
{
    (void)trap;
    uart_line_down();
    entry_in_handler = uart_entry();
    apic_write(APIC_EOI, 0);
}

static void take_nothing_down(struct trap *trap) { (void)trap; }

static void check_level(void)
{
    begin();
    handle_vector(UART_VECTOR, look_and_leave_up);
    io_apic_route(IO_APIC_UART_PIN, PIN_LEVEL | UART_VECTOR, apic_id());
    uart_line_up();
    (void)WAIT_FOR(uart_interrupts() >= 3, LONG_WAIT);
    delay(QUIET);
    uint32_t count = uart_interrupts(), entry = uart_entry();
    uart_line_down();
    check("level-again-while-up", count, 3);
    check("level-remote-irr", entry_in_handler & PIN_REMOTE_IRR, PIN_REMOTE_IRR);
    check("level-tmr", trigger_in_handler, 1);
    check("level-eoi", entry & PIN_REMOTE_IRR, 0);

    begin();
    handle_vector(UART_VECTOR, look_and_take_down);
    io_apic_route(IO_APIC_UART_PIN, PIN_LEVEL | UART_VECTOR, apic_id());
    uart_line_up();
    count = arrives(UART_VECTOR);
    uart_line_down();
    check("level-once", count, 1);
    check("remote-irr-outlasts-line", entry_in_handler & PIN_REMOTE_IRR, PIN_REMOTE_IRR);

    /* A level that is up when the pin is unmasked. */
    begin();
    handle_vector(UART_VECTOR, look_and_take_down);
    io_apic_route(IO_APIC_UART_PIN, PIN_MASKED | PIN_LEVEL | UART_VECTOR, apic_id());
    uart_line_up();
    io_apic_write(IO_APIC_ENTRIES + 2 * IO_APIC_UART_PIN, PIN_LEVEL | UART_VECTOR);
    count = arrives(UART_VECTOR);
    uart_line_down();
    check("level-up-when-unmasked", count, 1);

    /* Never ended, it never comes again. */
    begin();
    handle_vector(UART_VECTOR, take_nothing_down);
    io_apic_route(IO_APIC_UART_PIN, PIN_LEVEL | UART_VECTOR, apic_id());
    uart_line_up();
    (void)arrives(UART_VECTOR);
    uart_line_down();
    uart_line_up();
    delay(QUIET);
    count = uart_interrupts();
    entry = uart_entry();
    uart_line_down();
    check("level-without-eoi", count, 1);
    check("remote-irr-without-eoi", entry & PIN_REMOTE_IRR, PIN_REMOTE_IRR);
    io_apic_write(IO_APIC_ENTRIES + 2 * IO_APIC_UART_PIN, PIN_MASKED | PIN_LEVEL | UART_VECTOR);
    apic_write(APIC_EOI, 0);
    check("eoi-of-masked", uart_entry() & PIN_REMOTE_IRR, 0);
}

static void end_at_io_apic(struct trap *trap)
{
    uart_line_down();
    entry_in_handler = uart_entry();
    *(volatile uint32_t *)(uintptr_t)(IO_APIC_PAGE + IO_APIC_EOI) = (uint32_t)trap->vector + 1;
    entry_in_handler &= uart_entry(); /* another vector's EOI changes nothing */
    *(volatile uint32_t *)(uintptr_t)(IO_APIC_PAGE + IO_APIC_EOI) = (uint32_t)trap->vector;
    entry_after_register = uart_entry();
    apic_write(APIC_EOI, 0);
}

static void end_without_broadcast(struct trap *trap)
{
    (void)trap;
    uart_line_down();
    apic_write(APIC_EOI, 0);
    entry_in_handler = uart_entry();
}

static void check_eoi_register(void)
{
    begin();
    handle_vector(UART_VECTOR, end_at_io_apic);
    io_apic_route(IO_APIC_UART_PIN, PIN_LEVEL | UART_VECTOR, apic_id());
    uart_line_up();
    (void)arrives(UART_VECTOR);
    uart_line_down();
    check("eoi-register-other-vector", entry_in_handler & PIN_REMOTE_IRR, PIN_REMOTE_IRR);
    check("eoi-register", entry_after_register & PIN_REMOTE_IRR, 0);

    if (!(apic_read(APIC_VERSION) >> 24 & 1)) {
        skip("eoi-broadcast-suppressed", "not in the local APIC's version register");
        return;
    }
    begin();
    apic_write(APIC_SVR, SVR_ENABLED | SVR_NO_EOI_BROADCAST | SPURIOUS_VECTOR);
    handle_vector(UART_VECTOR, end_without_broadcast);
    io_apic_route(IO_APIC_UART_PIN, PIN_LEVEL | UART_VECTOR, apic_id());
    uart_line_up();
    (void)arrives(UART_VECTOR);
    uart_line_down();
    check("eoi-broadcast-suppressed", entry_in_handler & PIN_REMOTE_IRR, PIN_REMOTE_IRR);
    *(volatile uint32_t *)(uintptr_t)(IO_APIC_PAGE + IO_APIC_EOI) = UART_VECTOR;
    check("eoi-register-after", uart_entry() & PIN_REMOTE_IRR, 0);
    apic_write(APIC_SVR, SVR_ENABLED | SPURIOUS_VECTOR);
}

static void check_destinations(void)
{
    begin();
    io_apic_route(IO_APIC_PIT_PIN, APIC_NMI, apic_id());
    pit_edge();
    check("nmi", arrives(VECTOR_NMI), 1);

    begin();
    io_apic_route(IO_APIC_PIT_PIN, PIT_VECTOR, apic_id() ^ 0x20);
    pit_edge();
    delay(QUIET);
    check("nobody", arrivals[0][PIT_VECTOR], 0);

    uint32_t logical = 1;
    if (!x2apic) {
        apic_write(APIC_DFR, 0xffffffff);
        apic_write(APIC_LDR, 1 << 24);
    }
    begin();
    io_apic_route(IO_APIC_PIT_PIN, PIN_LOGICAL | PIT_VECTOR, logical);
    pit_edge();
    check("logical", arrives(PIT_VECTOR), 1);

    begin();
    io_apic_route(IO_APIC_PIT_PIN, APIC_LOWEST_PRIORITY | PIN_LOGICAL | PIT_VECTOR, logical);
    pit_edge();
    check("lowest-priority", arrives(PIT_VECTOR), 1);

    begin();
    smp_initialise();
    unsigned other = start_processor(apic_id() + 1);
    if (!other) {
        skip("other-processor", "there is none");
        return;
    }
    begin();
    io_apic_route(IO_APIC_PIT_PIN, PIT_VECTOR, processors[other].id);
    pit_edge();
    (void)WAIT_FOR(arrivals[other][PIT_VECTOR], LONG_WAIT);
    delay(QUIET);
    check("other-processor", arrivals[0][PIT_VECTOR] << 4 | arrivals[other][PIT_VECTOR], 0x01);
    begin();
    io_apic_route(IO_APIC_PIT_PIN, PIT_VECTOR, 0xff);
    pit_edge();
    (void)WAIT_FOR(arrivals[other][PIT_VECTOR] && arrivals[0][PIT_VECTOR], LONG_WAIT);
    delay(QUIET);
    check("broadcast", arrivals[0][PIT_VECTOR] << 4 | arrivals[other][PIT_VECTOR], 0x11);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    enable_interrupts();
    check_registers();
    check_edge();
    check_mask();
    check_level();
    check_eoi_register();
    check_destinations();
    begin();
    return checks_result();
}
