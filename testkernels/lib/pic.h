/* The two 8259As. Intel 8259A data sheet (231468). */
#pragma once
#include <stdint.h>
#include "ports.h"

enum { PIC_MASTER = 0x20, PIC_SLAVE = 0xa0, ELCR = 0x4d0 };
enum { PIC_VECTORS = 0x20 }; /* of IRQ 0, once initialised */
enum { PIC_EOI = 0x20, PIC_SPECIFIC_EOI = 0x60, PIC_AUTO_EOI = 0x02 };

/* Initialises both to vectors 20h to 2Fh, ICW4 being 8086 mode and what is given, and masks what is not in the bit mask `open`
 * (IRQ 0 to 15; the cascade must be in it for the slave's). */
static inline void pic_initialise(uint8_t icw4, uint16_t open)
{
    for (uint16_t port = PIC_MASTER; ; port = PIC_SLAVE) {
        int slave = port == PIC_SLAVE;
        out8(port, 0x11);
        out8(port + 1, slave ? PIC_VECTORS + 8 : PIC_VECTORS);
        out8(port + 1, slave ? 2 : 4);
        out8(port + 1, 0x01 | icw4);
        out8(port + 1, (uint8_t)~(slave ? open >> 8 : open));
        if (slave)
            return;
    }
}

static inline void pic_open_only(uint16_t irqs)
{
    out8(PIC_MASTER + 1, (uint8_t)~irqs);
    out8(PIC_SLAVE + 1, (uint8_t)~(irqs >> 8));
}

static inline uint8_t pic_irr(uint16_t port) { out8(port, 0x0a); return in8(port); }
static inline uint8_t pic_isr(uint16_t port) { out8(port, 0x0b); return in8(port); }
