/* An interrupt descriptor table of 256 gates, empty until they are set. Handlers are functions with gcc's interrupt attribute. */
#pragma once
#include <stdint.h>

struct interrupt_frame {
    uintptr_t ip, cs, flags;
#ifdef __x86_64__
    uintptr_t sp, ss;
#endif
};

typedef void interrupt_handler(struct interrupt_frame *frame);

/* Puts the handler into the table, and the table into IDTR. */
void set_interrupt_gate(unsigned vector, interrupt_handler *handler);

/* Puts the table into IDTR of the processor that calls. */
void load_interrupt_table(void);
