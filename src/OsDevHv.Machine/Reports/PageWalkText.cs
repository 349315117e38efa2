using OsDevHv.Machine.Debug;

namespace OsDevHv.Machine.Reports;

/// <summary>A page walk in words: every level, and where it ends.</summary>
internal static class PageWalkText
{
    public static string NameOf(PagingMode mode) => mode switch
    {
        PagingMode.Off => "paging off",
        PagingMode.ThirtyTwoBit => "32-bit paging",
        PagingMode.Pae => "PAE paging",
        PagingMode.FourLevel => "4-level paging",
        _ => "5-level paging",
    };

    public static void Write(TextWriter writer, CpuState cpu, string what, ulong linear)
    {
        PagingMode mode = PageWalk.ModeOf(cpu.System);
        if (mode == PagingMode.Off)
        {
            writer.WriteLine($"Walk of {what} 0x{linear:x}: paging is off, the address is physical.");
            return;
        }

        Span<PageWalkStep> steps = stackalloc PageWalkStep[PageWalk.MaxSteps];
        PageWalkEnd end = PageWalk.Walk(cpu.Memory, cpu.System, linear, steps, out int count, out Translation translation);
        writer.WriteLine($"Walk of {what} 0x{linear:x} ({NameOf(mode)}, CR3 0x{cpu.System.Cr3:x}):");
        foreach (PageWalkStep step in steps[..count])
        {
            writer.WriteLine($"  {PageEntryText.NameOf(step.Level),-5} at 0x{step.Address:x} = 0x{step.Value:x}{Bits(mode, step)}");
        }

        writer.WriteLine(end switch
        {
            PageWalkEnd.Mapped => $"  mapped to physical 0x{translation.PhysicalAddress:x}, a page of {PageEntryText.SizeOf(translation.PageSize)}: "
                + $"{(translation.Writable ? "writable" : "read-only")}, {(translation.User ? "user" : "kernel only")}, "
                + $"{(translation.Executable ? "executable" : "not executable")}{NotRam(cpu, translation)}",
            PageWalkEnd.NotCanonical => "  ends at once: the address is not canonical",
            PageWalkEnd.NotPresent => $"  ends here: the {PageEntryText.NameOf(steps[count - 1].Level)} is not present",
            PageWalkEnd.ReservedBit => $"  ends here: the {PageEntryText.NameOf(steps[count - 1].Level)} has a reserved bit set",
            _ => $"  ends here: the table is not in RAM",
        });
    }

    private static string NotRam(CpuState cpu, in Translation translation)
    {
        Span<byte> one = stackalloc byte[1];
        return cpu.Memory.TryRead(translation.PhysicalAddress, one) ? "" : "; there is no RAM";
    }

    private static string Bits(PagingMode mode, in PageWalkStep step)
    {
        if ((step.Value & 1) == 0)
        {
            return "";
        }

        bool isPaePointer = mode == PagingMode.Pae && step.Level == 3;
        return string.Concat(
            " P",
            !isPaePointer && (step.Value & 2) != 0 ? " RW" : "",
            !isPaePointer && (step.Value & 4) != 0 ? " US" : "",
            (step.Value & 0x20) != 0 ? " A" : "",
            (step.Value & 0x40) != 0 ? " D" : "",
            step.Level > 1 && (step.Value & 0x80) != 0 ? " PS" : "",
            mode != PagingMode.ThirtyTwoBit && step.Value >> 63 != 0 ? " NX" : "");
    }
}
