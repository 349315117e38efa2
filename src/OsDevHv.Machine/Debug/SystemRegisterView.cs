using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>Segment, descriptor-table and control registers between the engine's form and the debugger's.</summary>
internal static class SystemRegisterView
{
    /// <summary>Fills the group but for what is an MSR.</summary>
    public static void Read(in SystemRegisters from, RegisterFile to)
    {
        ReadOnlySpan<Segment> segments = [from.Cs, from.Ss, from.Ds, from.Es, from.Fs, from.Gs, from.Ldt, from.Tr];
        for (int index = 0; index < segments.Length; index++)
        {
            to.Selectors[index] = segments[index].Selector;
            to.Segments[index] = SegmentRules.Show(segments[index]);
        }
        (to.FsBase, to.GsBase) = (from.Fs.Base, from.Gs.Base);
        (to.GdtBase, to.GdtLimit, to.IdtBase, to.IdtLimit) = (from.Gdt.Base, from.Gdt.Limit, from.Idt.Base, from.Idt.Limit);
        (to.Cr0, to.Cr2, to.Cr3, to.Cr4, to.Cr8, to.Efer) = (from.Cr0, from.Cr2, from.Cr3, from.Cr4, from.Cr8, from.Efer);
    }

    /// <summary>
    /// Takes the group over, but for what is an MSR. A selector that was written loads its descriptor; a base, limit or attribute that was
    /// written stays as written. False with an error in words.
    /// </summary>
    public static bool TryWrite(in AddressContext cpu, RegisterFile from, ref SystemRegisters system, out string? error)
    {
        SystemRegisters before = system;
        SystemRegisters to = system;
        (to.Cr0, to.Cr2, to.Cr3, to.Cr4, to.Cr8) = (from.Cr0, from.Cr2, from.Cr3, from.Cr4, from.Cr8);
        to.Gdt = new DescriptorTable(from.GdtBase, from.GdtLimit);
        to.Idt = new DescriptorTable(from.IdtBase, from.IdtLimit);

        // LMA follows LME and PG unless it was written itself, which is then refused.
        bool activeWritten = ((from.Efer ^ before.Efer) & ControlBits.EferLma) != 0;
        to.Efer = activeWritten ? from.Efer : RegisterRules.WithActiveMode(from.Efer, from.Cr0);

        // Descriptors are looked up in the tables as they were: a debugger writes one register at a time.
        error = null;
        if (!TryWriteSegment(0, cpu, from, ref to.Cs, out error)
            || !TryWriteSegment(1, cpu, from, ref to.Ss, out error)
            || !TryWriteSegment(2, cpu, from, ref to.Ds, out error)
            || !TryWriteSegment(3, cpu, from, ref to.Es, out error)
            || !TryWriteSegment(4, cpu, from, ref to.Fs, out error)
            || !TryWriteSegment(5, cpu, from, ref to.Gs, out error)
            || !TryWriteSegment(6, cpu, from, ref to.Ldt, out error)
            || !TryWriteSegment(7, cpu, from, ref to.Tr, out error))
        {
            return false;
        }
        to.Fs = from.FsBase != before.Fs.Base ? to.Fs with { Base = from.FsBase } : to.Fs;
        to.Gs = from.GsBase != before.Gs.Base ? to.Gs with { Base = from.GsBase } : to.Gs;
        error = RegisterRules.RefuseSystem(before, to);
        system = error is null ? to : before;
        return error is null;
    }

    private static bool TryWriteSegment(int index, in AddressContext cpu, RegisterFile from, ref Segment segment, out string? error)
    {
        SegmentCache shown = SegmentRules.Show(segment);
        SegmentCache wanted = from.Segments[index];
        if (from.Selectors[index] != segment.Selector
            && !SegmentLoader.TryLoadFor(SegmentRules.Registers[index].Use, cpu, from.Selectors[index], ref segment, out error))
        {
            return false;
        }
        error = null;
        if (wanted == shown)
        {
            return true;
        }
        // Only what differs from before was written; the rest is the new descriptor's.
        SegmentCache loaded = SegmentRules.Show(segment);
        wanted = new SegmentCache(
            wanted.Base != shown.Base ? wanted.Base : loaded.Base,
            wanted.Limit != shown.Limit ? wanted.Limit : loaded.Limit,
            wanted.Attributes != shown.Attributes ? wanted.Attributes : loaded.Attributes);
        return SegmentRules.TryChange(index, cpu, wanted, ref segment, out error);
    }
}
