#include "vectors.h"
#include "apic.h"
#include "console.h"
#include "interrupts.h"
#include "kernel.h"
#include "pic.h"
#include "smp.h"

extern const char vector_entries[]; /* 256 of VECTOR_ENTRY_SIZE bytes */
enum { VECTOR_ENTRY_SIZE = 16 };

volatile uint32_t arrivals[MAXIMUM_CPUS][256];
volatile uint8_t arrival_order[64];
volatile uint32_t arrival_count;

static vector_handler *handlers[256];
static volatile uint64_t resume_at; /* where to go on after a #GP that is expected */
static volatile uint32_t faulted;

unsigned cpu_number(void)
{
    uintptr_t offset = (uintptr_t)__builtin_frame_address(0) - (uintptr_t)processor_stacks;
    return offset < sizeof processor_stacks ? (unsigned)(offset / PROCESSOR_STACK_SIZE) : 0;
}

void end_apic_interrupt(struct trap *trap)
{
    (void)trap;
    apic_write(APIC_EOI, 0);
}

void ignore_interrupt(struct trap *trap) { (void)trap; }

static void fail_on_exception(struct trap *trap)
{
    if (trap->vector == VECTOR_GENERAL_PROTECTION && resume_at) {
        trap->rip = resume_at;
        resume_at = 0;
        faulted = 1;
        return;
    }
    print("FAIL: exception: vector ");
    print_hex(trap->vector);
    print(" error ");
    print_hex(trap->error);
    print(" at rip ");
    print_hex(trap->rip);
    print("\n");
    machine_exit(EXIT_FAILED);
}

/* Called by the entry code with interrupts off. */
void vector_arrived(struct trap *trap)
{
    unsigned vector = trap->vector & 255;
    atomic_add(&arrivals[cpu_number()][vector], 1);
    if (vector != VECTOR_GENERAL_PROTECTION)
        arrival_order[(unsigned)atomic_add(&arrival_count, 1) % sizeof arrival_order] = (uint8_t)vector;
    handlers[vector](trap);
}

void handle_vector(unsigned vector, vector_handler *handler) { handlers[vector % 256] = handler; }

void vectors_initialise(void)
{
    for (unsigned vector = 0; vector < 256; vector++) {
        handle_vector(vector, vector >= 32 ? end_apic_interrupt : fail_on_exception);
        set_interrupt_gate(vector, (interrupt_handler *)(uintptr_t)(vector_entries + vector * VECTOR_ENTRY_SIZE));
    }
    handle_vector(VECTOR_NMI, ignore_interrupt);
    handle_vector(PIC_VECTORS + 7, ignore_interrupt);
    handle_vector(PIC_VECTORS + 15, ignore_interrupt);
    pic_initialise(0, 0);
}

void forget_arrivals(void)
{
    __builtin_memset((void *)arrivals, 0, sizeof arrivals);
    __builtin_memset((void *)arrival_order, 0, sizeof arrival_order);
    arrival_count = 0;
}

uint64_t order_of_arrival(void)
{
    uint64_t order = 0;
    for (uint32_t i = arrival_count > 8 ? arrival_count - 8 : 0; i < arrival_count; i++)
        order = order << 8 | arrival_order[i % sizeof arrival_order];
    return order;
}

static int outcome(void)
{
    int result = (int)faulted;
    resume_at = 0;
    faulted = 0;
    return result;
}

int reading_msr_faults(uint32_t msr)
{
    __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; rdmsr; 1:" : "=m"(resume_at) : "c"(msr) : "rax", "rdx", "memory");
    return outcome();
}

int writing_msr_faults(uint32_t msr, uint64_t value)
{
    __asm__ volatile("lea 1f(%%rip), %%r8; mov %%r8, %0; wrmsr; 1:"
                     : "=m"(resume_at) : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "r8", "memory");
    return outcome();
}

int writing_cr8_faults(uint64_t value)
{
    __asm__ volatile("lea 1f(%%rip), %%r8; mov %%r8, %0; mov %1, %%cr8; 1:" : "=m"(resume_at) : "r"(value) : "r8", "memory");
    return outcome();
}
