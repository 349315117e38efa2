using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>Ranges of linear addresses that page tables map alike, or alike not at all.</summary>
internal static class LinearRegions
{
    /// <summary>
    /// How many pages or gaps are looked at in each direction: a machine's memory in large pages, or 256 MiB in small ones.
    /// </summary>
    private const int MostPieces = 0x10000;

    /// <summary>What is mapped around an address; whether there is RAM behind it is not asked.</summary>
    public static MemoryRegion Find(IGuestMemory memory, in SystemRegisters registers, ulong address)
    {
        PagingMode mode = PageWalk.ModeOf(registers);
        if (mode <= PagingMode.Pae && address > uint.MaxValue)
        {
            return new MemoryRegion(1UL << 32, ulong.MaxValue, MemoryAccess.None);
        }

        if (mode == PagingMode.Off)
        {
            return new MemoryRegion(0, uint.MaxValue, MemoryAccess.Read | MemoryAccess.Write | MemoryAccess.Execute);
        }

        ulong end = mode == PagingMode.Pae || mode == PagingMode.ThirtyTwoBit ? uint.MaxValue : ulong.MaxValue;
        MemoryRegion region = PieceAt(memory, registers, mode, address);
        for (int pieces = 0; pieces < MostPieces && region.Last < end; pieces++)
        {
            MemoryRegion next = PieceAt(memory, registers, mode, region.Last + 1);
            if (next.Access != region.Access)
            {
                break;
            }

            region = region with { Last = next.Last };
        }

        for (int pieces = 0; pieces < MostPieces && region.Start > 0; pieces++)
        {
            MemoryRegion before = PieceAt(memory, registers, mode, region.Start - 1);
            if (before.Access != region.Access)
            {
                break;
            }

            region = region with { Start = before.Start };
        }

        return region;
    }

    /// <summary>The page, or the whole reach of the entry that maps nothing, at an address.</summary>
    private static MemoryRegion PieceAt(IGuestMemory memory, in SystemRegisters registers, PagingMode mode, ulong address)
    {
        Span<PageWalkStep> steps = stackalloc PageWalkStep[PageWalk.MaxSteps];
        PageWalkEnd end = PageWalk.Walk(memory, registers, address, steps, out int count, out Translation page);
        if (end == PageWalkEnd.NotCanonical)
        {
            ulong half = 1UL << (mode == PagingMode.FiveLevel ? 56 : 47);
            return new MemoryRegion(half, unchecked(0 - half - 1), MemoryAccess.None);
        }

        ulong size = end == PageWalkEnd.Mapped ? page.PageSize : 1UL << PageWalk.Shift(mode, steps[count - 1].Level);
        MemoryAccess access = end != PageWalkEnd.Mapped
            ? MemoryAccess.None
            : MemoryAccess.Read | (page.Writable ? MemoryAccess.Write : 0) | (page.Executable ? MemoryAccess.Execute : 0);
        return new MemoryRegion(address & ~(size - 1), address | (size - 1), access);
    }
}
