using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>
/// The test kernels that check an interrupt controller, a timer or other processors against its specification. The number is the fewest
/// checks that such a run makes.
/// </summary>
public sealed class KernelTests
{
    [Theory]
    [InlineData(1, "", 24)]
    [InlineData(1, "mode=x2apic", 21)]
    [InlineData(2, "cpus=2", 43)]
    [InlineData(2, "mode=x2apic", 39)]
    [InlineData(8, "", 43)]
    [InlineData(8, "mode=x2apic", 39)]
    [InlineData(64, "mode=x2apic", 39)]
    public async Task Processors_start_and_interrupt_each_other(int cpus, string commandLine, int checks)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("smp64.elf", cpus, commandLine);

        run.PassesChecks(checks);
    }

    [Theory]
    [InlineData("", 63)]
    [InlineData("mode=x2apic", 87)]
    [Trait("Suite", "devices")]
    public async Task Local_APIC_registers(string commandLine, int checks)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("apic-registers64.elf", 1, commandLine);

        run.PassesChecks(checks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mode=x2apic")]
    public async Task Local_APIC_timer(string commandLine)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("apic-timer64.elf", 1, commandLine);

        run.PassesChecks(35);
    }

    [Theory]
    [InlineData("", 37)]
    [InlineData("mode=x2apic", 35)]
    public async Task Self_interrupts_priorities_and_NMI(string commandLine, int checks)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("apic-ipi64.elf", 1, $"{commandLine} cr8=no");

        run.PassesChecks(checks);
    }

    [Theory]
    [InlineData("", 40)]
    [InlineData("mode=x2apic", 38)]
    [Trait("Suite", "devices")]
    public async Task Interrupts_that_CR8_holds_back_come_when_it_is_lowered(string commandLine, int checks)
    {
        Host.NeedsTaskPriorityExits();

        using ProgramRun run = await KernelRun.ToEndAsync("apic-ipi64.elf", 1, commandLine);

        run.PassesChecks(checks);
    }

    [Fact]
    [Trait("Suite", "devices")]
    public async Task The_8259s()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("pic64.elf", 1, "");

        run.PassesChecks(41);
    }

    [Theory]
    [InlineData(1, "", 31)]
    [InlineData(1, "mode=x2apic", 31)]
    [InlineData(2, "", 33)]
    [InlineData(2, "mode=x2apic", 33)]
    public async Task The_IO_APIC(int cpus, string commandLine, int checks)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("io-apic64.elf", cpus, commandLine);

        run.PassesChecks(checks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mode=x2apic")]
    public async Task Clocks_agree_within_500_parts_per_million(string commandLine)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("clocks64.elf", 1, commandLine);

        run.PassesChecks(9);
    }

    [Fact]
    public async Task The_8254()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("pit64.elf", 1, "");

        run.PassesChecks(41);
    }

    [Fact]
    public async Task The_HPET()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("hpet64.elf", 1, "");

        run.PassesChecks(31);
    }

    [Fact]
    public async Task The_CMOS_clock_and_its_memory()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("rtc64.elf", 1, "memory=128", "--set", "memory=128M");

        run.PassesChecks(30);
    }

    [Theory]
    [InlineData(1, "timer=yes cpus=1")]
    [InlineData(8, "cpus=8")]
    public async Task The_firmwares_tables_describe_the_machine(int cpus, string commandLine)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("acpi-tables64.elf", cpus, commandLine);

        run.PassesChecks(38);
    }

    [Fact]
    public async Task Sleep_state_5_powers_off()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("acpi-tables64.elf", 1, "end=poweroff");

        run.FailsNoCheck();
        run.Exits(0);
        run.Says("powered off: ACPI PM1a_CNT");
    }

    [Fact]
    public async Task The_reset_register_resets()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("acpi-tables64.elf", 1, "end=reset");

        run.FailsNoCheck();
        run.Exits(108);
        run.Says("reset by the guest: port CF9h");
    }
}
