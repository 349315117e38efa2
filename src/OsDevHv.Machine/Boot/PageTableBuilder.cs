using System.Runtime.InteropServices;

namespace OsDevHv.Machine.Boot;

/// <summary>What may be done with a mapped page beside reading it in supervisor mode, and how it is cached.</summary>
[Flags]
internal enum PageAccess
{
    Read = 0,
    Write = 1,
    Execute = 2,
    WriteExecute = Write | Execute,

    /// <summary>Entry 5 of the page attribute table, where write-combining is commonly put; entry 0 otherwise.</summary>
    WriteCombining = 4,
}

/// <summary>
/// Four- or five-level page tables (Intel SDM vol. 3A, 4.5) for entering a kernel in long mode: everything mapped is supervisor. Pages are
/// 2 MiB where they can be, 4 KiB elsewhere; 1 GiB pages are not used, since not every CPU has them. Pages that may not be executed need
/// EFER.NXE.
/// </summary>
internal sealed class PageTableBuilder(int levels = 4)
{
    public const ulong PageBytes = 0x1000;
    private const ulong LargePageBytes = 0x20_0000;

    private const ulong Present = 1;
    private const ulong Writable = 1 << 1;
    private const ulong WriteThrough = 1 << 3;
    private const ulong AttributeOfSmallPage = 1 << 7;
    private const ulong NotExecutable = 1UL << 63;
    private const ulong LargeBit = 1 << 7;

    // A bit that the processor ignores: the entry's address is an index into _tables until the tables have a place.
    private const ulong TableMark = 1 << 9;
    private const ulong AddressBits = 0x000f_ffff_ffff_f000;

    private readonly List<ulong[]> _tables = [new ulong[512]];

    /// <summary>Bytes of all tables.</summary>
    public ulong Bytes => (ulong)_tables.Count * PageBytes;

    /// <summary>Maps [0, <paramref name="end"/>) to itself, rounded up to 2 MiB.</summary>
    public void MapIdentity(ulong end)
    {
        for (ulong address = 0; address < end; address += LargePageBytes)
        {
            SetLarge(address, address, Bits(PageAccess.WriteExecute));
        }
    }

    /// <summary>
    /// Maps whole pages around a range, replacing what was there. Both addresses are at the same place in a page.
    /// </summary>
    public void Map(ulong linear, ulong physical, ulong length, PageAccess access = PageAccess.WriteExecute)
    {
        ulong before = linear % PageBytes;
        ulong remaining = (length + before + PageBytes - 1) / PageBytes * PageBytes;
        linear -= before;
        physical -= before;
        ulong bits = Bits(access);
        bool mayBeLarge = (access & PageAccess.WriteCombining) == 0;
        while (remaining > 0)
        {
            bool large = mayBeLarge && linear % LargePageBytes == 0 && physical % LargePageBytes == 0 && remaining >= LargePageBytes;
            if (large)
            {
                SetLarge(linear, physical, bits);
            }
            else
            {
                TableAt(linear, 1)[Index(linear, 1)] = physical | bits;
            }

            ulong step = large ? LargePageBytes : PageBytes;
            linear += step;
            physical += step;
            remaining -= step;
        }
    }

    /// <summary>Writes the tables to <paramref name="address"/>, page-aligned, which is then CR3.</summary>
    public void Write(BootMemory memory, ulong address)
    {
        for (int index = 0; index < _tables.Count; index++)
        {
            ulong[] table = Array.ConvertAll(_tables[index], entry => (entry & TableMark) != 0 ? entry - TableMark + address : entry);
            memory.Write(address + ((ulong)index * PageBytes), MemoryMarshal.AsBytes<ulong>(table));
        }
    }

    private static ulong Bits(PageAccess access) => Present
        | ((access & PageAccess.Write) != 0 ? Writable : 0)
        | ((access & PageAccess.Execute) != 0 ? 0 : NotExecutable)
        | ((access & PageAccess.WriteCombining) != 0 ? AttributeOfSmallPage | WriteThrough : 0);

    private static int Index(ulong linear, int level) => (int)((linear >> (3 + (level * 9))) & 0x1ff);

    private void SetLarge(ulong linear, ulong physical, ulong bits) => TableAt(linear, 2)[Index(linear, 2)] = physical | bits | LargeBit;

    /// <summary>The table of <paramref name="level"/> (1 holds 4 KiB pages) that covers an address, made when there is none.</summary>
    private ulong[] TableAt(ulong linear, int level)
    {
        ulong[] table = _tables[0];
        for (int upper = levels; upper > level; upper--)
        {
            ref ulong entry = ref table[Index(linear, upper)];
            if ((entry & TableMark) == 0)
            {
                ulong[] lower = new ulong[512];
                if ((entry & LargeBit) != 0)
                {
                    ulong start = entry & AddressBits;
                    ulong bits = entry & ~AddressBits & ~LargeBit;
                    for (int page = 0; page < lower.Length; page++)
                    {
                        lower[page] = (start + ((ulong)page * PageBytes)) | bits;
                    }
                }

                _tables.Add(lower);
                entry = ((ulong)(_tables.Count - 1) * PageBytes) | TableMark | Present | Writable;
            }

            table = _tables[(int)((entry & AddressBits) / PageBytes)];
        }

        return table;
    }
}
