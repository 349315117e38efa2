using OsDevHv.Machine;
using OsDevHv.Machine.Platform;
using OsDevHv.Machine.RunControl;
using OsDevHv.Profiles;

namespace OsDevHv.Tests.Kvm;

/// <summary>The whole text of <c>monitor</c> commands that act on the machine, on one that has little.</summary>
public sealed class MonitorOutputTests : IDisposable
{
    private static readonly Connection s_nowhere = new(ConnectionKind.Null);

    private readonly string _kernel = Path.GetTempFileName();
    private readonly VirtualMachine _machine;

    public MonitorOutputTests()
    {
        File.WriteAllBytes(_kernel, [0xeb, 0xfe]);
        var profile = new MachineProfile
        {
            Name = "little",
            Cpu = new CpuProfile(2),
            MemoryBytes = 4 << 20,
            Boot = new BootProfile { Kernel = _kernel, Protocol = BootProtocol.Flat, FlatAddress = 0x10_0000, FlatMode = FlatMode.Protected },
            Devices = [new UartProfile("com1", 0x3f8, 4, s_nowhere), new DebugConsoleProfile("console", 0xe9, 0xe9, s_nowhere)],
            Verdict = new VerdictProfile(),
            Gdb = new GdbProfile(),
        };
        _machine = VirtualMachine.Create(profile, new MachineOptions { Messages = TextWriter.Null });
    }

    public void Dispose()
    {
        _machine.Dispose();
        File.Delete(_kernel);
    }

    [Theory]
    [InlineData("nmi", "NMI sent to CPU 0\n")]
    [InlineData("nmi 1", "NMI sent to CPU 1\n")]
    [InlineData("nmi 2", "the CPU is at most 1, not 2\n")]
    [InlineData("irq 5", "IRQ 5: pulse\n")]
    [InlineData("irq 5 raise", "IRQ 5: raise\n")]
    [InlineData("irq 5 lower", "IRQ 5: lower\n")]
    [InlineData("irq", "the interrupt is missing\n")]
    [InlineData("irq 24", "the interrupt is at most 23, not 24\n")]
    [InlineData("irq 16", "this machine has no I/O APIC, so there is no interrupt 16\n")]
    [InlineData("irq 5 toggle", "'toggle' is none of raise, lower and pulse\n")]
    [InlineData("log", "guest-errors off, unclaimed off\n")]
    [InlineData("log unclaimed on", "guest-errors off, unclaimed on\n")]
    [InlineData("log guest-errors", "guest-errors on, unclaimed off\n")]
    [InlineData("log nonsense on", "there is no trace 'nonsense'; guest-errors or unclaimed\n")]
    [InlineData("log unclaimed maybe", "'maybe' is neither on nor off\n")]
    [InlineData("reset hard", "'hard' is no way to reset; reset, or reset halt\n")]
    [InlineData("mtree", "memory\n  0000000000000000-00000000003fffff RAM\n  00000000fee00000-00000000fee00fff local APIC of each CPU\n"
        + "ports\n  00e9-00e9 console\n  03f8-03ff com1\n")]
    public async Task A_command_answers_with_these_words(string command, string answer)
    {
        Assert.Equal(answer, await new MonitorCommands(_machine).RunAsync(command, 0));
    }

    [Fact]
    public async Task An_NMI_that_is_sent_is_pending_for_its_CPU_alone()
    {
        await new MonitorCommands(_machine).RunAsync("nmi 1", 0);

        Assert.Equal(
            [VcpuSignals.None, VcpuSignals.NonMaskable],
            _machine.Fabric.Sources.Select(static source => source.Pending & VcpuSignals.NonMaskable));
    }
}
