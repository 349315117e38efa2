using OsDevHv.Kvm;
using OsDevHv.Kvm.Probe;
using OsDevHv.Machine;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;

namespace OsDevHv.CommandLine;

/// <summary>What <c>osdevhv doctor</c> says.</summary>
internal static class DoctorReport
{
    /// <summary>The report on a host that can run machines. Returns the exit code.</summary>
    public static int Write(TextWriter output, string device, HostTraits traits)
    {
        output.Write($"{device}: usable, looked at for {traits.Elapsed.TotalMilliseconds:F0} ms\n\n");
        foreach (HostFinding finding in HostReport.Findings(traits))
        {
            output.Write($"{finding.Trait}: {finding.Value}\n    {finding.Consequence}\n");
        }

        output.Write($"\nBreakpoints: {Technique(KvmEngineTraits.From(traits))}\n");
        if (!traits.MsrExits)
        {
            output.Write("\nMachines cannot be run on this host: its kernel is older than Linux 5.10. Update it.\n");
            return ExitCodes.NoKvm;
        }

        output.Write("\nMachines can be run on this host.\n");
        return ExitCodes.Passed;
    }

    /// <summary>The report on a host that cannot. Returns the exit code.</summary>
    public static int WriteUnusable(TextWriter output, string device, KvmUnavailableException error)
    {
        output.Write($"{device}: not usable\n\n{error.Message}\n");
        output.Write("\nMachines cannot be run on this host. 'osdevhv check' and 'osdevhv schema' need no KVM.\n");
        return ExitCodes.NoKvm;
    }

    private static string Technique(EngineTraits traits)
    {
        string software = traits.SoftwareBreakpoints switch
        {
            SoftwareBreakpointTechnique.Int3DebugExit => "INT3 with a debug exit, in any number.",
            SoftwareBreakpointTechnique.Int3NotEmulated => "INT3 that KVM cannot emulate and reports, in any number, in kernel code.",
            SoftwareBreakpointTechnique.PlantedHalt => "HLT planted in the code, in any number, in kernel code.",
            _ => "no planted instruction works here.",
        };
        string registers = traits.ExecuteRegisters ? " Four more in debug registers, also for code that is not mapped yet." : "";
        string last = traits.SoftwareBreakpoints == SoftwareBreakpointTechnique.None && !traits.ExecuteRegisters
            ? traits.SingleStep ? " Single-stepping stands in, slowly." : " Breakpoints are refused."
            : "";
        return software + registers + last;
    }
}
