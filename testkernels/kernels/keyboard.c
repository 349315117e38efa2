/* keyboard: the 8042 and its PS/2 keyboard: self-tests, command byte, identification, scan code sets, LEDs, IRQ 1 (I/O APIC pin 1).
 * IBM PS/2 Hardware Technical Reference (keyboard controller, keyboards); translation: Microsoft, Keyboard Scan Code Specification 1.3a.
 *
 * Command line: show=yes prints the codes of keys, which come by interrupt, instead of checks. set=1, set=2 or set=3 shows those of
 * that scan code set as the keyboard sends them; by default it is set 2, translated to set 1 by the 8042.
 * Prints a line a check, then "N passed, 0 failed". With show=yes "listening", then a line a code in hex, and "done".
 * Ends: debug exit 10h, or 11h when a check fails; with show=yes 10h when Esc is released.
 * On QEMU 7.2 four checks fail: bit 3 of the status is always set, and there is no controller RAM but the command byte, no E0h and no A4h.
 */
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "io-apic.h"
#include "kernel.h"
#include "ps2.h"
#include "ticks.h"
#include "vectors.h"

enum { VECTOR = 0x71, KEYBOARD_PIN = 1, BUFFER = 256, RELEASE = 0xf0 };
enum { DATA_ONLY = PS2_MOUSE_OFF }; /* a command byte: no interrupts, no translation, no mouse */

static volatile uint8_t codes[BUFFER];
static volatile uint32_t came, shown, mistaken;

static void on_key(struct trap *trap)
{
    (void)trap;
    uint8_t status = ps2_status();
    if ((status & (PS2_OUTPUT_FULL | PS2_FROM_MOUSE)) == PS2_OUTPUT_FULL)
        codes[came++ % BUFFER] = in8(PS2_DATA);
    else
        mistaken++;
    apic_write(APIC_EOI, 0);
}

/* A command to the keyboard, and the bytes that answer it. */
static uint64_t ask(uint8_t command, unsigned answers)
{
    ps2_write(command);
    return ps2_answers(answers);
}

static uint64_t ask_with(uint8_t command, uint8_t argument, unsigned answers)
{
    ps2_write(command);
    uint64_t first = ps2_answers(1);
    ps2_write(argument);
    return first << 8 * answers | ps2_answers(answers);
}

static void check_controller(void)
{
    check("self-test", ps2_get(0xaa), 0x55);
    check("system-flag", ps2_status() & PS2_SYSTEM, PS2_SYSTEM);
    check("keyboard-interface-test", ps2_get(0xab), 0);
    check("mouse-interface-test", ps2_get(0xa9), 0);
    ps2_set(0x60, DATA_ONLY | PS2_SYSTEM);
    check("command-byte", ps2_get(0x20), DATA_ONLY | PS2_SYSTEM);
    check("status-after-command", ps2_status() & PS2_WAS_COMMAND, PS2_WAS_COMMAND);
    ps2_set(0x60, DATA_ONLY | PS2_SYSTEM);
    check("status-after-data", ps2_status() & PS2_WAS_COMMAND, 0);
    ps2_command(0xad);
    check("disable-keyboard", ps2_get(0x20) & PS2_KEYBOARD_OFF, PS2_KEYBOARD_OFF);
    ps2_command(0xae);
    check("enable-keyboard", ps2_get(0x20) & PS2_KEYBOARD_OFF, 0);
    ps2_command(0xa8);
    check("enable-mouse", ps2_get(0x20) & PS2_MOUSE_OFF, 0);
    ps2_command(0xa7);
    check("disable-mouse", ps2_get(0x20) & PS2_MOUSE_OFF, PS2_MOUSE_OFF);
    check("output-port", ps2_get(0xd0) & 0x03, 0x03); /* A20 on, no reset */
    check("input-port", ps2_get(0xc0) & 0x80, 0x80);  /* not locked */
    ps2_set(0x7f, 0xa5);
    check("controller-ram", ps2_get(0x3f), 0xa5);
    check("test-inputs", ps2_get(0xe0), 0x01);
    check("no-password", ps2_get(0xa4), 0xf1);
    ps2_set(0xd2, 0x5a);
    check("loop-keyboard", (uint64_t)(ps2_status() & PS2_FROM_MOUSE) << 8 | ps2_read(), 0x5a);
    ps2_set(0xd3, 0xa5);
    (void)WAIT_FOR(ps2_status() & PS2_OUTPUT_FULL, LONG_WAIT);
    check("loop-mouse", (uint64_t)(ps2_status() & PS2_FROM_MOUSE) << 8 | ps2_read(), 0x20a5);
    check("empty", ps2_status() & PS2_OUTPUT_FULL, 0);
}

static void check_keyboard(void)
{
    check("reset", ask(0xff, 2), 0xfaaa);
    check("identify", ask(0xf2, 3), 0xfaab83);
    check("echo", ask(0xee, 1), 0xee);
    check("disable", ask(0xf5, 1), PS2_ACK);
    check("enable", ask(0xf4, 1), PS2_ACK);
    check("defaults", ask(0xf6, 1), PS2_ACK);
    check("unknown", ask(0xef, 1), PS2_RESEND);
    check("leds", ask_with(0xed, 7, 1), 0xfafa);
    check("leds-off", ask_with(0xed, 0, 1), 0xfafa);
    check("typematic", ask_with(0xf3, 0x20, 1), 0xfafa);
    check("set-2-at-reset", ask_with(0xf0, 0, 2), 0xfafa02);
    check("to-set-3", ask_with(0xf0, 3, 1), 0xfafa);
    check("set-3", ask_with(0xf0, 0, 2), 0xfafa03);
    check("to-set-1", ask_with(0xf0, 1, 1), 0xfafa);
    check("set-1", ask_with(0xf0, 0, 2), 0xfafa01);
    check("no-set-4", ask_with(0xf0, 4, 1), 0xfafe);
    ps2_drain();
    (void)ask(0xff, 2);
    check("reset-to-set-2", ask_with(0xf0, 0, 2), 0xfafa02);
    ps2_set(0x60, DATA_ONLY | PS2_TRANSLATE);
    check("identify-translated", ask(0xf2, 3), 0xfaab41);
    check("set-translated", ask_with(0xf0, 0, 2), 0xfafa41);
    ps2_set(0x60, DATA_ONLY | PS2_KEYBOARD_OFF);
    check("command-enables", ask(0xee, 1), 0xee);
    check("enabled-by-command", ps2_get(0x20) & PS2_KEYBOARD_OFF, 0);
}

static void check_interrupts(void)
{
    ps2_set(0x60, DATA_ONLY);
    enable_interrupts();
    ps2_write(0xee);
    delay(5000);
    check("no-interrupt-unasked", came, 0);
    check("byte-unasked", ps2_read(), 0xee);
    ps2_set(0x60, DATA_ONLY | PS2_KEYBOARD_IRQ);
    ps2_write(0xf2);
    (void)HALT_UNTIL(came == 3, 1000);
    delay(5000);
    check("interrupt-a-byte", came, 3);
    check("bytes-by-interrupt", (uint64_t)(codes[0] << 16 | codes[1] << 8 | codes[2]), 0xfaab83);
    came = 0;
    ps2_set(0xd2, 0x77);
    (void)HALT_UNTIL(came, 1000);
    check("interrupt-of-loop", (uint64_t)(came << 8 | codes[0]), 0x177);
    check("no-interrupt-in-vain", mistaken, 0);
    disable_interrupts();
}

static void show_keys(void)
{
    uint32_t set = number_option("set", 0);
    if (set)
        (void)ask_with(0xf0, (uint8_t)set, 1);
    ps2_set(0x60, (uint8_t)(DATA_ONLY | PS2_KEYBOARD_IRQ | (set ? 0 : PS2_TRANSLATE)));
    uint8_t last = 0, escape = set == 2 ? 0x76 : set == 3 ? 0x08 : 0x81;
    print("listening\n");
    for (;;) {
        (void)HALT_UNTIL(came != shown, 60000);
        if (came == shown)
            continue;
        uint8_t code = codes[shown++ % BUFFER];
        print_hex(code);
        print("\n");
        if (code == escape && (set < 2 || last == RELEASE))
            break;
        last = code;
    }
    print("done\n");
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    handle_vector(VECTOR, on_key);
    time_initialise();
    (void)apic_initialise();
    start_ticks();
    io_apic_mask_all();
    ps2_set(0x60, DATA_ONLY);
    ps2_drain();
    io_apic_route(KEYBOARD_PIN, VECTOR, apic_id());
    if (option_is("show", "yes")) {
        show_keys();
        return EXIT_PASSED;
    }
    check_controller();
    check_keyboard();
    check_interrupts();
    return checks_result();
}
