using OsDevHv.Kvm;
using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Kvm;

/// <summary>The probe's findings against what is known of each host, and its advice where there is no KVM.</summary>
[Trait("Suite", "debugger")]
public sealed class HostProbeTests
{
    [Fact]
    public void The_probe_finds_what_every_KVM_has()
    {
        var traits = Host.Traits;
        foreach (var finding in HostReport.Findings(traits))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{finding.Trait}: {finding.Value}. {finding.Consequence}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"in {traits.Elapsed.TotalMilliseconds:f1} ms");

        Assert.Equal(12, traits.ApiVersion);
        Assert.All(traits.Modes, mode => Assert.True(mode.Halt));
        Assert.True(traits.ReadOnlyMemory);
        Assert.True(traits.MsrExits);
        Assert.True(traits.SyncRegisters);
    }

    [Fact]
    public void A_host_that_emulates_kernel_code_is_known_as_such()
    {
        Host.Require(Host.Traits.Module == "kvm_pvm", "kernel code that is emulated");

        Assert.Equal(Int3Outcome.NotEmulated, Host.Traits.Long.Int3);
        Assert.Equal(Int3Outcome.NotEmulated, Host.Traits.Protected.Int3);
        Assert.Equal(Int3Outcome.ReachesGuest, Host.Traits.Real.Int3);
        Assert.All(
            Host.Traits.Modes,
            mode => Assert.True(mode is { SingleStep: true, ExecuteRegister: true, DataRegister: false, Sse: false }));
        Assert.Equal(SoftwareBreakpointTechnique.PlantedHalt, Host.Engine.SoftwareBreakpoints);
    }

    [Fact]
    public void A_host_with_exact_debug_intercepts_has_every_kind_of_breakpoint()
    {
        Host.Require(Host.Traits.Module == "kvm_intel", "kvm_intel");

        var everything = new ModeTraits(Int3Outcome.DebugExit, true, true, true, true, true, true);
        Assert.All(Host.Traits.Modes, mode => Assert.Equal(everything, mode));
        Assert.Equal(SoftwareBreakpointTechnique.Int3DebugExit, Host.Engine.SoftwareBreakpoints);
    }

    [Fact]
    public void The_probe_is_done_within_a_second()
    {
        // A processor that is emulated in software needs longer for everything.
        var emulated = Host.Traits.Nested && Host.Traits.Module != "kvm_pvm";

        Assert.InRange(Host.Traits.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(emulated ? 20 : 1));
    }

    [Fact]
    public void Without_the_device_the_advice_is_to_load_the_module()
    {
        var error = Assert.Throws<KvmUnavailableException>(() => HostProbe.Run("/nonexistent/kvm"));

        Assert.Equal(KvmUnavailableReason.NoDevice, error.Reason);
        Assert.Contains("modprobe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Something_that_is_not_KVM_is_told_from_it()
    {
        var error = Assert.Throws<KvmUnavailableException>(() => HostProbe.Run("/dev/null"));

        Assert.Equal(KvmUnavailableReason.Unsuitable, error.Reason);
    }
}
