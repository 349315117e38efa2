using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// Where a linear address is mapped, and what may be done there by the page tables alone (not CR0.WP, SMEP, SMAP or keys).
/// </summary>
/// <param name="PhysicalAddress">The guest-physical address of the byte; not necessarily RAM.</param>
/// <param name="PageSize">Bytes of the page that holds it: 4 KiB, 2 MiB, 4 MiB or 1 GiB. 4 KiB where paging is off.</param>
/// <param name="Writable">Every level allows writes.</param>
/// <param name="User">Every level allows user-mode accesses.</param>
/// <param name="Executable">No level forbids execution.</param>
public readonly record struct Translation(ulong PhysicalAddress, ulong PageSize, bool Writable, bool User, bool Executable);

/// <summary>The paging modes (Intel SDM vol. 3A, 4.1.1).</summary>
public enum PagingMode
{
    /// <summary>CR0.PG = 0.</summary>
    Off,

    /// <summary>CR0.PG = 1, CR4.PAE = 0.</summary>
    ThirtyTwoBit,

    /// <summary>CR4.PAE = 1, EFER.LMA = 0.</summary>
    Pae,

    /// <summary>EFER.LMA = 1, CR4.LA57 = 0.</summary>
    FourLevel,

    /// <summary>EFER.LMA = 1, CR4.LA57 = 1.</summary>
    FiveLevel,
}

/// <summary>How a walk of the page tables ended.</summary>
public enum PageWalkEnd
{
    /// <summary>At a page.</summary>
    Mapped,

    /// <summary>Before it began: the address is not canonical.</summary>
    NotCanonical,

    /// <summary>At an entry whose present bit is 0.</summary>
    NotPresent,

    /// <summary>At an entry with a reserved bit set.</summary>
    ReservedBit,

    /// <summary>At a table that is not in RAM.</summary>
    TableNotInRam,
}

/// <summary>One entry that a walk came by.</summary>
/// <param name="Level">5 (PML5E), 4 (PML4E), 3 (PDPTE), 2 (PDE) or 1 (PTE).</param>
/// <param name="Address">Guest-physical address of the entry.</param>
/// <param name="Value">The entry; 0 where it could not be read.</param>
public readonly record struct PageWalkStep(int Level, ulong Address, ulong Value);

/// <summary>
/// Translates linear addresses as the processor would (Intel SDM vol. 3A, chapter 4). Sets no accessed or dirty bits, allocates nothing.
/// Any thread that may read <see cref="IGuestMemory"/>. Not modelled: MAXPHYADDR below 52 (such reserved bits), cached PAE PDPTEs,
/// protection keys.
/// </summary>
public static class PageWalk
{
    /// <summary>The most entries that a walk reads.</summary>
    public const int MaxSteps = 5;

    private const ulong Present = 1;
    private const ulong WriteBit = 1 << 1;
    private const ulong UserBit = 1 << 2;
    private const ulong PageSizeBit = 1 << 7;
    private const ulong NoExecute = 1UL << 63;
    internal const ulong AddressBits = 0x000f_ffff_ffff_f000;

    /// <summary>The paging mode that these registers put the CPU in.</summary>
    public static PagingMode ModeOf(in SystemRegisters registers)
    {
        if ((registers.Cr0 & ControlBits.Cr0Pg) == 0)
        {
            return PagingMode.Off;
        }

        if ((registers.Efer & ControlBits.EferLma) != 0)
        {
            return (registers.Cr4 & ControlBits.Cr4La57) != 0 ? PagingMode.FiveLevel : PagingMode.FourLevel;
        }

        return (registers.Cr4 & ControlBits.Cr4Pae) != 0 ? PagingMode.Pae : PagingMode.ThirtyTwoBit;
    }

    /// <summary>Translates <paramref name="linear"/>; false where it is not mapped. Outside long mode only its low 32 bits count.</summary>
    public static bool TryTranslate(IGuestMemory memory, in SystemRegisters registers, ulong linear, out Translation translation) =>
        Walk(memory, registers, linear, [], out _, out translation) == PageWalkEnd.Mapped;

    /// <summary>Guest-physical address of a linear one; null where it is not mapped.</summary>
    public static ulong? PhysicalOf(IGuestMemory memory, in SystemRegisters registers, ulong linear) =>
        TryTranslate(memory, registers, linear, out Translation at) ? at.PhysicalAddress : null;

    /// <summary>
    /// Translates <paramref name="linear"/> and records the entries on the way: as many of them as <paramref name="steps"/> has room for
    /// (<see cref="MaxSteps"/> is always enough). The last step is the one where the walk ended.
    /// </summary>
    public static PageWalkEnd Walk(
        IGuestMemory memory,
        in SystemRegisters registers,
        ulong linear,
        Span<PageWalkStep> steps,
        out int stepCount,
        out Translation translation)
    {
        ArgumentNullException.ThrowIfNull(memory);
        stepCount = 0;
        translation = default;
        PagingMode mode = ModeOf(registers);
        if (mode <= PagingMode.Pae)
        {
            linear = (uint)linear;
        }

        if (mode == PagingMode.Off)
        {
            translation = new Translation(linear, 0x1000, true, true, true);
            return PageWalkEnd.Mapped;
        }

        if (!IsCanonical(mode, linear))
        {
            return PageWalkEnd.NotCanonical;
        }

        ulong table = RootOf(mode, registers.Cr3);
        bool noExecuteEnabled = (registers.Efer & ControlBits.EferNxe) != 0;
        bool largePages = mode != PagingMode.ThirtyTwoBit || (registers.Cr4 & ControlBits.Cr4Pse) != 0;
        bool writable = true, user = true, executable = true;
        for (int level = TopLevel(mode); ; level--)
        {
            int shift = Shift(mode, level);
            ulong address = table + (Index(mode, level, shift, linear) * (mode == PagingMode.ThirtyTwoBit ? 4u : 8u));
            bool inRam = TryReadEntry(memory, mode, address, out ulong entry);
            if (stepCount < steps.Length)
            {
                steps[stepCount++] = new PageWalkStep(level, address, entry);
            }

            if (!inRam)
            {
                return PageWalkEnd.TableNotInRam;
            }

            if ((entry & Present) == 0)
            {
                return PageWalkEnd.NotPresent;
            }

            bool isPage = level == 1 || ((entry & PageSizeBit) != 0 && largePages && !IsPaePointer(mode, level));
            if ((entry & ReservedBits(mode, level, isPage, noExecuteEnabled)) != 0)
            {
                return PageWalkEnd.ReservedBit;
            }

            if (!IsPaePointer(mode, level))
            {
                writable &= (entry & WriteBit) != 0;
                user &= (entry & UserBit) != 0;
                executable &= mode == PagingMode.ThirtyTwoBit || (entry & NoExecute) == 0;
            }

            if (isPage)
            {
                ulong size = 1UL << shift;
                translation = new Translation(PageBase(mode, level, entry, size) | (linear & (size - 1)), size, writable, user, executable);
                return PageWalkEnd.Mapped;
            }

            table = entry & AddressBits;
        }
    }

    /// <summary>Whether the bits above the mode's linear width repeat its highest bit; always, outside long mode.</summary>
    public static bool IsCanonical(PagingMode mode, ulong linear)
    {
        int unused = mode switch { PagingMode.FourLevel => 16, PagingMode.FiveLevel => 7, _ => 0 };
        return (ulong)((long)(linear << unused) >> unused) == linear;
    }

    /// <summary>The physical address of the topmost table.</summary>
    internal static ulong RootOf(PagingMode mode, ulong cr3) => mode switch
    {
        PagingMode.ThirtyTwoBit => cr3 & 0xffff_f000,
        PagingMode.Pae => cr3 & 0xffff_ffe0,
        _ => cr3 & AddressBits,
    };

    /// <summary>The level of the tables that CR3 points to.</summary>
    internal static int TopLevel(PagingMode mode) => mode switch
    {
        PagingMode.ThirtyTwoBit => 2,
        PagingMode.Pae => 3,
        PagingMode.FourLevel => 4,
        _ => 5,
    };

    /// <summary>Which bit of a linear address is the lowest of a level's index.</summary>
    internal static int Shift(PagingMode mode, int level) => mode == PagingMode.ThirtyTwoBit ? 2 + (level * 10) : 3 + (level * 9);

    private static ulong Index(PagingMode mode, int level, int shift, ulong linear) =>
        (linear >> shift) & (mode == PagingMode.ThirtyTwoBit ? 0x3ffu : IsPaePointer(mode, level) ? 3u : 0x1ffu);

    /// <summary>PDPTEs of PAE paging have neither a page size nor permissions.</summary>
    internal static bool IsPaePointer(PagingMode mode, int level) => mode == PagingMode.Pae && level == 3;

    private static bool TryReadEntry(IGuestMemory memory, PagingMode mode, ulong address, out ulong entry)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes = mode == PagingMode.ThirtyTwoBit ? bytes[..4] : bytes;
        if (!memory.TryRead(address, bytes))
        {
            entry = 0;
            return false;
        }

        entry = bytes.Length == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return true;
    }

    /// <summary>
    /// Bits that must be 0 in a present entry (tables 4-4 to 4-20). Bits 62:52 are ignored in long mode and reserved in PAE.
    /// </summary>
    internal static ulong ReservedBits(PagingMode mode, int level, bool isPage, bool noExecuteEnabled)
    {
        if (mode == PagingMode.ThirtyTwoBit)
        {
            return isPage && level == 2 ? 1UL << 21 : 0;
        }

        ulong reserved = noExecuteEnabled && !IsPaePointer(mode, level) ? 0 : NoExecute;
        if (mode == PagingMode.Pae)
        {
            reserved |= 0x7ff0_0000_0000_0000;
            if (level == 3)
            {
                reserved |= 0b1_1110_0110;
            }
        }

        if (level >= 4)
        {
            reserved |= PageSizeBit;
        }

        // Between bit 12 (PAT) and the page's own size.
        return isPage && level is 2 or 3 ? reserved | ((1UL << Shift(mode, level)) - 0x2000) : reserved;
    }

    /// <summary>The physical address of the page that an entry maps.</summary>
    internal static ulong PageBase(PagingMode mode, int level, ulong entry, ulong size)
    {
        if (mode == PagingMode.ThirtyTwoBit && level == 2)
        {
            // PSE-36: bits 20:13 are bits 39:32 of the address.
            return (entry & 0xffc0_0000) | ((entry >> 13 & 0xff) << 32);
        }

        return entry & AddressBits & ~(size - 1);
    }
}
