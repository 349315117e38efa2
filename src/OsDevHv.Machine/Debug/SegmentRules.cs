using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// What a descriptor cache may hold so that the processor enters the guest with it (Intel SDM vol. 3C, 27.3.1.2; AMD APM vol. 2, 15.5.1):
/// a debugger that wrote something else would kill the guest at its next instruction.
/// </summary>
internal static class SegmentRules
{
    private const uint LargestByteLimit = 0xf_ffff;
    private const uint ReservedAttributes = 0xf00;

    /// <summary>gdb's order, and how messages name them.</summary>
    public static readonly (string Name, SegmentUse Use)[] Registers =
    [
        ("cs", SegmentUse.Code), ("ss", SegmentUse.Stack), ("ds", SegmentUse.Data), ("es", SegmentUse.Data), ("fs", SegmentUse.Data),
        ("gs", SegmentUse.Data), ("ldtr", SegmentUse.LocalTable), ("tr", SegmentUse.Task),
    ];

    /// <summary>A segment as the debugger is shown it.</summary>
    public static SegmentCache Show(in Segment segment)
    {
        uint attributes = (uint)(segment.Type & 0xf) | ((uint)(segment.Dpl & 3) << 5);
        foreach ((SegmentBits flag, int bit) in Positions)
        {
            attributes |= (segment.Flags & flag) != 0 ? 1u << bit : 0;
        }
        return new SegmentCache(segment.Base, segment.Limit, attributes);
    }

    /// <summary>
    /// Takes over what the debugger wrote to a segment's cache; false with an error in words. A limit that the granularity does not allow
    /// changes the granularity.
    /// </summary>
    public static bool TryChange(int index, in AddressContext cpu, SegmentCache wanted, ref Segment segment, out string? error)
    {
        SegmentCache shown = Show(segment);
        error = null;
        if (wanted == shown)
        {
            return true;
        }
        if ((wanted.Attributes & ReservedAttributes) != 0)
        {
            error = $"bits 11:8 of {Registers[index].Name}_attr are reserved";
            return false;
        }
        SegmentBits flags = 0;
        foreach ((SegmentBits flag, int bit) in Positions)
        {
            flags |= (wanted.Attributes >> bit & 1) != 0 ? flag : 0;
        }
        if (wanted.Attributes == shown.Attributes && wanted.Limit != shown.Limit)
        {
            flags = wanted.Limit > LargestByteLimit ? flags | SegmentBits.Granular
                : (wanted.Limit & 0xfff) != 0xfff ? flags & ~SegmentBits.Granular
                : flags;
        }
        var changed = new Segment(
            wanted.Base, wanted.Limit, segment.Selector, (byte)(wanted.Attributes & 0xf), (byte)(wanted.Attributes >> 5 & 3), flags);
        (string name, SegmentUse use) = Registers[index];
        error = (CpuMode.IsProtected(cpu.System) && (cpu.General.Rflags & ControlBits.RflagsVm) != 0 && use < SegmentUse.LocalTable)
            ? $"in virtual-8086 mode the selector makes the base, limit and attributes of {name}"
            : RefuseBase(name, use, index, cpu, changed) ?? RefuseAttributes(name, use, cpu, changed) ?? RefuseLimit(name, changed);
        segment = error is null ? changed : segment;
        return error is null;
    }

    private static readonly (SegmentBits Flag, int Bit)[] Positions =
    [
        (SegmentBits.CodeOrData, 4), (SegmentBits.Present, 7), (SegmentBits.Available, 12), (SegmentBits.Long, 13),
        (SegmentBits.Default32, 14), (SegmentBits.Granular, 15), (SegmentBits.Unusable, 16),
    ];

    private static string? RefuseBase(string name, SegmentUse use, int index, in AddressContext cpu, in Segment segment)
    {
        const int firstWide = 4;
        if (!RegisterRules.IsCanonical(cpu.System, segment.Base))
        {
            return $"{name}_base must be a canonical address, {segment.Base:x}h is none";
        }
        return index < firstWide && use < SegmentUse.LocalTable && segment.Base > uint.MaxValue
            ? $"{name}_base has 32 bits, {segment.Base:x}h does not fit"
            : null;
    }

    private static string? RefuseAttributes(string name, SegmentUse use, in AddressContext cpu, in Segment segment)
    {
        SegmentBits flags = segment.Flags;
        if ((flags & SegmentBits.Unusable) != 0)
        {
            return use is SegmentUse.Code or SegmentUse.Task ? $"{name} cannot be unusable" : null;
        }
        bool isSystem = use >= SegmentUse.LocalTable;
        if ((flags & SegmentBits.Present) == 0 || (flags & SegmentBits.CodeOrData) != 0 == isSystem)
        {
            return $"{name}_attr must have P set and S {(isSystem ? "clear" : "set")}";
        }
        bool isReal = !CpuMode.IsProtected(cpu.System);
        bool isLong = (cpu.System.Efer & ControlBits.EferLma) != 0;
        int cpl = CpuMode.Cpl(cpu.General, cpu.System);
        string type = $"type {segment.Type} is not one of {name}:";
        return use switch
        {
            SegmentUse.Code when segment.Type is not (9 or 11 or 13 or 15) && !(segment.Type == 3 && isReal) =>
                $"{type} it takes code that was accessed, 9, 11, 13 or 15",
            SegmentUse.Code when segment.Type is 9 or 11 && segment.Dpl != cpl => $"the DPL of {name} must be the CPL, which is {cpl}",
            SegmentUse.Code when segment.Dpl > cpl => $"the DPL of {name} must not be above the CPL, which is {cpl}",
            SegmentUse.Code when (flags & SegmentBits.Long) != 0 && !isLong => $"L of {name} needs long mode (efer.LMA)",
            SegmentUse.Code when (flags & SegmentBits.Long) != 0 && (flags & SegmentBits.Default32) != 0 => $"{name} cannot have both L and DB",
            SegmentUse.Stack when segment.Type is not (3 or 7) => $"{type} it takes writable data that was accessed, 3 or 7",
            SegmentUse.Stack when segment.Dpl != cpl => $"the DPL of {name} is the CPL, and changes only with the code that runs",
            SegmentUse.Data when (segment.Type & 1) == 0 || segment.Type is 9 or 13 =>
                $"{type} it takes data, or code that can be read, that was accessed: an odd number other than 9 and 13",
            SegmentUse.LocalTable when segment.Type != 2 => $"{type} it takes an LDT, 2",
            SegmentUse.Task when segment.Type != 11 && !(segment.Type == 3 && !isLong) => $"{type} it takes a busy TSS, 11",
            _ => null,
        };
    }

    private static string? RefuseLimit(string name, in Segment segment)
    {
        bool granular = (segment.Flags & SegmentBits.Granular) != 0;
        return (segment.Flags & SegmentBits.Unusable) != 0 ? null
            : granular && (segment.Limit & 0xfff) != 0xfff ? $"{name}_limit must end in fffh while G of {name}_attr is set"
            : !granular && segment.Limit > LargestByteLimit ? $"{name}_limit must be at most fffffh while G of {name}_attr is clear"
            : null;
    }
}
