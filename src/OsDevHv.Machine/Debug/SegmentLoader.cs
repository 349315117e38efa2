using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>Loads a segment register as a MOV to it would (Intel SDM vol. 3A, 3.4), for a debugger that writes a selector.</summary>
internal static class SegmentLoader
{
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
        bool local = (selector & 4) != 0;
        ulong tableBase = local ? system.Ldt.Base : system.Gdt.Base;
        uint tableLimit = local ? system.Ldt.Limit : system.Gdt.Limit;
        uint index = (uint)(selector & ~7);
        if (index + 7 > tableLimit)
        {
            error = $"selector {selector:x}h is beyond the limit {tableLimit:x}h of the {(local ? "LDT" : "GDT")}";
            return false;
        }
        Span<byte> raw = stackalloc byte[8];
        if (!TryReadLinear(memory, system, unchecked(tableBase + index), raw))
        {
            error = $"the descriptor of selector {selector:x}h is not in mapped memory";
            return false;
        }
        loaded = Decode(BinaryPrimitives.ReadUInt64LittleEndian(raw), selector);
        if ((loaded.Flags & (SegmentBits.Present | SegmentBits.CodeOrData)) != (SegmentBits.Present | SegmentBits.CodeOrData))
        {
            error = $"selector {selector:x}h is not a present code or data segment";
            return false;
        }
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
