using OsDevHv.Gdb;

namespace OsDevHv.Machine.Debug;

/// <summary>What a debug register is used for.</summary>
/// <param name="Kind">
/// The request it serves; <see cref="BreakpointKind.Software"/> and <see cref="BreakpointKind.Hardware"/> execute, the rest watch data.
/// </param>
/// <param name="Address">What the debugger named: the breakpoint, or the first byte of the watched range.</param>
/// <param name="SlotAddress">What the register holds: differs where a range is split over several.</param>
/// <param name="SlotLength">1, 2, 4 or 8 bytes; 1 for execution.</param>
/// <param name="Physical">
/// Where the range is in RAM, for telling a read from a write by whether the value changed; null where unmapped or not needed.
/// </param>
/// <param name="SetBy">Who holds the register, in words.</param>
internal readonly record struct TrapSlot(
    BreakpointKind Kind, ulong Address, ulong SlotAddress, int SlotLength, ulong? Physical = null, string SetBy = "")
{
    /// <summary>Whether it breaks on execution.</summary>
    public bool IsExecute => Kind is BreakpointKind.Software or BreakpointKind.Hardware;

    /// <summary>R/Wn and LENn of DR7 (Intel SDM vol. 3B, 17.2.4); 8 bytes is 10b.</summary>
    public ulong ControlBits
    {
        get
        {
            ulong access = Kind switch { BreakpointKind.WriteWatch => 1, BreakpointKind.ReadWatch or BreakpointKind.AccessWatch => 3, _ => 0 };
            ulong length = SlotLength switch { 2 => 1, 4 => 3, 8 => 2, _ => 0 };
            return access | (length << 2);
        }
    }
}

/// <summary>What a debug exit's DR6 says of our debug registers.</summary>
internal enum SlotMatch
{
    /// <summary>None of them fired.</summary>
    None,

    /// <summary>One fired and is to be reported.</summary>
    Hit,

    /// <summary>
    /// Only read watchpoints fired, and for writes: the processor has no read-only kind (SDM vol. 3B, 17.2.4), so a changed value tells
    /// them apart.
    /// </summary>
    MereWrite,
}
