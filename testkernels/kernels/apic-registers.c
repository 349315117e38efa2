/* apic-registers: the local APIC's registers, their reserved bits and what IA32_APIC_BASE may be set to.
 * Intel SDM volume 3, "Advanced Programmable Interrupt Controller", with "x2APIC Mode" for the latter's faults.
 * Command line: mode=x2apic.
 *
 * Prints a line a check, then "N passed, 0 failed".
 * Ends: debug exit 10h, or 11h when a check fails.
 * That a disabled APIC comes back in its reset state is what the manual allows for xAPIC and what it says for x2APIC.
 * QEMU 7.2's software emulation has no x2APIC and fails here: it neither records illegal vectors and registers nor masks the LVT when the
 * APIC is disabled, cannot move its page, lets #GP pass and does not take the APIC's flag out of CPUID.
 */
#include "apic.h"
#include "checks.h"
#include "kernel.h"
#include "time.h"
#include "vectors.h"

enum { ERROR_VECTOR = 0x48, OTHER_PAGE = 0xfed50000 };
enum { ESR_SENT_ILLEGAL = 0x20, ESR_RECEIVED_ILLEGAL = 0x40, ESR_ILLEGAL_REGISTER = 0x80 };

static uint32_t lvt_entries(void) { return (apic_read(APIC_VERSION) >> 16 & 0xff) + 1; }

static void check_identity(void)
{
    check("cpuid-apic", cpuid(1, 0).edx >> 9 & 1, 1);
    uint64_t base = read_msr(MSR_APIC_BASE);
    check("base", base & ~0xffull, APIC_PAGE | APIC_BASE_ENABLED | (x2apic ? APIC_BASE_X2APIC : 0) | APIC_BASE_BSP);
    check("id", apic_id(), cpuid(1, 0).ebx >> 24);
    check_range("version", apic_read(APIC_VERSION) & 0xff, 0x10, 0x15);
    check_range("lvt-entries", lvt_entries(), 6, 7);
}

static void check_priority(void)
{
    apic_write(APIC_TPR, 0x55);
    check("tpr", apic_read(APIC_TPR), 0x55);
    check("tpr-to-cr8", read_cr8(), 5);
    check("ppr-is-tpr", apic_read(APIC_PPR), 0x55);
    write_cr8(9);
    check("cr8", read_cr8(), 9);
    check("cr8-to-tpr", apic_read(APIC_TPR), 0x90);
    check("ppr-is-cr8", apic_read(APIC_PPR), 0x90);
    check("cr8-reserved", (uint64_t)writing_cr8_faults(0x10), 1);
    write_cr8(0);
    check("cr8-zero-to-tpr", apic_read(APIC_TPR), 0);
}

static void check_destination(void)
{
    if (x2apic) {
        uint32_t id = apic_id();
        check("ldr", apic_read(APIC_LDR), id >> 4 << 16 | 1u << (id & 15));
        return;
    }
    apic_write(APIC_LDR, 0xa5000000);
    check("ldr", apic_read(APIC_LDR) >> 24, 0xa5);
    apic_write(APIC_DFR, 0x0fffffff);
    check("dfr-cluster", apic_read(APIC_DFR), 0x0fffffff);
    apic_write(APIC_DFR, 0xffffffff);
    check("dfr-flat", apic_read(APIC_DFR), 0xffffffff);
    apic_write(APIC_LDR, 0);
}

static void check_lvt(void)
{
    static const uint16_t entries[] = { APIC_LVT_TIMER, APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR, APIC_LVT_PERFORMANCE, APIC_LVT_THERMAL };
    enum { READ_ONLY = 0x5000 }; /* delivery status, remote IRR */
    uint32_t wrong = 0, unmasked = 0;
    for (uint32_t i = 0; i < 6 && i < lvt_entries(); i++) {
        apic_write(entries[i], APIC_MASKED | (0x60 + i));
        wrong += (apic_read(entries[i]) & ~READ_ONLY) != (APIC_MASKED | (0x60 + i));
        if (entries[i] == APIC_LVT_LINT0)
            continue; /* an 8259 may be waiting */
        apic_write(entries[i], 0x70 + i);
        unmasked += (apic_read(entries[i]) & ~READ_ONLY) != 0x70 + i;
        apic_write(entries[i], APIC_MASKED);
    }
    check("lvt-masked", wrong, 0);
    check("lvt-unmasked", unmasked, 0);
    apic_write(APIC_LVT_TIMER, APIC_MASKED | APIC_PERIODIC | 0x60);
    check("lvt-timer-mode", apic_read(APIC_LVT_TIMER), APIC_MASKED | APIC_PERIODIC | 0x60);
    apic_write(APIC_LVT_LINT1, APIC_MASKED | 0xa000 | APIC_NMI);
    check("lvt-lint-bits", apic_read(APIC_LVT_LINT1) & ~READ_ONLY, APIC_MASKED | 0xa000 | APIC_NMI);
    apic_write(APIC_LVT_LINT1, APIC_MASKED);
    apic_write(APIC_LVT_TIMER, APIC_MASKED);
    for (uint32_t value = 0; value < 8; value++) {
        uint32_t bits = (value & 4) << 1 | (value & 3);
        apic_write(APIC_DIVIDE, bits);
        wrong += apic_read(APIC_DIVIDE) != bits;
    }
    check("divide", wrong, 0);
}

static void check_spurious_register(void)
{
    apic_write(APIC_SVR, SVR_ENABLED | 0x30);
    check("svr-vector", apic_read(APIC_SVR), SVR_ENABLED | 0x30);
    if (apic_read(APIC_VERSION) >> 24 & 1) {
        apic_write(APIC_SVR, SVR_ENABLED | SVR_NO_EOI_BROADCAST | SPURIOUS_VECTOR);
        check("svr-eoi-broadcast", apic_read(APIC_SVR), SVR_ENABLED | SVR_NO_EOI_BROADCAST | SPURIOUS_VECTOR);
    } else {
        skip("svr-eoi-broadcast", "not in the version register");
    }

    apic_write(APIC_SVR, SPURIOUS_VECTOR);
    check("disabled", apic_read(APIC_SVR), SPURIOUS_VECTOR);
    uint32_t unmasked = 0, unmasked_after = 0;
    apic_write(APIC_SVR, SVR_ENABLED | SPURIOUS_VECTOR);
    apic_write(APIC_LVT_TIMER, 0x60);
    apic_write(APIC_LVT_ERROR, 0x61);
    apic_write(APIC_SVR, SPURIOUS_VECTOR);
    for (uint32_t entry = APIC_LVT_TIMER; entry <= APIC_LVT_ERROR; entry += 0x10)
        unmasked += !(apic_read(entry) & APIC_MASKED);
    for (uint32_t entry = APIC_LVT_TIMER; entry <= APIC_LVT_ERROR; entry += 0x10) {
        apic_write(entry, 0x60);
        unmasked_after += !(apic_read(entry) & APIC_MASKED);
    }
    check("disabled-masks-lvt", unmasked, 0);
    check("disabled-keeps-lvt-masked", unmasked_after, 0);
    apic_enable();
}

/* The error status is latched by a write and read after it. */
static uint32_t errors(void)
{
    apic_write(APIC_ESR, 0);
    return apic_read(APIC_ESR);
}

static void check_errors(void)
{
    handle_vector(5, end_apic_interrupt); /* an APIC that delivers them all the same fails a check in place of ending the run */
    handle_vector(9, end_apic_interrupt);
    apic_write(APIC_LVT_ERROR, ERROR_VECTOR);
    (void)errors();
    check("esr-none", errors(), 0);

    enable_interrupts();
    apic_send(0, APIC_ASSERT | APIC_TO_SELF | 5);
    (void)WAIT_FOR(arrivals[0][ERROR_VECTOR], LONG_WAIT);
    check("error-interrupt", arrivals[0][ERROR_VECTOR] != 0, 1);
    check("esr-latched-by-write", apic_read(APIC_ESR), 0);
    check("esr-sent-illegal-vector", errors() & ESR_SENT_ILLEGAL, ESR_SENT_ILLEGAL);
    check("esr-cleared", errors(), 0);

    uint32_t before = arrivals[0][ERROR_VECTOR];
    apic_write(APIC_LVT_TIMER, 9);
    apic_write(APIC_INITIAL_COUNT, 1);
    (void)WAIT_FOR(arrivals[0][ERROR_VECTOR] != before, LONG_WAIT);
    apic_write(APIC_LVT_TIMER, APIC_MASKED);
    check("error-interrupt-of-receipt", arrivals[0][ERROR_VECTOR] - before, 1);
    check("esr-received-illegal-vector", errors() & ESR_RECEIVED_ILLEGAL, ESR_RECEIVED_ILLEGAL);
    check("illegal-vectors-not-delivered", arrivals[0][5] + arrivals[0][9], 0);

    if (!x2apic) {
        (void)apic_read(0x40);
        check("esr-illegal-register-read", errors(), ESR_ILLEGAL_REGISTER);
        apic_write(0x40, 0);
        check("esr-illegal-register-write", errors(), ESR_ILLEGAL_REGISTER);
    }
    disable_interrupts();
    apic_write(APIC_LVT_ERROR, APIC_MASKED);
}

static uint32_t msr_of(uint32_t offset) { return MSR_X2APIC + (offset >> 4); }

static void check_fault_of_write(const char *name, uint32_t offset, uint64_t value)
{
    check(name, (uint64_t)writing_msr_faults(msr_of(offset), value), 1);
}

static void check_x2apic_faults(void)
{
    check("read-write-only-eoi", (uint64_t)reading_msr_faults(msr_of(APIC_EOI)), 1);
    check("read-write-only-self-ipi", (uint64_t)reading_msr_faults(msr_of(APIC_SELF_IPI)), 1);
    check("read-dfr", (uint64_t)reading_msr_faults(msr_of(APIC_DFR)), 1);
    check("read-icr-high", (uint64_t)reading_msr_faults(msr_of(APIC_ICR_HIGH)), 1);
    check("read-reserved", (uint64_t)reading_msr_faults(MSR_X2APIC + 4), 1);
    check("read-reserved-last", (uint64_t)reading_msr_faults(MSR_X2APIC + 0x40), 1);
    check_fault_of_write("write-id", APIC_ID, 0);
    check_fault_of_write("write-version", APIC_VERSION, 0);
    check_fault_of_write("write-ppr", APIC_PPR, 0);
    check_fault_of_write("write-ldr", APIC_LDR, 1);
    check_fault_of_write("write-dfr", APIC_DFR, 0xffffffff);
    check_fault_of_write("write-isr", APIC_ISR, 0);
    check_fault_of_write("write-irr", APIC_IRR, 0);
    check_fault_of_write("write-current-count", APIC_CURRENT_COUNT, 0);
    check_fault_of_write("write-reserved", 0x40, 0);
    check_fault_of_write("eoi-not-zero", APIC_EOI, 1);
    check_fault_of_write("esr-not-zero", APIC_ESR, 1);
    check_fault_of_write("tpr-reserved", APIC_TPR, 0x100);
    check_fault_of_write("tpr-high-half", APIC_TPR, 1ull << 32);
    check_fault_of_write("svr-reserved", APIC_SVR, SVR_ENABLED | SPURIOUS_VECTOR | 1 << 16);
    check_fault_of_write("lvt-timer-reserved", APIC_LVT_TIMER, APIC_MASKED | 1 << 13);
    check_fault_of_write("lvt-lint0-reserved", APIC_LVT_LINT0, APIC_MASKED | 1 << 17);
    check_fault_of_write("lvt-error-reserved", APIC_LVT_ERROR, APIC_MASKED | APIC_NMI);
    check_fault_of_write("divide-reserved", APIC_DIVIDE, 4);
    check_fault_of_write("icr-reserved", APIC_ICR, APIC_MASKED | 1 << 20 | 0x50);
    check_fault_of_write("self-ipi-reserved", APIC_SELF_IPI, 0x150);
    check("allowed-write", (uint64_t)writing_msr_faults(msr_of(APIC_TPR), 0), 0);
    check("allowed-read", (uint64_t)reading_msr_faults(msr_of(APIC_ICR)), 0);
}

static int changing_base_faults(uint64_t bits)
{
    return writing_msr_faults(MSR_APIC_BASE, APIC_PAGE | APIC_BASE_BSP | bits);
}

enum { OFF = 0, X2APIC_ALONE = APIC_BASE_X2APIC, XAPIC = APIC_BASE_ENABLED, X2APIC = APIC_BASE_ENABLED | APIC_BASE_X2APIC };

/* From the xAPIC mode and back to it; x2apic is what apic_read goes by. */
static void check_base(void)
{
    x2apic = 0;
    apic_enable();
    check("base-reserved-low", (uint64_t)changing_base_faults(XAPIC | 1), 1);
    check("base-reserved-bit-9", (uint64_t)changing_base_faults(XAPIC | 1 << 9), 1);
    check("base-beyond-physical", (uint64_t)changing_base_faults(XAPIC | 1ull << 60), 1);
    check("xapic-to-x2apic-alone", (uint64_t)changing_base_faults(X2APIC_ALONE), 1);
    check("xapic-to-xapic", (uint64_t)changing_base_faults(XAPIC), 0);

    apic_write(APIC_TPR, 0x30);
    apic_write(APIC_LVT_TIMER, APIC_MASKED | 0x60);
    check("xapic-to-off", (uint64_t)changing_base_faults(OFF), 0);
    check("off-cpuid", cpuid(1, 0).edx >> 9 & 1, 0);
    check("off-page", *(volatile uint32_t *)(uintptr_t)(APIC_PAGE + APIC_LVT_TIMER) != (APIC_MASKED | 0x60), 1);
    check("off-to-x2apic", (uint64_t)changing_base_faults(X2APIC), 1);
    check("off-to-x2apic-alone", (uint64_t)changing_base_faults(X2APIC_ALONE), 1);
    check("off-to-xapic", (uint64_t)changing_base_faults(XAPIC), 0);
    check("on-cpuid", cpuid(1, 0).edx >> 9 & 1, 1);
    check("on-svr", apic_read(APIC_SVR), 0xff);
    check("on-lvt", apic_read(APIC_LVT_TIMER), APIC_MASKED);
    apic_enable();

    write_msr(MSR_APIC_BASE, OTHER_PAGE | APIC_BASE_BSP | XAPIC);
    check("moved", *(volatile uint32_t *)(uintptr_t)(OTHER_PAGE + APIC_SVR), SVR_ENABLED | SPURIOUS_VECTOR);
    check("moved-away", *(volatile uint32_t *)(uintptr_t)(APIC_PAGE + APIC_SVR) != (SVR_ENABLED | SPURIOUS_VECTOR), 1);
    write_msr(MSR_APIC_BASE, APIC_PAGE | APIC_BASE_BSP | XAPIC);
    check("moved-back", apic_read(APIC_SVR), SVR_ENABLED | SPURIOUS_VECTOR);
}

static void check_x2apic_transitions(void)
{
    if (!x2apic_supported()) {
        check("x2apic-unsupported", (uint64_t)changing_base_faults(X2APIC), 1);
        skip("x2apic-transitions", "no x2APIC");
        return;
    }
    apic_write(APIC_TPR, 0x30);
    check("xapic-to-x2apic", (uint64_t)changing_base_faults(X2APIC), 0);
    x2apic = 1;
    check("x2apic-keeps-tpr", apic_read(APIC_TPR), 0x30);
    check("x2apic-keeps-svr", apic_read(APIC_SVR), SVR_ENABLED | SPURIOUS_VECTOR);
    check("x2apic-to-xapic", (uint64_t)changing_base_faults(XAPIC), 1);
    check("x2apic-to-x2apic-alone", (uint64_t)changing_base_faults(X2APIC_ALONE), 1);
    check("x2apic-stays", (uint64_t)(read_msr(MSR_APIC_BASE) & X2APIC), X2APIC);
    check("x2apic-to-off", (uint64_t)changing_base_faults(OFF), 0);
    check("off-msr-read", (uint64_t)reading_msr_faults(msr_of(APIC_TPR)), 1);
    check("off-after-x2apic-to-xapic", (uint64_t)changing_base_faults(XAPIC), 0);
    x2apic = 0;
    check("xapic-msr-read", (uint64_t)reading_msr_faults(msr_of(APIC_TPR)), 1);
    check("after-x2apic-svr", apic_read(APIC_SVR), 0xff);
    check("after-x2apic-tpr", apic_read(APIC_TPR), 0);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    if (!apic_initialise())
        return checks_result();
    check_identity();
    check_priority();
    check_destination();
    check_lvt();
    check_spurious_register();
    check_errors();
    if (x2apic)
        check_x2apic_faults();
    if (x2apic)
        (void)changing_base_faults(OFF), (void)changing_base_faults(XAPIC);
    check_base();
    check_x2apic_transitions();
    return checks_result();
}
