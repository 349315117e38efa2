/* What every kernel is: kernel_main(), and what it was booted with. */
#pragma once
#include <stdint.h>

/* Values for isa-debug-exit. QEMU's exit status, and ours, is (value << 1) | 1. */
enum { EXIT_PASSED = 0x10, EXIT_FAILED = 0x11 };

/* A kernel's entry, called on a 16 KiB stack with interrupts off; its result goes to isa-debug-exit. */
uint32_t kernel_main(void);

/* What the loader left: its magic number in EAX and its information's address in EBX, or zeros; for PVH and Linux, which leave no such
 * number, the one at the start of their information or header. */
extern struct boot { uint32_t magic; const void *information; } boot;

/* The last is ours: the information is the command line itself. */
enum { MULTIBOOT1_MAGIC = 0x2badb002, MULTIBOOT2_MAGIC = 0x36d76289, COMMAND_LINE_MAGIC = 0x4c4d4443 };

/* Called by the start-up code. */
__attribute__((noreturn)) void kernel_start(uint32_t magic, const void *information);

/* Ends the run through isa-debug-exit at F4h, and halts for good where there is none. */
__attribute__((noreturn)) void machine_exit(uint32_t value);

/* CLI; HLT, for good. */
__attribute__((noreturn)) void dead_halt(void);

/* The kernel's command line, "" when there is none. */
const char *command_line(void);

/* The number behind NAME= on the command line, decimal or 0x..., or what is given when there is none. */
uint32_t number_option(const char *name, uint32_t otherwise);

/* Whether the command line holds NAME=VALUE. */
int option_is(const char *name, const char *value);
