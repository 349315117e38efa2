using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>What a segment register is for: each takes other descriptors.</summary>
internal enum SegmentUse
{
    /// <summary>CS.</summary>
    Code,

    /// <summary>SS.</summary>
    Stack,

    /// <summary>DS, ES, FS, GS.</summary>
    Data,

    /// <summary>LDTR.</summary>
    LocalTable,

    /// <summary>TR.</summary>
    Task,
}

/// <summary>
/// Loads a segment register as a MOV to it would (Intel SDM vol. 3A, 3.4 and 5.6), for a debugger that writes a selector.
/// </summary>
internal static class SegmentLoader
{
    private const byte AccessedType = 1;
    private const byte WritableType = 2;
    private const byte ConformingType = 4;
    private const byte CodeType = 8;
    private const byte LdtType = 2;
    private const byte BusyBit = 2;
    private const byte Tss32Type = 9;

    /// <summary>
    /// Fills the descriptor cache of a register for <paramref name="selector"/>; false with an error in words, and the cache as it was. The
    /// descriptor in memory stays as it is: it is not marked as accessed or busy.
    /// </summary>
    public static bool TryLoadFor(SegmentUse use, in AddressContext cpu, ushort selector, ref Segment segment, out string? error)
    {
        bool isSystem = use >= SegmentUse.LocalTable;
        if (isSystem && CpuMode.IsRealAddressing(cpu.General, cpu.System))
        {
            error = $"{(use == SegmentUse.Task ? "TR" : "LDTR")} cannot be loaded in real or virtual-8086 mode";
            return false;
        }
        if (isSystem ? !TryLoadSystem(use, cpu, selector, out Segment loaded, out error)
            : !TryLoad(cpu.Memory, cpu.General, cpu.System, selector, segment, out loaded, out error))
        {
            return false;
        }
        if (!isSystem && !CpuMode.IsRealAddressing(cpu.General, cpu.System))
        {
            error = Refuse(use, cpu, loaded);
            loaded = loaded with { Type = (byte)(loaded.Type | AccessedType) };
        }
        segment = error is null ? loaded : segment;
        return error is null;
    }

    /// <summary>Fills the descriptor cache for <paramref name="selector"/>; false with an error in words.</summary>
    public static bool TryLoad(
        IGuestMemory memory, in GeneralRegisters general, in SystemRegisters system, ushort selector, Segment current, out Segment loaded, out string? error)
    {
        error = null;
        if (CpuMode.IsRealAddressing(general, system))
        {
            loaded = current with { Selector = selector, Base = (ulong)selector << 4 };
            return true;
        }
        loaded = default;
        if ((selector & ~3) == 0)
        {
            loaded = new Segment(0, 0, selector, 0, 0, SegmentBits.Unusable);
            return true;
        }
        if (!TryReadDescriptor(new AddressContext(memory, general, system), selector, out loaded, out error))
        {
            return false;
        }
        if ((loaded.Flags & (SegmentBits.Present | SegmentBits.CodeOrData)) != (SegmentBits.Present | SegmentBits.CodeOrData))
        {
            error = $"selector {selector:x}h is not a present code or data segment";
            return false;
        }
        return true;
    }

    private static bool TryLoadSystem(SegmentUse use, in AddressContext cpu, ushort selector, out Segment loaded, out string? error)
    {
        error = null;
        if ((selector & ~3) == 0 && use == SegmentUse.LocalTable)
        {
            loaded = new Segment(0, 0, selector, LdtType, 0, SegmentBits.Unusable);
            return true;
        }
        loaded = default;
        if ((selector & 4) != 0 || (selector & ~3) == 0)
        {
            error = $"selector {selector:x}h is {((selector & 4) != 0 ? "in the LDT; this register takes one of the GDT" : "null; TR takes none such")}";
            return false;
        }
        if (!TryReadDescriptor(cpu, selector, out loaded, out error))
        {
            return false;
        }
        bool isLong = (cpu.System.Efer & ControlBits.EferLma) != 0;
        int type = use == SegmentUse.Task ? loaded.Type & ~BusyBit : loaded.Type;
        bool fits = use == SegmentUse.Task ? type == Tss32Type || (type == (Tss32Type & ~CodeType) && !isLong) : type == LdtType;
        if (!fits || (loaded.Flags & (SegmentBits.Present | SegmentBits.CodeOrData)) != SegmentBits.Present)
        {
            error = $"selector {selector:x}h is not a present {(use == SegmentUse.Task ? "TSS" : "LDT")}";
            return false;
        }
        loaded = use == SegmentUse.Task ? loaded with { Type = (byte)(loaded.Type | BusyBit) } : loaded;
        return true;
    }

    /// <summary>Why a code or data segment cannot be in this register; null when it can (SDM vol. 3A, 5.6 to 5.8).</summary>
    private static string? Refuse(SegmentUse use, in AddressContext cpu, in Segment loaded)
    {
        int cpl = CpuMode.Cpl(cpu.General, cpu.System);
        int rpl = loaded.Selector & 3;
        bool isNull = (loaded.Flags & SegmentBits.Unusable) != 0;
        bool isCode = (loaded.Type & CodeType) != 0;
        bool isConforming = isCode && (loaded.Type & ConformingType) != 0;
        string selector = $"selector {loaded.Selector:x}h";
        const SegmentBits bothSizes = SegmentBits.Long | SegmentBits.Default32;
        switch (use)
        {
            case SegmentUse.Code when isNull:
                return "CS takes no null selector";
            case SegmentUse.Code when !isCode:
                return $"{selector} is a data segment; CS takes code";
            case SegmentUse.Code when rpl != cpl || (isConforming ? loaded.Dpl > cpl : loaded.Dpl != cpl):
                return $"{selector} is for privilege level {(isConforming ? rpl : loaded.Dpl)}, and the CPU is at level {cpl}";
            case SegmentUse.Code when (cpu.System.Efer & ControlBits.EferLma) != 0 && (loaded.Flags & bothSizes) == bothSizes:
                return $"the descriptor of {selector} has L and D set, which long mode does not take";
            case SegmentUse.Stack when isNull:
                return CpuMode.Is64Bit(cpu.System) && cpl < 3 && rpl == cpl ? null : "SS takes a null selector only in 64-bit kernel code";
            case SegmentUse.Stack when isCode || (loaded.Type & WritableType) == 0:
                return $"{selector} is not a writable data segment, as SS needs";
            case SegmentUse.Stack when rpl != cpl || loaded.Dpl != cpl:
                return $"{selector} is for privilege level {loaded.Dpl}, and the CPU is at level {cpl}";
            case SegmentUse.Data when isNull:
                return null;
            case SegmentUse.Data when isCode && (loaded.Type & WritableType) == 0:
                return $"{selector} is code that cannot be read";
            case SegmentUse.Data when !isConforming && loaded.Dpl < Math.Max(cpl, rpl):
                return $"{selector} is for privilege level {loaded.Dpl}, and the CPU is at level {Math.Max(cpl, rpl)}";
            default:
                return null;
        }
    }

    private static bool TryReadDescriptor(in AddressContext cpu, ushort selector, out Segment loaded, out string? error)
    {
        loaded = default;
        SystemRegisters system = cpu.System;
        bool local = (selector & 4) != 0;
        ulong tableBase = local ? system.Ldt.Base : system.Gdt.Base;
        uint tableLimit = local ? system.Ldt.Limit : system.Gdt.Limit;
        uint index = (uint)(selector & ~7);
        string table = local ? "LDT" : "GDT";
        if (local && (system.Ldt.Flags & SegmentBits.Unusable) != 0)
        {
            error = $"selector {selector:x}h is in the LDT, and there is none";
            return false;
        }
        if (index + 7 > tableLimit)
        {
            error = $"selector {selector:x}h is beyond the limit {tableLimit:x}h of the {table}";
            return false;
        }
        Span<byte> raw = stackalloc byte[16];
        raw.Clear();
        if (!TryReadLinear(cpu.Memory, system, unchecked(tableBase + index), raw[..8]))
        {
            error = $"the descriptor of selector {selector:x}h is not in mapped memory";
            return false;
        }
        loaded = Decode(BinaryPrimitives.ReadUInt64LittleEndian(raw), selector);
        error = null;
        if ((loaded.Flags & SegmentBits.CodeOrData) != 0 || (system.Efer & ControlBits.EferLma) == 0)
        {
            return true;
        }
        // In long mode a system descriptor has 16 bytes: the upper half of the base follows.
        if (index + 15 > tableLimit || !TryReadLinear(cpu.Memory, system, unchecked(tableBase + index + 8), raw[8..]))
        {
            error = $"the descriptor of selector {selector:x}h has 16 bytes, which are not all in the {table}";
            return false;
        }
        loaded = loaded with { Base = loaded.Base | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(raw[8..]) << 32) };
        return true;
    }

    private static Segment Decode(ulong descriptor, ushort selector)
    {
        uint limit = (uint)((descriptor & 0xffff) | ((descriptor >> 32) & 0xf0000));
        bool granular = (descriptor & (1UL << 55)) != 0;
        SegmentBits bits = SegmentBits.None;
        bits |= (descriptor & (1UL << 47)) != 0 ? SegmentBits.Present : 0;
        bits |= (descriptor & (1UL << 44)) != 0 ? SegmentBits.CodeOrData : 0;
        bits |= (descriptor & (1UL << 53)) != 0 ? SegmentBits.Long : 0;
        bits |= (descriptor & (1UL << 54)) != 0 ? SegmentBits.Default32 : 0;
        bits |= granular ? SegmentBits.Granular : 0;
        bits |= (descriptor & (1UL << 52)) != 0 ? SegmentBits.Available : 0;
        return new Segment(
            ((descriptor >> 16) & 0xffffff) | ((descriptor >> 32) & 0xff000000),
            granular ? (limit << 12) | 0xfff : limit,
            selector,
            (byte)((descriptor >> 40) & 0xf),
            (byte)((descriptor >> 45) & 3),
            bits);
    }

    private static bool TryReadLinear(IGuestMemory memory, in SystemRegisters system, ulong linear, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            if (!PageWalk.TryTranslate(memory, system, unchecked(linear + (ulong)i), out Translation at)
                || !memory.TryRead(at.PhysicalAddress, destination.Slice(i, 1)))
            {
                return false;
            }
        }
        return true;
    }
}
