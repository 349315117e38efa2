using OsDevHv.CommandLine;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Probe;
using OsDevHv.Machine;

namespace OsDevHv.Tests.CommandLine;

public sealed class DoctorReportTests : IDisposable
{
    private static readonly ModeTraits s_hardware = new(Int3Outcome.DebugExit, true, true, true, true, true, true);
    private static readonly ModeTraits s_emulated = new(Int3Outcome.NotEmulated, true, true, true, false, false, false);
    private static readonly ModeTraits s_withoutIntercepts = new(Int3Outcome.ReachesGuest, true, true, false, false, true, true);
    private static readonly ModeTraits s_nothing = new(Int3Outcome.Unexpected, false, false, false, false, true, true);

    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    public static TheoryData<ModeTraits, string> Techniques() => new()
    {
        { s_hardware, "INT3 with a debug exit, in any number. Four more in debug registers, also for code that is not mapped yet." },
        { s_emulated, "INT3 that KVM cannot emulate and reports, in any number, in kernel code. Four more in debug registers" },
        { s_withoutIntercepts, "HLT planted in the code, in any number, in kernel code.\n" },
        { s_nothing, "no planted instruction works here. Breakpoints are refused.\n" },
        { s_nothing with { SingleStep = true }, "no planted instruction works here. Single-stepping stands in, slowly.\n" },
    };

    [Theory]
    [MemberData(nameof(Techniques))]
    public void The_way_of_breakpoints_is_named(ModeTraits mode, string words)
    {
        int exitCode = DoctorReport.Write(_output, "/dev/kvm", Host(mode));

        Assert.Equal(0, exitCode);
        Assert.Contains($"\nBreakpoints: {words}", _output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("Machines can be run on this host.\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_without_MSR_exits_cannot_run_machines()
    {
        int exitCode = DoctorReport.Write(_output, "/dev/kvm", Host(s_hardware) with { MsrExits = false });

        Assert.Equal(ExitCodes.NoKvm, exitCode);
        Assert.DoesNotContain("Machines can be run", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_without_KVM_gets_the_reason()
    {
        var reason = new KvmUnavailableException(KvmUnavailableReason.NoPermission, "You may not open it: join the group kvm.");

        int exitCode = DoctorReport.WriteUnusable(_output, "/dev/kvm", reason);

        Assert.Equal(ExitCodes.NoKvm, exitCode);
        Assert.Contains("join the group kvm", _output.ToString(), StringComparison.Ordinal);
    }

    private static HostTraits Host(ModeTraits mode) => new(
        12, "kvm_test", false, mode, mode, mode,
        ReadOnlyMemory: true, MsrExits: true, CoalescedPorts: true, SyncRegisters: true, [], 64, TimeSpan.Zero);
}
