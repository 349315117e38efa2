/* acpi-tables: finds the tables that firmware leaves and checks them against each other and the machine: ACPI, the MP table, SMBIOS.
 * Then ACPI's fixed hardware, by the ports that the FADT tells. ACPI 6.5, 5.2 and 4.8; MultiProcessor Specification 1.4; SMBIOS 3.3, 5.2.
 * Command line: cpus=N, how many processors there must be (else as many as CPUID leaf 0Bh tells of); timer=yes, waits for the PM timer's
 * interrupt (at most 3 s where it has 24 bits); end=poweroff (\_S5), end=reset (the FADT's reset register).
 *
 * Prints a line a table, then a line a check, then "N passed, 0 failed".
 * QEMU 7.2's firmware fails mp-processors: it lists a processor a package there.
 * Ends: debug exit 10h, or 11h when a check fails; with end=poweroff or reset, when none fails, so.
 */
#include "acpi.h"
#include "apic.h"
#include "checks.h"
#include "console.h"
#include "io-apic.h"
#include "kernel.h"
#include "ports.h"
#include "ticks.h"
#include "vectors.h"

enum { TIMER_STATUS = 1 << 0, POWER_BUTTON = 1 << 8, SCI_ENABLED = 1 << 0, SLEEP_ENABLE = 1 << 13, RESET_SUPPORTED = 1 << 10, TIMER_32_BITS = 1 << 8 };
enum { SCI_VECTOR = 0x71 };

/* The FADT, as far as it is read here. */
struct fadt {
    struct acpi_header header;
    uint32_t facs, dsdt;
    uint8_t reserved, profile;
    uint16_t sci;
    uint32_t smi_command;
    uint8_t acpi_enable, acpi_disable, s4bios, pstate;
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
    uint8_t pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length, gpe0_length, gpe1_length, gpe1_base, cst;
    uint16_t c2, c3, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
    uint16_t boot_flags;
    uint8_t reserved2;
    uint32_t flags;
    struct { uint8_t space, width, offset, size; uint64_t address; } __attribute__((packed)) reset;
    uint8_t reset_value;
} __attribute__((packed));

static const struct fadt *fadt;
static uint16_t pm1_status, pm1_enable;
static volatile uint32_t timer_events;

static const void *at(uint64_t address) { return (const void *)(uintptr_t)address; }

static void check_all_tables(void)
{
    const uint8_t *root = acpi_root();
    check("rsdp", root != 0, 1);
    if (!root)
        return;
    check("rsdp-checksum", sum_of_bytes(root, 20), 0);
    if (root[15] >= 2)
        check("rsdp-extended-checksum", sum_of_bytes(root, 36), 0);
    else
        skip("rsdp-extended-checksum", "ACPI 1.0");
    uint32_t wrong = 0;
    const struct acpi_header *table;
    for (unsigned index = 0; (table = acpi_table_at(index)); index++) {
        for (int i = 0; i < 4; i++)
            print_character(table->signature[i]);
        print(" revision ");
        print_decimal(table->revision);
        print(", ");
        print_decimal(table->length);
        print(" bytes\n");
        wrong += sum_of_bytes(table, table->length) != 0;
    }
    check("checksums", wrong, 0);
    static const char *const signatures[] = { "FACP", "APIC", "HPET", "WAET" };
    static const char *const names[] = { "fadt", "madt", "hpet-table", "waet" };
    for (unsigned i = 0; i < 4; i++)
        check(names[i], acpi_table(signatures[i]) != 0, 1);
    if (acpi_table("SPCR"))
        check("spcr-port", *(const uint64_t *)((const char *)acpi_table("SPCR") + 44), COM1);
    else
        skip("spcr-port", "no SPCR");
    const struct acpi_header *hpet = acpi_table("HPET");
    if (hpet)
        check("hpet-address", *(const uint64_t *)((const char *)hpet + 44), 0xfed00000);
}

static void check_fadt(void)
{
    const struct acpi_header *dsdt = at(fadt->dsdt), *facs = at(fadt->facs);
    check("dsdt", *(const uint32_t *)dsdt, 0x54445344);
    check("dsdt-checksum", sum_of_bytes(dsdt, dsdt->length), 0);
    check("facs", *(const uint32_t *)facs, 0x53434146);
    check_range("facs-length", facs->length, 64, 4096);
    check("facs-aligned", (uint64_t)((uintptr_t)facs & 63), 0);
}

static void check_madt(void)
{
    uint32_t ids[MAXIMUM_CPUS];
    uint32_t processors = acpi_processors(ids, MAXIMUM_CPUS), told = cpuid(0, 0).eax >= 0xb ? cpuid(0xb, 1).ebx & 0xffff : 0;
    const uint8_t *madt = (const uint8_t *)acpi_table("APIC"), *end = madt + *(const uint32_t *)(madt + 4);
    check("madt-processors", processors, number_option("cpus", told ? told : 1));
    check("madt-local-apic", *(const uint32_t *)(madt + 36), APIC_PAGE);
    int boot_listed = 0;
    for (uint32_t i = 0; i < processors; i++)
        boot_listed |= ids[i] == apic_id();
    check("madt-boot-processor", (uint64_t)boot_listed, 1);
    uint32_t io_apics = 0, io_apic_address = 0, irq0 = 0, nmis = 0;
    for (const uint8_t *entry = madt + 44; entry < end && entry[1]; entry += entry[1]) {
        if (entry[0] == 1)
            io_apics++, io_apic_address = *(const uint32_t *)(entry + 4);
        if (entry[0] == 2 && entry[3] == 0)
            irq0 = *(const uint32_t *)(entry + 4);
        nmis += entry[0] == 4 || entry[0] == 10;
    }
    check("madt-io-apics", io_apics, 1);
    check("madt-io-apic-address", io_apic_address, IO_APIC_PAGE);
    check("madt-irq0", irq0, 2);
    check_range("madt-local-nmis", nmis, 1, MAXIMUM_CPUS);
}

static void on_sci(struct trap *trap)
{
    (void)trap;
    timer_events += in16(pm1_status) & TIMER_STATUS;
    out16(pm1_status, TIMER_STATUS);
    apic_write(APIC_EOI, 0);
}

static void check_hardware(void)
{
    uint32_t mask = fadt->flags & TIMER_32_BITS ? 0xffffffff : 0xffffff;
    uint32_t first = in32((uint16_t)fadt->pm_timer);
    delay(10000);
    check_range("pm-timer-10-ms", (in32((uint16_t)fadt->pm_timer) - first) & mask, 35000, 250000);
    if (mask == 0xffffff)
        check("pm-timer-high-byte", in32((uint16_t)fadt->pm_timer) >> 24, 0);

    uint16_t control = (uint16_t)fadt->pm1a_control;
    if (fadt->smi_command) {
        out8((uint16_t)fadt->smi_command, fadt->acpi_enable);
        (void)WAIT_FOR(in16(control) & SCI_ENABLED, LONG_WAIT);
    }
    check("sci-enabled", in16(control) & SCI_ENABLED, SCI_ENABLED);

    pm1_status = (uint16_t)fadt->pm1a_event;
    pm1_enable = (uint16_t)(pm1_status + fadt->pm1_event_length / 2);
    out16(pm1_enable, POWER_BUTTON);
    check("pm1-enable", in16(pm1_enable), POWER_BUTTON);
    out16(pm1_enable, 0);
    check("pm1-enable-cleared", in16(pm1_enable), 0);
    out16(pm1_status, 0xffff);
    check("pm1-status-cleared", in16(pm1_status) & ~TIMER_STATUS, 0);
    if (!option_is("timer", "yes"))
        return;
    if (mask != 0xffffff) {
        skip("pm-timer-interrupt", "32 bits: once in 10 minutes");
        return;
    }
    start_ticks();
    handle_vector(SCI_VECTOR, on_sci);
    io_apic_route(fadt->sci, PIN_LEVEL | SCI_VECTOR, apic_id());
    out16(pm1_status, TIMER_STATUS);
    out16(pm1_enable, TIMER_STATUS);
    enable_interrupts();
    (void)HALT_UNTIL(timer_events, 3000);
    check("pm-timer-interrupt", timer_events, 1);
    delay(5000);
    check("pm-timer-interrupt-once", timer_events, 1);
    out16(pm1_enable, 0);
    disable_interrupts();
}

static void check_mp_table(void)
{
    const uint8_t *pointer = find_text("_MP_", 0xf0000, 0x100000);
    if (!pointer)
        pointer = find_text("_MP_", 0x9fc00, 0xa0000);
    check("mp-pointer", pointer != 0, 1);
    if (!pointer)
        return;
    check("mp-pointer-checksum", sum_of_bytes(pointer, 16u * pointer[8]), 0);
    const uint8_t *table = at(*(const uint32_t *)(pointer + 4));
    check("mp-table", *(const uint32_t *)table, 0x504d4350);
    check("mp-table-checksum", sum_of_bytes(table, *(const uint16_t *)(table + 4)), 0);
    uint32_t processors = 0, boot_processors = 0, io_apics = 0;
    const uint8_t *entry = table + 44;
    for (uint32_t i = *(const uint16_t *)(table + 34); i > 0; i--) {
        processors += entry[0] == 0 && entry[3] & 1;
        boot_processors += entry[0] == 0 && (entry[3] & 3) == 3 && entry[1] == apic_id();
        io_apics += entry[0] == 2 && *(const uint32_t *)(entry + 4) == IO_APIC_PAGE;
        entry += entry[0] == 0 ? 20 : 8;
    }
    uint32_t ids[MAXIMUM_CPUS];
    check("mp-processors", processors, acpi_processors(ids, MAXIMUM_CPUS));
    check("mp-boot-processor", boot_processors, 1);
    check("mp-io-apic", io_apics, 1);
}

static void check_smbios(void)
{
    const uint8_t *entry = find_text("_SM3_", 0xf0000, 0x100000);
    uint64_t address, length;
    if (entry) {
        check("smbios-checksum", sum_of_bytes(entry, entry[6]), 0);
        address = *(const uint64_t *)(entry + 16), length = *(const uint32_t *)(entry + 12);
    } else {
        entry = find_text("_SM_", 0xf0000, 0x100000);
        check("smbios", entry != 0, 1);
        if (!entry)
            return;
        check("smbios-checksum", sum_of_bytes(entry, entry[5]), 0);
        address = *(const uint32_t *)(entry + 24), length = *(const uint16_t *)(entry + 22);
    }
    const uint8_t *structure = at(address), *limit = structure + length;
    uint32_t types = 0, end = 0;
    while (structure + 4 <= limit && !end) {
        if (structure[0] < 32)
            types |= 1u << structure[0];
        end = structure[0] == 127;
        structure += structure[1];
        while (structure + 2 <= limit && (structure[0] || structure[1]))
            structure++; /* its strings */
        structure += 2;
    }
    check("smbios-end", end, 1);
    check("smbios-firmware-system-chassis", types & 0x0b, 0x0b);
    check("smbios-within-length", structure <= limit, 1);
}

/* The sleep type of \_S5: the first number of the package that it names. */
static uint16_t sleep_type(void)
{
    const uint8_t *byte = at(fadt->dsdt), *end = byte + *(const uint32_t *)(byte + 4);
    for (byte += sizeof(struct acpi_header); byte + 8 < end; byte++)
        if (byte[0] == '_' && byte[1] == 'S' && byte[2] == '5' && byte[3] == '_' && byte[4] == 0x12) {
            const uint8_t *number = byte + 5 + (byte[5] >> 6) + 2; /* past the package's length and its count */
            return number[0] == 0x0a ? number[1] : number[0] == 1 ? 1 : 0;
        }
    return 0xffff;
}

static void end_as_asked(void)
{
    uint16_t type = sleep_type();
    check("s5", type <= 7, 1);
    check("reset-register", fadt->flags & RESET_SUPPORTED, RESET_SUPPORTED);
    if (option_is("end", "poweroff"))
        out16((uint16_t)fadt->pm1a_control, (uint16_t)(type << 10 | SLEEP_ENABLE));
    else if (option_is("end", "reset"))
        out8((uint16_t)fadt->reset.address, fadt->reset_value);
    else
        return;
    delay(LONG_WAIT);
    check("ended", 0, 1);
}

uint32_t kernel_main(void)
{
    vectors_initialise();
    handle_vector(SPURIOUS_VECTOR, ignore_interrupt);
    time_initialise();
    (void)apic_initialise();
    io_apic_mask_all();
    check_all_tables();
    fadt = (const struct fadt *)acpi_table("FACP");
    if (fadt)
        check_fadt();
    if (acpi_table("APIC"))
        check_madt();
    check_mp_table();
    check_smbios();
    if (fadt)
        check_hardware();
    if (fadt)
        end_as_asked();
    return checks_result();
}
