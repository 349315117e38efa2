#include "smp.h"
#include "apic.h"
#include "interrupts.h"
#include "kernel.h"
#include "time.h"

/* The trampoline's variables; `number_next` is taken and raised by each processor that comes up. */
extern const char trampoline_start[], trampoline_end[];
extern volatile uint32_t number_next, seen_cr0[MAXIMUM_CPUS], seen_segment[MAXIMUM_CPUS];

char processor_stacks[MAXIMUM_CPUS][PROCESSOR_STACK_SIZE] __attribute__((aligned(PROCESSOR_STACK_SIZE)));
struct processor processors[MAXIMUM_CPUS];
volatile uint32_t processor_count;

/* Called by the trampoline on the processor's own stack. */
__attribute__((noreturn)) void processor_started(void)
{
    unsigned number = cpu_number();
    struct processor *self = &processors[number];
    self->start_cr0 = seen_cr0[number];
    self->start_segment = seen_segment[number];
    self->start_apic_base = read_msr(MSR_APIC_BASE);
    if (!x2apic || self->start_apic_base & APIC_BASE_X2APIC)
        self->start_svr = apic_read(APIC_SVR);
    load_interrupt_table();
    apic_enable();
    self->id = apic_id();
    atomic_add(&self->starts, 1);
    for (;;) {
        disable_interrupts();
        void (*work)(void) = self->work;
        if (work) {
            enable_interrupts();
            work();
            self->work = 0;
        } else {
            halt_until_interrupt();
            self->wakes++;
        }
    }
}

void smp_initialise(void)
{
    volatile char *target = (volatile char *)(uintptr_t)TRAMPOLINE;
    for (long i = 0; i < trampoline_end - trampoline_start; i++)
        target[i] = trampoline_start[i];
    processors[0].id = apic_id();
    processor_count = 1;
    number_next = 1;
}

unsigned start_processor_with(uint32_t id, void (*work)(void))
{
    unsigned number = 1;
    while (number < processor_count && processors[number].id != id)
        number++;
    if (number >= MAXIMUM_CPUS)
        return 0;
    number_next = number;
    processors[number].work = work;
    uint32_t starts = processors[number].starts;
    apic_send(id, APIC_INIT | APIC_ASSERT);
    delay(200);
    for (int attempt = 0; attempt < 2 && processors[number].starts == starts; attempt++) {
        apic_send(id, APIC_STARTUP | APIC_ASSERT | STARTUP_VECTOR);
        (void)WAIT_FOR(processors[number].starts != starts, LONG_WAIT);
    }
    if (processors[number].starts == starts)
        return 0;
    if (number == processor_count)
        processor_count = number + 1;
    return number;
}

unsigned start_processor(uint32_t id) { return start_processor_with(id, 0); }

static uint32_t started_since(const uint32_t *before)
{
    uint32_t count = 1;
    for (unsigned i = 1; i < MAXIMUM_CPUS; i++)
        count += processors[i].starts != before[i];
    return count;
}

void start_all_processors(uint32_t expected)
{
    uint32_t before[MAXIMUM_CPUS];
    for (unsigned i = 0; i < MAXIMUM_CPUS; i++)
        before[i] = processors[i].starts;
    number_next = 1;
    apic_send(0, APIC_INIT | APIC_ASSERT | APIC_TO_OTHERS);
    delay(200);
    apic_send(0, APIC_STARTUP | APIC_ASSERT | APIC_TO_OTHERS | STARTUP_VECTOR);
    (void)WAIT_FOR(started_since(before) >= expected, LONG_WAIT);
    processor_count = started_since(before);
}

void begin_on(unsigned number, void (*work)(void))
{
    processors[number].work = work;
    apic_send(processors[number].id, APIC_FIXED | APIC_ASSERT | WAKE_VECTOR);
}

int run_on(unsigned number, void (*work)(void))
{
    begin_on(number, work);
    return WAIT_FOR(!processors[number].work, LONG_WAIT);
}
