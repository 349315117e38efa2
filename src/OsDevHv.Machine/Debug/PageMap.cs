using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>A range of linear addresses that the page tables map alike.</summary>
/// <param name="First">First address.</param>
/// <param name="Last">Last address, in the range.</param>
/// <param name="Physical">Where the first byte is.</param>
/// <param name="IsContiguous">The physical addresses follow each other.</param>
/// <param name="Writable">Every level allows writes.</param>
/// <param name="User">Every level allows user-mode accesses.</param>
/// <param name="Executable">No level forbids execution.</param>
/// <param name="PageSizes">The sizes of its pages, in bytes, ORed.</param>
internal readonly record struct MappedRange(
    ulong First, ulong Last, ulong Physical, bool IsContiguous, bool Writable, bool User, bool Executable, ulong PageSizes)
{
    /// <summary>Bytes; 0 stands for 2^64.</summary>
    public ulong Length => unchecked(Last - First + 1);

    /// <summary>Whether accesses are allowed alike.</summary>
    public bool AllowsAs(in MappedRange other) =>
        (Writable, User, Executable) == (other.Writable, other.User, other.Executable);
}

/// <summary>
/// Lists what an address space maps. Guests can make tables that map more than anyone can list (tables that hold themselves, or all of
/// whose entries are one table), so the number of tables that are read is bounded. Sets no accessed or dirty bits.
/// </summary>
/// <remarks>Any thread that may read the memory.</remarks>
internal sealed class PageMap
{
    /// <summary>How many tables one listing reads, about 64 MiB.</summary>
    public const int MostTables = 1 << 14;

    private readonly IGuestMemory _memory;
    private readonly SystemRegisters _registers;
    private readonly PagingMode _mode;
    private readonly List<MappedRange> _found = [];
    private ulong _first;
    private ulong _last;
    private int _most;
    private int _tablesLeft;
    private bool _splitsScattered;

    private PageMap(IGuestMemory memory, in SystemRegisters registers)
    {
        _memory = memory;
        _registers = registers;
        _mode = PageWalk.ModeOf(registers);
    }

    /// <summary>Where the listing stopped because one of its bounds was reached; null where it is whole.</summary>
    public ulong? StoppedAt { get; private set; }

    /// <summary>The ranges, ascending.</summary>
    public IReadOnlyList<MappedRange> Ranges => _found;

    /// <summary>Lists the ranges that are mapped alike, whatever their physical addresses.</summary>
    /// <param name="memory">Holds the tables.</param>
    /// <param name="registers">Whose address space; paging is on.</param>
    /// <param name="first">First address of interest.</param>
    /// <param name="last">Last address of interest.</param>
    /// <param name="most">How many ranges to list.</param>
    public static PageMap List(IGuestMemory memory, in SystemRegisters registers, ulong first, ulong last, int most) =>
        Collect(new PageMap(memory, registers), first, last, most);

    /// <summary>Lists the ranges whose physical addresses follow each other, whatever is allowed in them.</summary>
    /// <param name="memory">Holds the tables.</param>
    /// <param name="registers">Whose address space; paging is on.</param>
    /// <param name="most">How many ranges to list.</param>
    public static PageMap ListContiguous(IGuestMemory memory, in SystemRegisters registers, int most) =>
        Collect(new PageMap(memory, registers) { _splitsScattered = true }, 0, ulong.MaxValue, most);

    private static PageMap Collect(PageMap map, ulong first, ulong last, int most)
    {
        map._first = first;
        map._last = last;
        map._most = most;
        map._tablesLeft = MostTables;
        var whole = new MappedRange(0, 0, 0, true, true, true, true, 0);
        map.Descend(PageWalk.RootOf(map._mode, map._registers.Cr3), PageWalk.TopLevel(map._mode), 0, whole);
        return map;
    }

    /// <summary>Goes through a table; false when a bound was reached.</summary>
    private bool Descend(ulong table, int level, ulong linear, in MappedRange above)
    {
        if (_tablesLeft-- == 0)
        {
            StoppedAt = Math.Max(linear, _first);
            return false;
        }
        int shift = PageWalk.Shift(_mode, level);
        int entryBytes = _mode == PagingMode.ThirtyTwoBit ? 4 : 8;
        int count = _mode == PagingMode.ThirtyTwoBit ? 1024 : PageWalk.IsPaePointer(_mode, level) ? 4 : 512;
        byte[] entries = new byte[count * entryBytes];
        if (!_memory.TryRead(table, entries))
        {
            return true;
        }
        for (int index = 0; index < count; index++)
        {
            ulong value = entryBytes == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(entries.AsSpan(index * 4))
                : BinaryPrimitives.ReadUInt64LittleEndian(entries.AsSpan(index * 8));
            ulong at = Canonical(linear | ((ulong)index << shift));
            ulong end = at + ((1UL << shift) - 1);
            if ((value & 1) != 0 && end >= _first && at <= _last && !Enter(value, level, at, above))
            {
                return false;
            }
        }
        return true;
    }

    private bool Enter(ulong value, int level, ulong linear, in MappedRange above)
    {
        bool isPointer = PageWalk.IsPaePointer(_mode, level);
        bool largePages = _mode != PagingMode.ThirtyTwoBit || (_registers.Cr4 & ControlBits.Cr4Pse) != 0;
        bool isPage = level == 1 || ((value & 0x80) != 0 && largePages && !isPointer);
        bool noExecute = (_registers.Efer & ControlBits.EferNxe) != 0;
        if ((value & PageWalk.ReservedBits(_mode, level, isPage, noExecute)) != 0)
        {
            return true;
        }
        MappedRange here = isPointer ? above : above with
        {
            Writable = above.Writable && (value & 2) != 0,
            User = above.User && (value & 4) != 0,
            Executable = above.Executable && (_mode == PagingMode.ThirtyTwoBit || value >> 63 == 0),
        };
        if (!isPage)
        {
            return Descend(value & PageWalk.AddressBits, level - 1, linear, here);
        }
        ulong size = 1UL << PageWalk.Shift(_mode, level);
        ulong physical = PageWalk.PageBase(_mode, level, value, size);
        return Add(here with { First = linear, Last = linear + (size - 1), Physical = physical, PageSizes = size });
    }

    private bool Add(in MappedRange page)
    {
        if (_found.Count > 0 && _found[^1] is var last && last.Last + 1 == page.First && page.First != 0)
        {
            bool follows = last.IsContiguous && unchecked(last.Physical + last.Length) == page.Physical;
            if (_splitsScattered ? follows : last.AllowsAs(page))
            {
                _found[^1] = last with { Last = page.Last, IsContiguous = follows, PageSizes = last.PageSizes | page.PageSizes };
                return true;
            }
        }
        if (_found.Count == _most)
        {
            StoppedAt = page.First;
            return false;
        }
        _found.Add(page);
        return true;
    }

    private ulong Canonical(ulong linear) => _mode switch
    {
        PagingMode.FourLevel => (ulong)((long)(linear << 16) >> 16),
        PagingMode.FiveLevel => (ulong)((long)(linear << 7) >> 7),
        _ => linear,
    };
}
