using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using Xunit;

namespace OsDevHv.Tests.Kvm;

/// <summary>How traits become strategies and words. The three hosts are those that were measured.</summary>
public sealed class HostTraitsTests
{
    private static readonly ModeTraits s_hardware = new(Int3Outcome.DebugExit, true, true, true, true, true, true);
    private static readonly ModeTraits s_emulated = new(Int3Outcome.NotEmulated, true, true, true, false, false, false);
    private static readonly ModeTraits s_withoutIntercepts = new(Int3Outcome.ReachesGuest, true, true, false, false, true, true);

    [Fact]
    public void Hardware_KVM_uses_INT3_and_all_registers()
    {
        var traits = KvmEngineTraits.From(Host("kvm_intel", s_hardware, s_hardware, s_hardware));

        Assert.Equal(new EngineTraits(SoftwareBreakpointTechnique.Int3DebugExit, true, true, true, true), traits);
    }

    [Fact]
    public void An_emulated_host_whose_real_mode_delivers_INT3_plants_halts()
    {
        var real = s_emulated with { Int3 = Int3Outcome.ReachesGuest, SoftwareInterrupt = true };

        var traits = KvmEngineTraits.From(Host("kvm_pvm", real, s_emulated, s_emulated));

        Assert.Equal(new EngineTraits(SoftwareBreakpointTechnique.PlantedHalt, true, false, true, true), traits);
    }

    [Fact]
    public void A_host_that_emulates_INT3_in_no_mode_uses_that()
    {
        var traits = KvmEngineTraits.From(Host("kvm_pvm", s_emulated, s_emulated, s_emulated));

        Assert.Equal(SoftwareBreakpointTechnique.Int3NotEmulated, traits.SoftwareBreakpoints);
    }

    [Fact]
    public void A_host_without_debug_intercepts_plants_halts_and_has_no_registers()
    {
        var traits = KvmEngineTraits.From(Host("kvm_amd", s_withoutIntercepts, s_withoutIntercepts, s_withoutIntercepts));

        Assert.Equal(new EngineTraits(SoftwareBreakpointTechnique.PlantedHalt, false, false, true, true), traits);
    }

    [Fact]
    public void A_host_that_can_do_neither_has_no_software_breakpoints()
    {
        var none = s_withoutIntercepts with { Halt = false };

        var traits = KvmEngineTraits.From(Host("", s_hardware, s_hardware, none));

        Assert.Equal(SoftwareBreakpointTechnique.None, traits.SoftwareBreakpoints);
        Assert.False(traits.ExecuteRegisters);
    }

    [Fact]
    public void The_report_tells_modes_apart_only_where_they_differ()
    {
        var real = s_emulated with { Int3 = Int3Outcome.ReachesGuest };

        var findings = HostReport.Findings(Host("kvm_pvm", real, s_emulated, s_emulated)).ToDictionary(finding => finding.Trait);

        Assert.Equal("real mode: goes to the guest; 32-bit: not emulated; 64-bit: not emulated", findings["INT3"].Value);
        Assert.Equal("yes in all modes", findings["single step"].Value);
    }

    [Fact]
    public void Every_finding_of_every_host_has_a_value_and_a_consequence()
    {
        HostTraits[] hosts =
        [
            Host("kvm_intel", s_hardware, s_hardware, s_hardware),
            Host("kvm_pvm", s_emulated, s_emulated, s_emulated),
            Host("", s_withoutIntercepts, s_withoutIntercepts, s_withoutIntercepts),
        ];

        Assert.All(hosts.SelectMany(HostReport.Findings), finding =>
        {
            Assert.NotEmpty(finding.Trait);
            Assert.NotEmpty(finding.Value);
            Assert.EndsWith(".", finding.Consequence, StringComparison.Ordinal);
        });
    }

    private static HostTraits Host(string module, ModeTraits real, ModeTraits protectedMode, ModeTraits longMode) =>
        new(12, module, false, real, protectedMode, longMode, true, true, true, true, [], 1024, TimeSpan.FromMilliseconds(20));
}
