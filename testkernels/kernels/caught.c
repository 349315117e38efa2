/* caught: does, one after the other, what a debugger can be told to catch: an exception without and one with an error code, accesses to a
 * port, to memory that is no RAM and to a model-specific register, another CR3, another mode. Long mode.
 *
 * For a debugger: the labels before_cr3 and after_cr3 are around the CR3 load, called_often is a function that is called 1000 times with the
 * numbers from 0, in one address space after the other.
 * Prints "prepared" before all this, then
 *   exceptions = 2
 *   calls = 1000
 * Ends: debug exit 10h, or 11h when the counts differ.
 */
#include "console.h"
#include "interrupts.h"
#include "kernel.h"
#include "ports.h"

enum { LSTAR = 0xc0000082, POST = 0x80 };

static uint64_t other_tables[512] __attribute__((aligned(4096)));
volatile uint32_t exceptions, calls;

extern const char after_invalid[], after_write[];

static __attribute__((interrupt)) void on_invalid(struct interrupt_frame *frame)
{
    exceptions++;
    frame->ip = (uintptr_t)after_invalid;
}

static __attribute__((interrupt)) void on_page_fault(struct interrupt_frame *frame, uintptr_t error)
{
    (void)error;
    exceptions++;
    frame->ip = (uintptr_t)after_write;
}

static __attribute__((noinline)) void raise_exceptions(void)
{
    __asm__ volatile("ud2\n"
                     "\t.globl after_invalid\n"
                     "after_invalid:\n"
                     "\tmovl %%eax, (%0)\n"
                     "\t.globl after_write\n"
                     "after_write:\n"
                     "\tnop"
                     : : "r"(0x7f0000001000) : "memory");
}

static __attribute__((noinline)) void access_devices(void)
{
    out8(POST, 0x5a);
    *(volatile uint32_t *)0xd0000010 = 0x12345678;
    __asm__ volatile("wrmsr" : : "c"(LSTAR), "a"(0x9abcdef0), "d"(0));
}

__attribute__((noinline, noclone)) void called_often(uint32_t number)
{
    calls++;
    __asm__ volatile("" : : "r"(number));
}

static __attribute__((noinline)) void change_tables(void)
{
    uint64_t tables;
    __asm__ volatile("mov %%cr3, %0" : "=r"(tables));
    for (int i = 0; i < 512; i++)
        other_tables[i] = ((uint64_t *)tables)[i];
    __asm__ volatile(".globl before_cr3\n"
                     "before_cr3:\n"
                     "\tmov %0, %%cr3\n"
                     "\t.globl after_cr3\n"
                     "after_cr3:\n"
                     "\tnop"
                     : : "r"(other_tables) : "memory");
    for (uint32_t i = 0; i < 1000; i++) {
        __asm__ volatile("mov %0, %%cr3" : : "r"((i & 1) ? (uint64_t)other_tables : tables) : "memory");
        called_often(i);
    }
}

uint32_t kernel_main(void)
{
    set_interrupt_gate(6, on_invalid);
    set_interrupt_gate(14, (interrupt_handler *)(uintptr_t)on_page_fault);
    print("prepared\n");
    raise_exceptions();
    access_devices();
    change_tables();
    print_decimal_value("exceptions", exceptions);
    print_decimal_value("calls", calls);
    return exceptions == 2 && calls == 1000 ? EXIT_PASSED : EXIT_FAILED;
}
