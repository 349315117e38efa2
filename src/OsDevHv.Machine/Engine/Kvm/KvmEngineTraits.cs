using OsDevHv.Kvm.Probe;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>Turns what was found out about the host into what a debugger can count on in kernel code of any mode.</summary>
public static class KvmEngineTraits
{
    /// <summary>
    /// A trait that holds in some modes only counts as absent: a breakpoint must not depend on the mode that the guest is in.
    /// </summary>
    public static EngineTraits From(HostTraits host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new EngineTraits(
            SoftwareBreakpoints(host),
            host.Modes.All(mode => mode.ExecuteRegister),
            host.Modes.All(mode => mode.DataRegister),
            host.Modes.All(mode => mode.SingleStep),
            host.ReadOnlyMemory);
    }

    private static SoftwareBreakpointTechnique SoftwareBreakpoints(HostTraits host)
    {
        if (host.Modes.All(mode => mode.Int3 == Int3Outcome.DebugExit))
        {
            return SoftwareBreakpointTechnique.Int3DebugExit;
        }

        if (host.Modes.All(mode => mode.Int3 == Int3Outcome.NotEmulated))
        {
            return SoftwareBreakpointTechnique.Int3NotEmulated;
        }

        return host.Modes.All(mode => mode.Halt) ? SoftwareBreakpointTechnique.PlantedHalt : SoftwareBreakpointTechnique.None;
    }
}
