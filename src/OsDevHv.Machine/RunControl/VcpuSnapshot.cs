using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <summary>
/// A vCPU's registers as of its last stop. Written by the vCPU's thread before it reports itself parked and read by others only while it is
/// parked, so that looking at a stopped machine needs no trip to the vCPU's thread.
/// </summary>
public sealed class VcpuSnapshot
{
#pragma warning disable CA1051 // Large structs: passed by reference, never copied for a property.
    /// <summary>General registers.</summary>
    public GeneralRegisters General;

    /// <summary>System registers.</summary>
    public SystemRegisters System;
#pragma warning restore CA1051

    /// <summary>The vCPU is in HLT.</summary>
    public bool IsHalted { get; set; }

    /// <summary>The vCPU waits for a SIPI.</summary>
    public bool WaitsForSipi { get; set; }

    /// <summary>The vCPU waits in a boot protocol's code for the word of memory that releases it.</summary>
    public bool WaitsForRelease { get; set; }

    /// <summary>The linear address of the next instruction.</summary>
    public ulong LinearPc => CpuMode.LinearPc(General, System);
}
