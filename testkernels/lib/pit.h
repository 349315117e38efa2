/* The 8254 at ports 40h to 43h and port 61h, by which counter 2 is gated and read.
 * Intel 8254 data sheet (231164). */
#pragma once
#include <stdint.h>
#include "ports.h"

enum { PIT_HZ = 1193182 };
enum { PIT_DATA = 0x40, PIT_CONTROL = 0x43, SYSTEM_PORT_B = 0x61 };

/* Programs a counter: low byte, then high byte, binary. Count 0 is 65,536. */
static inline void pit_set(unsigned counter, unsigned mode, uint16_t count)
{
    out8(PIT_CONTROL, (uint8_t)(counter << 6 | 0x30 | mode << 1));
    out8((uint16_t)(PIT_DATA + counter), (uint8_t)count);
    out8((uint16_t)(PIT_DATA + counter), (uint8_t)(count >> 8));
}

/* The count by a latch command. */
static inline uint16_t pit_latch(unsigned counter)
{
    out8(PIT_CONTROL, (uint8_t)(counter << 6));
    uint8_t low = in8((uint16_t)(PIT_DATA + counter));
    return (uint16_t)(low | in8((uint16_t)(PIT_DATA + counter)) << 8);
}

/* The status byte by a read-back command: output, null count, access, mode, BCD. */
static inline uint8_t pit_status(unsigned counter)
{
    out8(PIT_CONTROL, (uint8_t)(0xe0 | 2u << counter));
    return in8((uint16_t)(PIT_DATA + counter));
}

/* The gate of counter 2; the speaker stays off. */
static inline void pit_gate2(int high) { out8(SYSTEM_PORT_B, (uint8_t)((in8(SYSTEM_PORT_B) & 0x0c) | (high ? 1 : 0))); }
static inline int pit_output2(void) { return in8(SYSTEM_PORT_B) >> 5 & 1; }

/* Makes counter 0 silent: mode 0 with its count not written, so that its output is low and stays so. */
static inline void pit_stop(void) { out8(PIT_CONTROL, 0x30); }
