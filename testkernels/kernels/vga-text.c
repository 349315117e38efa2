/* vga-text: VGA text mode. Checks the registers that kernels use, then leaves a screen to be looked at: run it with --screenshot a.png.
 *
 * Prints: a line a check, "PASS: name" or "FAIL: name: got ..., expected ...", and "N passed, M failed".
 * The screen at the end: text memory's second row on is shown, since the start address is 80. From there on
 *   row 0        a title, white on blue
 *   rows 2-9     all 256 characters, 32 a row, light grey on black
 *   row 11       a space of each background colour 0 to 7, and the same bright, or blinking
 *   row 12       an 'A' of each foreground colour
 *   rows 14-16   a box of double lines, in which is a word
 *   row 18       "cursor:" and the cursor, a block, behind it
 * Ends: debug exit 10h, or 11h when a check fails.
 * Options: blink=no makes bit 7 of an attribute bright background rather than blinking.
 */
#include "checks.h"
#include "kernel.h"
#include "ports.h"

enum {
    ATTRIBUTE = 0x3c0, ATTRIBUTE_DATA = 0x3c1, MISCELLANEOUS = 0x3cc, SEQUENCER = 0x3c4, GRAPHICS = 0x3ce,
    PALETTE_READ = 0x3c7, PALETTE_WRITE = 0x3c8, PALETTE_DATA = 0x3c9, CRT = 0x3d4, STATUS = 0x3da,
};
enum { RETRACE = 8, DARK = 1 };
enum { CURSOR_START = 0x0a, CURSOR_END = 0x0b, START_HIGH = 0x0c, START_LOW = 0x0d, CURSOR_HIGH = 0x0e, CURSOR_LOW = 0x0f };
enum { COLUMNS = 80, ROWS = 25, GREY = 0x07, MODE_CONTROL = 0x10, PALETTE_ON = 0x20, BLINK = 8, MOST_POLLS = 100000 };

static uint8_t crt_read(uint8_t index)
{
    out8(CRT, index);
    return in8(CRT + 1);
}

static void crt_write(uint8_t index, uint8_t value)
{
    out16(CRT, (uint16_t)(value << 8 | index));
}

static uint8_t attribute_read(uint8_t index)
{
    in8(STATUS);
    out8(ATTRIBUTE, index | PALETTE_ON);
    return in8(ATTRIBUTE_DATA);
}

static void attribute_write(uint8_t index, uint8_t value)
{
    in8(STATUS);
    out8(ATTRIBUTE, index | PALETTE_ON);
    out8(ATTRIBUTE, value);
}

static uint32_t palette_read(uint8_t color)
{
    out8(PALETTE_READ, color);
    uint32_t red = in8(PALETTE_DATA), green = in8(PALETTE_DATA);
    return red << 16 | green << 8 | in8(PALETTE_DATA);
}

static int status_becomes(uint8_t bit, uint8_t value)
{
    for (int polls = 0; polls < MOST_POLLS; polls++)
        if ((in8(STATUS) & bit) == value)
            return 1;
    return 0;
}

static void check_registers(void)
{
    check("colour-ports", in8(MISCELLANEOUS) & 1, 1);
    check("columns", crt_read(0x01) + 1, COLUMNS);
    check("character-height", (crt_read(0x09) & 0x1f) + 1, 16);
    check("lines", (crt_read(0x12) | (crt_read(0x07) & 2) << 7 | (crt_read(0x07) & 0x40) << 3) + 1, 400);
    crt_write(CURSOR_HIGH, 0x05);
    crt_write(CURSOR_LOW, 0xa5);
    check("cursor-reads-back", crt_read(CURSOR_HIGH) << 8 | crt_read(CURSOR_LOW), 0x5a5);
    check("crt-index", in8(CRT), CURSOR_LOW);
    crt_write(0x00, 0x12);
    check("timing-is-protected", crt_read(0x00), 0x5f);
    check("blinks", attribute_read(MODE_CONTROL) & BLINK, BLINK);
    check("brown", attribute_read(6), 0x14);
    check("palette-red", palette_read(4), 0x2a0000);
    check("palette-brown", palette_read(0x14), 0x2a1500);
    out8(PALETTE_WRITE, 0x30);
    out8(PALETTE_DATA, 1);
    out8(PALETTE_DATA, 2);
    out8(PALETTE_DATA, 3);
    check("palette-reads-back", palette_read(0x30), 0x010203);
    out8(GRAPHICS, 6);
    check("text-at-b8000", in8(GRAPHICS + 1) & 0x0d, 0x0c);
    out8(SEQUENCER, 2);
    check("planes-0-and-1", in8(SEQUENCER + 1), 3);
    check("retrace-comes", status_becomes(RETRACE, RETRACE), 1);
    check("retrace-goes", status_becomes(RETRACE, 0), 1);
    check("dark-goes", status_becomes(DARK, 0), 1);
}

static void put(unsigned row, unsigned column, uint8_t character, uint8_t attribute)
{
    volatile uint16_t *text = (volatile uint16_t *)(uintptr_t)0xb8000;
    text[row * COLUMNS + column] = (uint16_t)(attribute << 8 | character);
}

static void put_text(unsigned row, unsigned column, const char *text, uint8_t attribute)
{
    while (*text)
        put(row, column++, (uint8_t)*text++, attribute);
}

static void draw(void)
{
    for (unsigned row = 0; row <= ROWS; row++)
        for (unsigned column = 0; column < COLUMNS; column++)
            put(row, column, ' ', GREY);
    put_text(0, 0, "above the screen", GREY);
    put_text(1, 0, "vga-text", 0x1f);
    for (unsigned character = 0; character < 256; character++)
        put(3 + character / 32, character % 32, (uint8_t)character, GREY);
    for (unsigned color = 0; color < 16; color++) {
        put(12, color, ' ', (uint8_t)(color << 4 | 7));
        put(13, color, 'A', (uint8_t)color);
    }
    put_text(15, 2, "\xc9\xcd\xcd\xcd\xcd\xcd\xcd\xbb", 0x0e);
    put_text(16, 2, "\xba boxed\xba", 0x0e);
    put_text(17, 2, "\xc8\xcd\xcd\xcd\xcd\xcd\xcd\xbc", 0x0e);
    put_text(19, 0, "cursor:", GREY);
}

static void move_cursor(unsigned position)
{
    crt_write(CURSOR_START, 0);
    crt_write(CURSOR_END, 15);
    crt_write(CURSOR_HIGH, (uint8_t)(position >> 8));
    crt_write(CURSOR_LOW, (uint8_t)position);
}

uint32_t kernel_main(void)
{
    check_registers();
    draw();
    move_cursor(19 * COLUMNS + 7);
    crt_write(START_HIGH, 0);
    crt_write(START_LOW, COLUMNS);
    if (option_is("blink", "no"))
        attribute_write(MODE_CONTROL, attribute_read(MODE_CONTROL) & (uint8_t)~BLINK);
    return checks_result();
}
