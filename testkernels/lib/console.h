/* Text on COM1 (polled) and on the debug console at E9h. */
#pragma once
#include <stdint.h>

enum { COM1 = 0x3f8, DEBUG_CONSOLE = 0xe9 };

/* Sets COM1 to 115,200 baud, 8N1, FIFOs on, interrupts off. */
void console_initialise(void);

/* These write to COM1; a line feed goes out as it is, with no carriage return before it. */
void print_character(char character);
void print(const char *text);
void print_decimal(uint32_t value);
void print_decimal64(uint64_t value); /* 32-bit kernels print what takes more than 32 bits in hex */
void print_hex(uint64_t value); /* without a prefix or leading zeros */

/* "NAME = VALUE" and a line feed. */
void print_decimal_value(const char *name, uint32_t value);
void print_hex_value(const char *name, uint64_t value);

/* Writes to the debug console. */
void debug_print(const char *text);
