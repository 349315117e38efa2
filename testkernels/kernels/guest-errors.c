/* guest-errors: does what devices do not allow and ignore, once for each of some: a machine that tells of its guest's errors has a line for
 * each, with the instruction.
 *
 * Prints a line before each, with the instruction's address in hex: "SVR at 100123", then also "I/O APIC", "ELCR", "HPET" and "ICR".
 * Ends: debug exit 10h.
 */
#include "apic.h"
#include "console.h"
#include "hpet.h"
#include "io-apic.h"
#include "kernel.h"
#include "pic.h"

extern const char at_svr[], at_io_apic[], at_elcr[], at_hpet[], at_icr[];

static void print_place(const char *name, const char *place)
{
    print(name);
    print(" at ");
    print_hex((uintptr_t)place);
    print("\n");
}

#define STORE(label, address, value) \
    __asm__ volatile(".globl " #label "\n" #label ":\tmovl %0, (%1)" : : "r"((uint32_t)(value)), "r"((uintptr_t)(address)) : "memory")

uint32_t kernel_main(void)
{
    apic_enable();
    print_place("SVR", at_svr);
    STORE(at_svr, APIC_PAGE + APIC_SVR, 1 << 20 | SVR_ENABLED | SPURIOUS_VECTOR);
    print_place("I/O APIC", at_io_apic);
    *(volatile uint32_t *)(uintptr_t)IO_APIC_PAGE = IO_APIC_VERSION;
    STORE(at_io_apic, IO_APIC_PAGE + 0x10, 0);
    print_place("ELCR", at_elcr);
    __asm__ volatile(".globl at_elcr\nat_elcr:\toutb %b0, %w1" : : "a"(1), "d"(ELCR));
    print_place("HPET", at_hpet);
    STORE(at_hpet, HPET_PAGE + HPET_CONFIGURATION, 1 << 7);
    print_place("ICR", at_icr);
    STORE(at_icr, APIC_PAGE + APIC_ICR, APIC_TO_SELF | APIC_ASSERT | 5);
    return EXIT_PASSED;
}
