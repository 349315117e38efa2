/* The ACPI PM timer at 608h, where QEMU's machines have it. ACPI 6.5, 4.8.3.3. */
#pragma once
#include <stdint.h>
#include "ports.h"

enum { PM_TIMER = 0x608, PM_TIMER_HZ = 3579545 };

/* Of its 24 or 32 bits, the 24 that every one has. */
static inline uint32_t pm_timer(void) { return in32(PM_TIMER) & 0xffffff; }
static inline uint32_t pm_ticks(uint32_t from, uint32_t to) { return (to - from) & 0xffffff; }
