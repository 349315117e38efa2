#include "console.h"
#include "ports.h"

enum { LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20 };

void console_initialise(void)
{
    out8(COM1 + 1, 0);    /* no interrupts */
    out8(COM1 + 3, 0x80); /* divisor latch */
    out8(COM1 + 0, 1);
    out8(COM1 + 1, 0);
    out8(COM1 + 3, 0x03); /* 8N1 */
    out8(COM1 + 2, 0x07); /* FIFOs on and empty */
    out8(COM1 + 4, 0x03); /* DTR, RTS */
}

void print_character(char character)
{
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY))
        ;
    out8(COM1, (uint8_t)character);
}

void print(const char *text)
{
    while (*text)
        print_character(*text++);
}

void print_decimal(uint32_t value)
{
    char digits[11];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do
        *--first = (char)('0' + value % 10);
    while (value /= 10);
    print(first);
}

#ifdef __x86_64__
void print_decimal64(uint64_t value)
{
    char digits[21];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do
        *--first = (char)('0' + value % 10);
    while (value /= 10);
    print(first);
}
#else
void print_decimal64(uint64_t value)
{
    if (value >> 32) { /* 64-bit division takes a library */
        print("0x");
        print_hex(value);
    } else {
        print_decimal((uint32_t)value);
    }
}
#endif

void print_hex(uint64_t value)
{
    char digits[17];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do
        *--first = "0123456789abcdef"[value & 15];
    while (value >>= 4);
    print(first);
}

void print_decimal_value(const char *name, uint32_t value)
{
    print(name);
    print(" = ");
    print_decimal(value);
    print("\n");
}

void print_hex_value(const char *name, uint64_t value)
{
    print(name);
    print(" = ");
    print_hex(value);
    print("\n");
}

void debug_print(const char *text)
{
    while (*text)
        out8(DEBUG_CONSOLE, (uint8_t)*text++);
}
