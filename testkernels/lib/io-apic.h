/* The I/O APIC at FEC00000h. Intel 82093AA data sheet (290566); version 20h and the EOI register: ICH9 data sheet, 13.5. */
#pragma once
#include <stdint.h>

enum { IO_APIC_PAGE = 0xfec00000, IO_APIC_EOI = 0x40 };
enum { IO_APIC_ID = 0, IO_APIC_VERSION = 1, IO_APIC_ARBITRATION = 2, IO_APIC_ENTRIES = 0x10 };
enum { IO_APIC_PIT_PIN = 2, IO_APIC_UART_PIN = 4, IO_APIC_RTC_PIN = 8 };

/* Bits of the low half of a redirection entry; delivery modes are those of the local APIC. */
enum { PIN_LOGICAL = 1 << 11, PIN_PENDING = 1 << 12, PIN_ACTIVE_LOW = 1 << 13, PIN_REMOTE_IRR = 1 << 14, PIN_LEVEL = 1 << 15,
       PIN_MASKED = 1 << 16 };

static inline uint32_t io_apic_read(uint32_t index)
{
    *(volatile uint32_t *)(uintptr_t)IO_APIC_PAGE = index;
    return *(volatile uint32_t *)(uintptr_t)(IO_APIC_PAGE + 0x10);
}

static inline void io_apic_write(uint32_t index, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)IO_APIC_PAGE = index;
    *(volatile uint32_t *)(uintptr_t)(IO_APIC_PAGE + 0x10) = value;
}

static inline uint32_t io_apic_pin(unsigned pin) { return io_apic_read(IO_APIC_ENTRIES + 2 * pin); }

/* Routes a pin to a destination: an APIC ID below 256, or a logical destination of 8 bits. Masked in between. */
static inline void io_apic_route(unsigned pin, uint32_t entry, uint32_t destination)
{
    io_apic_write(IO_APIC_ENTRIES + 2 * pin, PIN_MASKED);
    io_apic_write(IO_APIC_ENTRIES + 2 * pin + 1, destination << 24);
    io_apic_write(IO_APIC_ENTRIES + 2 * pin, entry);
}

static inline void io_apic_mask_all(void)
{
    for (unsigned pin = 0; pin <= (io_apic_read(IO_APIC_VERSION) >> 16 & 0xff); pin++)
        io_apic_write(IO_APIC_ENTRIES + 2 * pin, PIN_MASKED);
}
