/* test-device: QEMU's pc-testdev (hw/misc/pc-testdev.c) as kvm-unit-tests use it: the register, string instructions, an interrupt line by
 * way of the 8259s, memory that is not RAM.
 *
 * Prints a line a check, then "N passed, 0 failed".
 * Ends: debug exit 0, as kvm-unit-tests write it, or 11h when a check fails.
 */
#include "apic.h"
#include "checks.h"
#include "kernel.h"
#include "pic.h"
#include "ports.h"
#include "time.h"
#include "vectors.h"

enum { REGISTER = 0xe0, FLUSH = 0xe4, BYTES = 0xe8, LINES = 0x2000, MEMORY = 0xff000000, IRQ = 5 };

static uint32_t taken(void) { return arrivals[0][PIC_VECTORS + IRQ]; }

static void line_down(struct trap *trap)
{
    (void)trap;
    out8(LINES + IRQ, 0);
    out8(PIC_MASTER, PIC_EOI);
}

static void check_register(void)
{
    out32(REGISTER, 0x11223344);
    check("register", in32(REGISTER), 0x11223344);
    check("register-word", in16(REGISTER + 2), 0x1122);
    check("register-byte", in8(BYTES + 1), 0x33);
    out8(BYTES, 0xff);
    check("register-after-a-byte", in32(REGISTER), 0x112233ff);
}

static void check_strings(void)
{
    const char *from = "abcdefghijklmnop";
    uintptr_t count = 16;
    __asm__ volatile("cld; rep outsb" : "+S"(from), "+c"(count) : "d"((uint16_t)REGISTER) : "memory");
    check("string-out", in8(REGISTER), 'p');
    out8(REGISTER, 'q');
    char got[8] = { 0 }, *to = got;
    count = 4;
    __asm__ volatile("cld; rep insb" : "+D"(to), "+c"(count) : "d"((uint16_t)REGISTER) : "memory");
    check("string-in", (uint64_t)got[0] << 8 | (uint64_t)got[3], 'q' << 8 | 'q');
}

static void check_memory(void)
{
    volatile uint64_t *memory = (volatile uint64_t *)(uintptr_t)MEMORY;
    memory[0] = 0x1122334455667788;
    memory[0x1fff] = 5;
    check("memory", memory[0], 0x1122334455667788);
    check("memory-byte", ((volatile uint8_t *)memory)[7], 0x11);
    check("memory-end", memory[0x1fff], 5);
    out32(FLUSH, (uint32_t)(uintptr_t)&check_memory);
    check("flush-does-no-harm", memory[0], 0x1122334455667788);
}

static void check_line(void)
{
    handle_vector(PIC_VECTORS + IRQ, line_down);
    pic_initialise(0, 1 << IRQ);
    enable_interrupts();
    out8(LINES + IRQ, 1);
    (void)WAIT_FOR(taken(), LONG_WAIT);
    delay(2000);
    check("line-up", taken(), 1);
    out8(LINES + IRQ, 1);
    (void)WAIT_FOR(taken() == 2, LONG_WAIT);
    check("line-up-again", taken(), 2);
    disable_interrupts();
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    time_initialise();
    (void)apic_initialise();
    apic_write(APIC_LVT_LINT0, APIC_EXTINT);
    check_register();
    check_strings();
    check_memory();
    check_line();
    return checks_result() == EXIT_PASSED ? 0 : EXIT_FAILED;
}
