/* Instructions that C has no word for. Long mode. */
#pragma once
#include <stdint.h>

enum { MSR_APIC_BASE = 0x1b, MSR_TSC_DEADLINE = 0x6e0, MSR_X2APIC = 0x800 };

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* The time-stamp counter. The fence of program order is the volatile alone: a few cycles do not matter to any test. */
static inline uint64_t read_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

struct cpuid { uint32_t eax, ebx, ecx, edx; };

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid result;
    __asm__ volatile("cpuid" : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx) : "a"(leaf), "c"(subleaf));
    return result;
}

static inline uint64_t read_cr8(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr8, %0" : "=r"(value) : : "memory");
    return value;
}

static inline void write_cr8(uint64_t value) { __asm__ volatile("mov %0, %%cr8" : : "r"(value) : "memory"); }
static inline void pause(void) { __asm__ volatile("pause" : : : "memory"); }
static inline void disable_interrupts(void) { __asm__ volatile("cli" : : : "memory"); }

/* Interrupts are open for sure after the NOP: STI holds them off for an instruction. */
static inline void enable_interrupts(void) { __asm__ volatile("sti; nop" : : : "memory"); }

/* Opens interrupts and halts until one comes; none is lost between the two. */
static inline void halt_until_interrupt(void) { __asm__ volatile("sti; hlt" : : : "memory"); }

static inline int atomic_add(volatile uint32_t *target, uint32_t value) { return (int)__atomic_fetch_add(target, value, __ATOMIC_SEQ_CST); }
