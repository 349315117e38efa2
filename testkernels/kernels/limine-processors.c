/* limine: "Machine State at Entry" (x86-64) and "MP (Multiprocessor) Feature". */
#include "limine-kernel.h"
#include "console.h"
#include "cpu.h"
#include "kernel.h"
#include "ports.h"

enum { MOST = 64, STACK_BYTES = 128 << 10, X2APIC = 1, MSR_EFER = 0xc0000080 };
enum { LOOKS = 20000000 };

static struct entry_state states[MOST];
static volatile uint32_t ids[MOST], arrived;
static uint64_t other_efer[MOST];

void limine_processor_start(struct limine_processor *information);
void processor_main(struct limine_processor *information);
void limine_requested_entry(void);
void limine_start(void);

/* The entry point that the kernel requests in place of that in its file. */
__attribute__((naked)) void limine_requested_entry(void) { __asm__ volatile("jmp limine_start"); }

static const struct limine_processors *processors(void) { return (const void *)processors_request.response; }

/* Bit n is set for what is wrong: 0 general registers, 1 stack, 2 flags, 3 segments, 4 GDT, 5 control registers, 6 LDT, IDT. */
static uint64_t faults_of(const struct entry_state *state, uint64_t rdi, uint64_t efer)
{
    static const uint64_t descriptors[7] = {
        0, 0x00009a000000ffff, 0x000092000000ffff, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00209a0000000000, 0x0000920000000000
    };
    static const uint64_t masks[7] = { /* but for accessed; base, limit and granularity do not matter to the last two */
        ~0ull, ~(1ull << 40), ~(1ull << 40), ~(1ull << 40), ~(1ull << 40), 0x0060fe0000000000, 0x0000fe0000000000
    };
    const uint64_t *gdt = (const uint64_t *)state->gdt_base;
    uint64_t others = state->rax | state->rbx | state->rcx | state->rdx | state->rsi | state->rbp, faults = 0;
    for (int i = 0; i < 8; i++)
        others |= state->r[i];
    faults |= others || state->rdi != rdi;
    faults |= (uint64_t)(state->rsp % 16 != 8 || *(const uint64_t *)state->rsp) << 1;
    faults |= (uint64_t)(BASE_REVISION >= 5 ? state->rflags != 2 : (state->rflags & 0x20600) != 0) << 2;
    faults |= (uint64_t)(state->cs != 0x28 || state->ss != 0x30 || state->ds != 0x30 || state->es != 0x30 || state->fs != 0x30
        || state->gs != 0x30) << 3;
    faults |= (uint64_t)(state->gdt_limit < 7 * 8 - 1) << 4;
    for (int i = 0; i < 7; i++)
        faults |= (uint64_t)((gdt[i] & masks[i]) != (descriptors[i] & masks[i])) << 4;
    uint64_t cr4 = state->cr4 & ~(1ull << 12);
    faults |= (uint64_t)((state->cr0 & 0x80010011) != 0x80010011 || !(cr4 & 0x20) || (efer & 0xd00) != 0xd00) << 5;
    if (BASE_REVISION >= 5) {
        faults |= (uint64_t)(state->cr0 != 0x80010011 || cr4 != 0x20 || (efer & ~1ull) != 0xd00) << 5;
        faults |= (uint64_t)(state->ldt || state->idt_base || state->idt_limit) << 6;
    }
    return faults;
}

void check_state(void)
{
    check("state", faults_of(&first_state, 0, read_msr(MSR_EFER)), 0);
    check("state-gdt-memory", memory_type(first_state.gdt_base - direct_map), LIMINE_LOADER_RECLAIMABLE);
    check("state-stack-memory", memory_type(first_state.rsp - direct_map), LIMINE_LOADER_RECLAIMABLE);
    check("state-stack-size", memory_type(first_state.rsp + 8 - STACK_BYTES - direct_map), LIMINE_LOADER_RECLAIMABLE);
    check("pics-masked", (uint64_t)in8(0x21) << 8 | in8(0xa1), 0xffff);
}

static int in_x2apic(void) { return (read_msr(MSR_APIC_BASE) & 0xc00) == 0xc00; }

static uint32_t own_id(void) { return in_x2apic() ? (uint32_t)read_msr(MSR_X2APIC + 2) : cpuid(1, 0).ebx >> 24; }

/* For x2APICs alone, which need no mapping. Bit n of what is wrong: 0 spurious vector, 1 task priority, 2 masks, 3 LINT1. */
static uint64_t apic_faults(void)
{
    uint64_t faults = (read_msr(MSR_X2APIC + 0xf) != 0x1ff) | (uint64_t)(read_msr(MSR_X2APIC + 8) != 0) << 1;
    for (uint32_t entry = 0x32; entry <= 0x37; entry++)
        faults |= (uint64_t)!(read_msr(MSR_X2APIC + entry) & 1 << 16) << 2;
    return faults | (uint64_t)((read_msr(MSR_X2APIC + 0x36) & 0x700) != 0x400) << 3;
}

static volatile uint64_t other_apic_faults;

void processor_main(struct limine_processor *information)
{
    uint32_t number = (uint32_t)((struct entry_state *)information->extra_argument - states);
    ids[number] = own_id();
    other_efer[number] = read_msr(MSR_EFER);
    if (BASE_REVISION >= 5 && in_x2apic())
        other_apic_faults |= apic_faults();
    (void)atomic_add(&arrived, 1);
    dead_halt();
}

static void start(uint32_t number)
{
    struct limine_processor *information = processors()->processors[number];
    uint32_t expected = arrived + 1;
    information->extra_argument = (uint64_t)&states[number];
    __atomic_store_n(&information->goto_address, limine_processor_start, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < LOOKS && arrived != expected; i++)
        pause();
}

void check_processors(void)
{
    check_true("processors", processors() != 0);
    if (!processors())
        return;
    uint64_t cpus = processors()->count, wrong_ids = 0, wrong_memory = 0, early = 0, faults = 0, wrong_stacks = 0;
    print_decimal_value("processors-count", (uint32_t)cpus);
    print_decimal_value("processors-x2apic", processors()->flags & X2APIC);
    check("processors-expected", cpus, number_option("cpus", 1));
    check("processors-first", processors()->bsp_lapic_id, own_id());
    int offered = (cpuid(1, 0).ecx >> 21 & 1) && BASE_REVISION >= 3;
    check("processors-x2apic-flag", processors()->flags & X2APIC, (uint64_t)in_x2apic());
    check("processors-x2apic-wanted", (uint64_t)in_x2apic(), (uint64_t)offered);
    if (BASE_REVISION >= 5 && in_x2apic())
        check("apic-state", apic_faults(), 0);
    for (uint64_t i = 0; i < cpus && i < MOST; i++) {
        const struct limine_processor *information = processors()->processors[i];
        early += information->goto_address != 0;
        wrong_ids += information->processor_id != i || information->lapic_id != i;
        wrong_memory += memory_type((uint64_t)information - direct_map) != LIMINE_LOADER_RECLAIMABLE;
    }
    check("processors-goto-null", early, 0);
    check("processors-ids", wrong_ids, 0);
    check("processors-memory", wrong_memory, 0);
    for (uint32_t i = 1; i < cpus && i < MOST; i++)
        start(i);
    check("processors-started", arrived + 1, cpus);
    for (uint32_t i = 1; i < cpus && i < MOST && arrived + 1 == cpus; i++) {
        wrong_ids += ids[i] != processors()->processors[i]->lapic_id;
        faults |= faults_of(&states[i], (uint64_t)processors()->processors[i], other_efer[i]);
        wrong_stacks += memory_type(states[i].rsp + 8 - STACK_BYTES - direct_map) != LIMINE_LOADER_RECLAIMABLE;
        for (uint32_t other = 1; other < i; other++) {
            uint64_t apart = states[i].rsp - states[other].rsp;
            wrong_stacks += apart < STACK_BYTES || -apart < STACK_BYTES;
        }
    }
    check("processors-own-ids", wrong_ids, 0);
    check("processors-state", faults, 0);
    check("processors-stacks", wrong_stacks, 0);
    check("processors-apic-state", other_apic_faults, 0);
}
