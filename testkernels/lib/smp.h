/* Start-up of the other processors, by INIT and SIPI, from a trampoline below 1 MiB to long mode, each on its own stack.
 * Intel SDM volume 3, "Multiple-Processor (MP) Initialization". Long mode. */
#pragma once
#include <stdint.h>
#include "vectors.h"

enum { PROCESSOR_STACK_SIZE = 4096 };
enum { TRAMPOLINE = 0x8000, STARTUP_VECTOR = TRAMPOLINE >> 12 };

/* By processor number; that of the boot processor (0) is unused. */
extern char processor_stacks[MAXIMUM_CPUS][PROCESSOR_STACK_SIZE];

struct processor {
    volatile uint32_t starts;         /* how often it came up */
    volatile uint32_t id;             /* its APIC ID */
    volatile uint32_t wakes;          /* how often its HLT ended */
    volatile uint32_t start_cr0, start_segment; /* CR0 and CS at its first instruction */
    volatile uint32_t start_svr;      /* before it turned its local APIC on; not known in x2APIC mode's first start */
    volatile uint64_t start_apic_base;
    void (*volatile work)(void);      /* what it shall do when woken; null when done */
};

extern struct processor processors[MAXIMUM_CPUS];

/* How many there are, the boot processor included, as far as is known. Set by smp_initialise and start_processor. */
extern volatile uint32_t processor_count;

/* Puts the trampoline in place and makes the boot processor number 0. The local APIC is on. */
void smp_initialise(void);

/* INIT, SIPI, SIPI to the processor with that APIC ID, and a wait until it is up. A new one gets the next number; one that was up keeps
 * its own. Gives its number, 0 when it does not come. */
unsigned start_processor(uint32_t id);

/* The same, and it runs the function at once, interrupts on, without halting first; null is none. */
unsigned start_processor_with(uint32_t id, void (*work)(void));

/* The same to all others at once, as a broadcast: they get numbers in order of arrival. Waits until `expected` are up, itself included. */
void start_all_processors(uint32_t expected);

/* Has the processor run the function, interrupts on, waking it by an IPI. Waits until it is done; 0 when it takes too long. */
int run_on(unsigned number, void (*work)(void));

/* The same without waiting. */
void begin_on(unsigned number, void (*work)(void));

/* Wakes a processor; its handler does nothing but EOI. */
enum { WAKE_VECTOR = 0xf0 };
