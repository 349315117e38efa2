/* The 8042 at ports 60h and 64h, with its keyboard and mouse. IBM PS/2 Hardware Technical Reference. */
#pragma once
#include <stdint.h>
#include "ports.h"
#include "time.h"

enum { PS2_DATA = 0x60, PS2_COMMAND = 0x64 };
enum { PS2_OUTPUT_FULL = 0x01, PS2_INPUT_FULL = 0x02, PS2_SYSTEM = 0x04, PS2_WAS_COMMAND = 0x08, PS2_FROM_MOUSE = 0x20 };
/* Of the command byte. */
enum { PS2_KEYBOARD_IRQ = 0x01, PS2_MOUSE_IRQ = 0x02, PS2_KEYBOARD_OFF = 0x10, PS2_MOUSE_OFF = 0x20, PS2_TRANSLATE = 0x40 };
enum { PS2_ACK = 0xfa, PS2_RESEND = 0xfe };
enum { PS2_NOTHING = 0xbad }; /* no byte came */

static inline uint8_t ps2_status(void) { return in8(PS2_COMMAND); }

static inline void ps2_command(uint8_t command)
{
    (void)WAIT_FOR(!(ps2_status() & PS2_INPUT_FULL), LONG_WAIT);
    out8(PS2_COMMAND, command);
}

static inline void ps2_write(uint8_t value)
{
    (void)WAIT_FOR(!(ps2_status() & PS2_INPUT_FULL), LONG_WAIT);
    out8(PS2_DATA, value);
}

/* The next byte, which comes soon, or PS2_NOTHING. */
static inline uint32_t ps2_read(void)
{
    return WAIT_FOR(ps2_status() & PS2_OUTPUT_FULL, LONG_WAIT) ? in8(PS2_DATA) : PS2_NOTHING;
}

/* A command of the controller that takes a byte; one that gives one. */
static inline void ps2_set(uint8_t command, uint8_t value)
{
    ps2_command(command);
    ps2_write(value);
}

static inline uint32_t ps2_get(uint8_t command)
{
    ps2_command(command);
    return ps2_read();
}

static inline void ps2_write_mouse(uint8_t value) { ps2_set(0xd4, value); }

/* Reads what nobody wants. */
static inline void ps2_drain(void)
{
    while (ps2_status() & PS2_OUTPUT_FULL)
        (void)in8(PS2_DATA);
}

/* The next bytes as one number, the first the most significant. */
static inline uint64_t ps2_answers(unsigned count)
{
    uint64_t all = 0;
    while (count--)
        all = all << 8 | (ps2_read() & 0xff);
    return all;
}
