#include "interrupts.h"

struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
#ifdef __x86_64__
    uint32_t offset_high, reserved;
#endif
};

static struct gate table[256];

void load_interrupt_table(void)
{
    struct { uint16_t limit; uintptr_t base; } __attribute__((packed)) pointer = { sizeof table - 1, (uintptr_t)table };
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void set_interrupt_gate(unsigned vector, interrupt_handler *handler)
{
    uintptr_t offset = (uintptr_t)handler;
    struct gate *gate = &table[vector % 256];
    gate->offset_low = (uint16_t)offset;
    gate->offset_middle = (uint16_t)(offset >> 16);
#ifdef __x86_64__
    gate->offset_high = (uint32_t)(offset >> 32);
#endif
    gate->selector = 8;
    gate->type = 0x8e; /* present, interrupt gate */
    load_interrupt_table();
}
