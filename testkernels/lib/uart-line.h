/* The interrupt line of COM1 (IRQ 4), driven by hand: with its transmitter idle and that interrupt enabled, it is up. Nothing is to be
 * printed while it is. */
#pragma once
#include "console.h"
#include "ports.h"

static inline void uart_line_up(void)
{
    for (int i = 0; i < 10000 && (in8(COM1 + 5) & 0x60) != 0x60; i++)
        ;
    out8(COM1 + 4, 0x0b); /* OUT2 lets the interrupt out to the bus */
    out8(COM1 + 1, 0x02); /* a transmitter that is empty when this is enabled interrupts at once (PC16550D, 8.6.5) */
}

static inline void uart_line_down(void)
{
    out8(COM1 + 1, 0);
    (void)in8(COM1 + 2);
}
