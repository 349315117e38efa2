/* What the files of the kernel limine share. */
#pragma once
#include "limine.h"
#include "checks.h"

#ifndef BASE_REVISION
#define BASE_REVISION LIMINE_NEWEST
#endif

/* Registers at entry, as start-limine.S notes them. */
struct entry_state {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r[8], rflags, cr0, cr3, cr4; /* r: R8 to R15 */
    uint16_t cs, ss, ds, es, fs, gs, tr, ldt;
    uint16_t unused[3], gdt_limit;
    uint64_t gdt_base __attribute__((packed));
    uint16_t unused_too[3], idt_limit;
    uint64_t idt_base __attribute__((packed));
};

extern struct entry_state first_state;
extern volatile struct limine_request memory_map_request, processors_request, paging_request;
extern char image_start[], text_end[], rodata_start[], rodata_end[], data_start[], image_end[];

/* The offset of the direct map. */
extern uint64_t direct_map;

/* Whether two texts are the same. */
int same(const char *left, const char *right);

/* limine-memory.c: the memory map, what is mapped, and the type of a guest-physical byte, ~0 where the map does not have it. */
void check_memory_map(void);
void check_mappings(void);
uint64_t memory_type(uint64_t physical);

/* The page-table entry for a virtual address, 0 where it is not mapped; bit 63 forbids execution, bit 1 allows writing. */
uint64_t page_entry(uint64_t address);

/* Makes a guest-physical page readable where no mapping has it; valid until the next call. */
const void *window_to(uint64_t physical);

/* limine-processors.c: the state at entry; starting the others. */
void check_state(void);
void check_processors(void);

/* PASS when a condition holds. */
static inline void check_true(const char *name, int condition) { check(name, !!condition, 1); }
