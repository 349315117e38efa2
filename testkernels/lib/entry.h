/* The state in which the loader entered the kernel, as the start-up code of PVH and Linux kernels saves it; the low halves of registers. */
#pragma once
#include <stdint.h>

extern struct entry_state {
    uint64_t bits; /* 32 or 64: which entry it was */
    uint64_t ax, bx, si, di, bp, flags, cr0, cr3, cr4, efer, cs, ds, es, ss;
} entry_state;

enum {
    FLAGS_TF = 1 << 8, FLAGS_IF = 1 << 9, FLAGS_DF = 1 << 10, FLAGS_VM = 1 << 17,
    CR0_PE = 1 << 0, CR0_ET = 1 << 4,
    CR4_PAE = 1 << 5,
    EFER_LMA = 1 << 10,
};
