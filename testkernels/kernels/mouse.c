/* mouse: the PS/2 mouse behind the 8042: self-test, modes, rates, IntelliMouse and Explorer, packets on IRQ 12 (I/O APIC pin 12).
 * IBM PS/2 Hardware Technical Reference (auxiliary device); Chapweske, The PS/2 Mouse Interface.
 *
 * Command line: show=yes prints packets, which come by interrupt, instead of checks. kind=3 or kind=4 makes it an IntelliMouse or an
 * Explorer first.
 * Prints a line a check, then "N passed, 0 failed". With show=yes "listening", then a line a packet: its bytes as one number in hex, the
 * first the most significant; and "done".
 * Ends: debug exit 10h, or 11h when a check fails; with show=yes 10h when the right button is released.
 * On QEMU 7.2 four checks fail: it takes any resolution, and does not answer a command that it does not know.
 */
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "io-apic.h"
#include "kernel.h"
#include "ps2.h"
#include "ticks.h"
#include "vectors.h"

enum { VECTOR = 0x72, MOUSE_PIN = 12, BUFFER = 256, RIGHT_BUTTON = 0x02 };
enum { QUIET = PS2_KEYBOARD_OFF };

static volatile uint8_t bytes[BUFFER];
static volatile uint32_t came, mistaken;

static void on_mouse(struct trap *trap)
{
    (void)trap;
    uint8_t expected = PS2_OUTPUT_FULL | PS2_FROM_MOUSE;
    if ((ps2_status() & expected) == expected)
        bytes[came++ % BUFFER] = in8(PS2_DATA);
    else
        mistaken++;
    apic_write(APIC_EOI, 0);
}

static uint64_t ask(uint8_t command, unsigned answers)
{
    ps2_write_mouse(command);
    return ps2_answers(answers);
}

static uint64_t ask_with(uint8_t command, uint8_t argument, unsigned answers)
{
    uint64_t first = ask(command, 1);
    return first << 8 * answers | ask(argument, answers);
}

static uint64_t id_after_rates(uint8_t first, uint8_t second, uint8_t third)
{
    (void)ask_with(0xf3, first, 1);
    (void)ask_with(0xf3, second, 1);
    (void)ask_with(0xf3, third, 1);
    return ask(0xf2, 2);
}

static void check_commands(void)
{
    check("reset", ask(0xff, 3), 0xfaaa00);
    check("identify", ask(0xf2, 2), 0xfa00);
    check("status-at-reset", ask(0xe9, 4), 0xfa000264); /* resolution 2, 100 samples a second */
    check("resolution", ask_with(0xe8, 3, 1), 0xfafa);
    check("sample-rate", ask_with(0xf3, 40, 1), 0xfafa);
    check("scaling", ask(0xe7, 1), PS2_ACK);
    check("enable", ask(0xf4, 1), PS2_ACK);
    check("status-changed", ask(0xe9, 4), 0xfa300328);
    check("scaling-off", ask(0xe6, 1), PS2_ACK);
    check("remote-mode", ask(0xf0, 1), PS2_ACK);
    check("status-remote", ask(0xe9, 4), 0xfa600328);
    check("data-when-still", ask(0xeb, 4), 0xfa080000);
    check("stream-mode", ask(0xea, 1), PS2_ACK);
    check("disable", ask(0xf5, 1), PS2_ACK);
    check("wrap-mode", ask(0xee, 1), PS2_ACK);
    check("wrap-echoes", ask(0xf4, 1), 0xf4);
    check("wrap-ends", ask(0xec, 1), PS2_ACK);
    check("defaults", ask(0xf6, 1), PS2_ACK);
    check("status-defaults", ask(0xe9, 4), 0xfa000264);
    check("wrong-resolution", ask_with(0xe8, 4, 1), 0xfafe);
    check("right-one-then", ask(2, 1), PS2_ACK);
    check("unknown", ask(0xe1, 1), PS2_RESEND);
    check("unknown-again", ask(0xe1, 1), 0xfc);
}

static void check_kinds(void)
{
    check("intellimouse", id_after_rates(200, 100, 80), 0xfa03);
    check("four-bytes", (ask(0xf0, 1), ask(0xeb, 5)), 0xfa08000000);
    check("kind-stays", ask(0xf2, 2), 0xfa03);
    check("reset-to-plain", ask(0xff, 3), 0xfaaa00);
    check("plain-again", ask(0xf2, 2), 0xfa00);
    check("explorer", id_after_rates(200, 200, 80), 0xfa04);
    (void)ask(0xff, 3);
}

static void check_interrupts(void)
{
    ps2_set(0x60, QUIET);
    enable_interrupts();
    ps2_write_mouse(0xf2);
    delay(5000);
    check("no-interrupt-unasked", came, 0);
    check("bytes-unasked", ps2_answers(2), 0xfa00);
    ps2_set(0x60, QUIET | PS2_MOUSE_IRQ);
    ps2_write_mouse(0xe9);
    (void)HALT_UNTIL(came == 4, 1000);
    delay(5000);
    check("interrupt-a-byte", came, 4);
    check("bytes-by-interrupt", (uint64_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3], 0xfa000264);
    check("no-interrupt-in-vain", mistaken, 0);
    disable_interrupts();
}

static void show_packets(void)
{
    uint32_t kind = number_option("kind", 0), length = kind ? 4 : 3;
    if (kind)
        (void)id_after_rates(200, kind == 3 ? 100 : 200, 80);
    (void)ask(0xf4, 1);
    ps2_set(0x60, QUIET | PS2_MOUSE_IRQ);
    enable_interrupts();
    print("listening\n");
    uint8_t buttons = 0;
    for (uint32_t shown = 0;; shown += length) {
        while (!HALT_UNTIL(came >= shown + length, 60000))
            ;
        uint64_t packet = 0;
        for (uint32_t i = 0; i < length; i++)
            packet = packet << 8 | bytes[(shown + i) % BUFFER];
        print_hex(packet);
        print("\n");
        uint8_t first = bytes[shown % BUFFER];
        if (buttons & ~first & RIGHT_BUTTON)
            break;
        buttons = first;
    }
    print("done\n");
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    handle_vector(VECTOR, on_mouse);
    time_initialise();
    (void)apic_initialise();
    start_ticks();
    io_apic_mask_all();
    ps2_set(0x60, QUIET);
    ps2_drain();
    io_apic_route(MOUSE_PIN, VECTOR, apic_id());
    (void)ask(0xff, 3);
    if (option_is("show", "yes")) {
        show_packets();
        return EXIT_PASSED;
    }
    check_commands();
    check_kinds();
    check_interrupts();
    return checks_result();
}
