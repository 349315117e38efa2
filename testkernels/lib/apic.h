/* The local APIC in xAPIC and in x2APIC mode through one accessor: registers by their offsets in the xAPIC's page.
 * Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller". Long mode. */
#pragma once
#include <stdint.h>
#include "cpu.h"

enum {
    APIC_ID = 0x20, APIC_VERSION = 0x30, APIC_TPR = 0x80, APIC_PPR = 0xa0, APIC_EOI = 0xb0, APIC_LDR = 0xd0, APIC_DFR = 0xe0,
    APIC_SVR = 0xf0, APIC_ISR = 0x100, APIC_TMR = 0x180, APIC_IRR = 0x200, APIC_ESR = 0x280, APIC_ICR = 0x300, APIC_ICR_HIGH = 0x310,
    APIC_LVT_TIMER = 0x320, APIC_LVT_THERMAL = 0x330, APIC_LVT_PERFORMANCE = 0x340, APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360,
    APIC_LVT_ERROR = 0x370, APIC_INITIAL_COUNT = 0x380, APIC_CURRENT_COUNT = 0x390, APIC_DIVIDE = 0x3e0, APIC_SELF_IPI = 0x3f0,
};

/* Bits of LVT entries and of the ICR. */
enum {
    APIC_MASKED = 1 << 16, APIC_PERIODIC = 1 << 17, APIC_TSC_DEADLINE = 2 << 17,
    APIC_FIXED = 0 << 8, APIC_LOWEST_PRIORITY = 1 << 8, APIC_NMI = 4 << 8, APIC_INIT = 5 << 8, APIC_STARTUP = 6 << 8, APIC_EXTINT = 7 << 8,
    APIC_LOGICAL = 1 << 11, APIC_PENDING = 1 << 12, APIC_ASSERT = 1 << 14, APIC_LEVEL = 1 << 15,
    APIC_TO_SELF = 1 << 18, APIC_TO_ALL = 2 << 18, APIC_TO_OTHERS = 3 << 18,
};

enum { APIC_BASE_BSP = 1 << 8, APIC_BASE_X2APIC = 1 << 10, APIC_BASE_ENABLED = 1 << 11 };
enum { APIC_PAGE = 0xfee00000 };
enum { SVR_ENABLED = 1 << 8, SVR_NO_EOI_BROADCAST = 1 << 12 };
enum { SPURIOUS_VECTOR = 0xff };

/* Whether x2APIC mode is on, on all processors that this kernel has set up. */
extern int x2apic;

/* Whether CPUID tells of x2APIC. */
int x2apic_supported(void);

/* Turns the local APIC of the processor that calls on, in x2APIC mode if `x2apic` says so, with everything masked and TPR 0. */
void apic_enable(void);

/* Sets x2apic by the command line (mode=x2apic), then apic_enable(). 0 when the processor has no x2APIC and it was asked for: that is said
 * in a SKIP line. */
int apic_initialise(void);

uint32_t apic_read(uint32_t offset);
void apic_write(uint32_t offset, uint32_t value);

/* The APIC ID of the processor that calls. */
uint32_t apic_id(void);

/* Sends what `command` says, the ICR's low half, to the destination: an APIC ID, or a logical destination. Waits, with a limit, until it
 * is sent. */
void apic_send(uint32_t destination, uint32_t command);

/* Whether the vector's bit is set in IRR, ISR or TMR, given by the offset of its first register. */
int apic_bit(uint32_t first_register, unsigned vector);
