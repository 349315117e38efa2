using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// Why a processor does not take a combination of registers (Intel SDM vol. 3A, 2.5 and 2.6, and the #GP conditions of MOV to CR, WRMSR and
/// XSETBV). Each answers in words, or with null when there is nothing against it.
/// </summary>
internal static class RegisterRules
{
    private const ulong Cr0NotWriteThrough = 1 << 29;
    private const ulong Cr0CacheDisable = 1 << 30;
    private const ulong Cr4Pcide = 1 << 17;
    private const ulong ReservedFlags = 0xffff_ffff_ffc0_8028;

    private static readonly string[] Cr4Bits =
    [
        "VME", "PVI", "TSD", "DE", "PSE", "PAE", "MCE", "PGE", "PCE", "OSFXSR", "OSXMMEXCPT", "UMIP", "LA57", "VMXE", "SMXE", "bit 15",
        "FSGSBASE", "PCIDE", "OSXSAVE", "KL", "SMEP", "SMAP", "PKE", "CET", "PKS", "UINTR",
    ];

    /// <summary>Whether an address is canonical for the paging that is on: 57 bits with CR4.LA57, else 48.</summary>
    public static bool IsCanonical(in SystemRegisters system, ulong address)
    {
        int bits = (system.Cr4 & ControlBits.Cr4La57) != 0 ? 57 : 48;
        long upper = (long)address >> (bits - 1);
        return upper is 0 or -1;
    }

    /// <summary>RFLAGS and RIP.</summary>
    public static string? RefuseGeneral(in GeneralRegisters before, in GeneralRegisters after, in SystemRegisters system)
    {
        if ((after.Rflags & ReservedFlags) != 0)
        {
            return $"eflags has reserved bits set: {after.Rflags & ReservedFlags:x}h";
        }
        if (((before.Rflags ^ after.Rflags) & ControlBits.RflagsVm) != 0)
        {
            return "VM of eflags cannot be written: only IRET and a task switch enter virtual-8086 mode, and only an interrupt leaves it";
        }
        if (after.Rip == before.Rip)
        {
            return null;
        }
        return CpuMode.Is64Bit(system)
            ? IsCanonical(system, after.Rip) ? null : $"rip must be a canonical address, {after.Rip:x}h is none"
            : after.Rip > uint.MaxValue ? $"rip has 32 bits outside 64-bit mode, {after.Rip:x}h does not fit"
            : null;
    }

    /// <summary>Control registers, EFER, and the bases of FS, GS and the descriptor tables.</summary>
    public static string? RefuseSystem(in SystemRegisters before, in SystemRegisters after) =>
        RefuseCr0(before, after) ?? RefuseEfer(before, after) ?? RefuseCr4(before, after) ?? RefuseBases(after);

    /// <summary>LMA as the processor keeps it: EFER.LME and CR0.PG.</summary>
    public static ulong WithActiveMode(ulong efer, ulong cr0) =>
        (efer & ControlBits.EferLme) != 0 && (cr0 & ControlBits.Cr0Pg) != 0 ? efer | ControlBits.EferLma : efer & ~ControlBits.EferLma;

    /// <summary>What to say when the engine refuses what no rule above does: something that this processor lacks.</summary>
    public static string NotTaken(in SystemRegisters before, in SystemRegisters after)
    {
        ulong added = after.Cr4 & ~before.Cr4;
        if (added != 0)
        {
            IEnumerable<string> names = Enumerable.Range(0, 64).Where(bit => (added >> bit & 1) != 0)
                .Select(static bit => bit < Cr4Bits.Length ? Cr4Bits[bit] : $"bit {bit}");
            return $"the processor does not take {string.Join(' ', names)} in cr4: it has no such feature";
        }
        return before.Cr3 != after.Cr3 ? $"the processor does not take {after.Cr3:x}h in cr3: it has reserved bits set"
            : before.Efer != after.Efer ? $"the processor does not take {after.Efer:x}h in efer: it has reserved bits set"
            : "the processor does not take this combination of control and segment registers";
    }

    /// <summary>DR0 to DR3, DR6 and DR7, in that order.</summary>
    public static string? RefuseDebug(ReadOnlySpan<ulong> registers) =>
        registers[4] > uint.MaxValue ? $"the upper half of dr6 must be 0, {registers[4]:x}h has bits there"
        : registers[5] > uint.MaxValue ? $"the upper half of dr7 must be 0, {registers[5]:x}h has bits there"
        : null;

    /// <summary>XCR0 (SDM vol. 1, 13.3).</summary>
    public static string? RefuseXcr0(ulong value, ulong supported)
    {
        const ulong x87 = 1, sse = 2, avx = 4, avx512 = 0xe0, bounds = 0x18, tiles = 0x6_0000;
        return (value & x87) == 0 ? "xcr0 must have X87 set"
            : (value & avx) != 0 && (value & sse) == 0 ? "AVX of xcr0 needs SSE"
            : (value & avx512) is not (0 or avx512) ? "OPMASK, ZMM_HI256 and HI16_ZMM of xcr0 go together"
            : (value & avx512) != 0 && (value & avx) == 0 ? "OPMASK, ZMM_HI256 and HI16_ZMM of xcr0 need AVX"
            : (value & bounds) is not (0 or bounds) ? "BNDREG and BNDCSR of xcr0 go together"
            : (value & tiles) is not (0 or tiles) ? "TILECFG and TILEDATA of xcr0 go together"
            : (value & ~supported) != 0 ? $"the processor has none of the state {value & ~supported:x}h in xcr0"
            : null;
    }

    private static string? RefuseCr0(in SystemRegisters before, in SystemRegisters after)
    {
        ulong cr0 = after.Cr0;
        bool pagingChanges = ((before.Cr0 ^ cr0) & ControlBits.Cr0Pg) != 0;
        bool paging = (cr0 & ControlBits.Cr0Pg) != 0;
        if (cr0 == before.Cr0)
        {
            return null;
        }
        if (cr0 > uint.MaxValue)
        {
            return "the upper half of cr0 must be 0";
        }
        if (paging && (cr0 & ControlBits.Cr0Pe) == 0)
        {
            return "PG of cr0 needs PE: there is no paging in real mode";
        }
        if ((cr0 & Cr0NotWriteThrough) != 0 && (cr0 & Cr0CacheDisable) == 0)
        {
            return "NW of cr0 needs CD";
        }
        if (pagingChanges && !paging && CpuMode.Is64Bit(before))
        {
            return "paging cannot be turned off in 64-bit mode: cs must be a segment without L first";
        }
        if (pagingChanges && !paging && (after.Cr4 & Cr4Pcide) != 0)
        {
            return "paging cannot be turned off while PCIDE of cr4 is set";
        }
        return pagingChanges && paging && (after.Efer & ControlBits.EferLme) != 0 && (after.Cs.Flags & SegmentBits.Long) != 0
            ? "paging cannot be turned on for long mode while L of cs is set"
            : null;
    }

    private static string? RefuseEfer(in SystemRegisters before, in SystemRegisters after)
    {
        bool paging = (after.Cr0 & ControlBits.Cr0Pg) != 0;
        if (((before.Efer ^ after.Efer) & ControlBits.EferLme) != 0 && (before.Cr0 & ControlBits.Cr0Pg) != 0)
        {
            return "LME of efer cannot be changed while paging is on";
        }
        if ((after.Efer & ControlBits.EferLme) != 0 && paging && (after.Cr4 & ControlBits.Cr4Pae) == 0)
        {
            return "long mode (LME of efer, PG of cr0) needs PAE of cr4";
        }
        return WithActiveMode(after.Efer, after.Cr0) != after.Efer
            ? "LMA of efer is the processor's own: it is set while LME and PG of cr0 are"
            : null;
    }

    private static string? RefuseCr4(in SystemRegisters before, in SystemRegisters after)
    {
        bool isLong = (after.Efer & ControlBits.EferLma) != 0;
        if (isLong && (before.Efer & ControlBits.EferLma) != 0 && ((before.Cr4 ^ after.Cr4) & ControlBits.Cr4La57) != 0)
        {
            return "LA57 of cr4 cannot be changed in long mode";
        }
        if ((after.Cr4 & ~before.Cr4 & Cr4Pcide) == 0)
        {
            return null;
        }
        return !isLong ? "PCIDE of cr4 needs long mode"
            : (after.Cr3 & 0xfff) != 0 ? "PCIDE of cr4 cannot be set while bits 11:0 of cr3 are not 0"
            : null;
    }

    private static string? RefuseBases(in SystemRegisters after)
    {
        (string Name, ulong Base)[] bases =
            [("fs_base", after.Fs.Base), ("gs_base", after.Gs.Base), ("gdtr_base", after.Gdt.Base), ("idtr_base", after.Idt.Base)];
        foreach ((string name, ulong value) in bases)
        {
            if (!IsCanonical(after, value))
            {
                return $"{name} must be a canonical address, {value:x}h is none";
            }
        }
        return null;
    }
}
