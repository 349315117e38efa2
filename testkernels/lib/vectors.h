/* Every vector leads to a C handler, on every processor, and every arrival is counted. Long mode. */
#pragma once
#include <stdint.h>
#include "cpu.h"

enum { MAXIMUM_CPUS = 64 };

enum { VECTOR_NMI = 2, VECTOR_GENERAL_PROTECTION = 13 };

/* What the entry code leaves on the stack. */
struct trap {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, flags, rsp, ss;
};

typedef void vector_handler(struct trap *trap);

/* Fills the interrupt descriptor table, and loads it on this processor. Until it is set, the handler of a vector from 20h on is
 * end_apic_interrupt, that of the NMI does nothing, and that of another exception fails the run. Moves the 8259s, all masked, to 20h to
 * 2Fh: firmware leaves them on vectors of exceptions with a request pending. Their spurious vectors are ignored. */
void vectors_initialise(void);

void handle_vector(unsigned vector, vector_handler *handler);

/* Handlers: an EOI to the local APIC; nothing. */
void end_apic_interrupt(struct trap *trap);
void ignore_interrupt(struct trap *trap);

/* How often each vector has come to each processor, by the processors' numbers in order of their start. */
extern volatile uint32_t arrivals[MAXIMUM_CPUS][256];

/* The vectors of the last arrivals at all processors, in order, and how many there were since forget_arrivals(). */
extern volatile uint8_t arrival_order[64];
extern volatile uint32_t arrival_count;

/* Makes all of these zero. No interrupts must be coming. */
void forget_arrivals(void);

/* arrival_order as one number: the first arrival is the most significant byte. The last eight of them. */
uint64_t order_of_arrival(void);

/* The number of the processor that calls: 0 is the boot processor. */
unsigned cpu_number(void);

/* Each gives 1 when the instruction raises #GP (which is then forgotten), 0 when it does not. */
int reading_msr_faults(uint32_t msr);
int writing_msr_faults(uint32_t msr, uint64_t value);
int writing_cr8_faults(uint64_t value);
