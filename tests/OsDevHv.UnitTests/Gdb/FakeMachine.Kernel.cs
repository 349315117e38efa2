using OsDevHv.Gdb;

namespace OsDevHv.Tests.Gdb;

/// <content>Where the kernel is, what is mapped, and a page of guest-physical memory at <see cref="PhysicalBase"/>.</content>
public sealed partial class FakeMachine
{
    public const ulong PhysicalBase = 0x7000_0000;

    private readonly byte[] physical = new byte[PageSize];

    /// <summary>What <see cref="FindKernel"/> answers.</summary>
    public KernelImage? Kernel { get; set; }

    public bool InterruptsInSteps { get; set; }

    /// <summary>The page of guest-physical memory.</summary>
    public Span<byte> PhysicalMemory => physical;

    public KernelImage? FindKernel() => Kernel;

    public int ReadPhysicalMemory(ulong address, Span<byte> destination)
    {
        Span<byte> memory = address - PhysicalBase < PageSize ? physical.AsSpan((int)(address - PhysicalBase)) : default;
        int length = Math.Min(memory.Length, destination.Length);
        memory[..length].CopyTo(destination);
        return length;
    }

    public bool TryWritePhysicalMemory(ulong address, ReadOnlySpan<byte> source, out string? error)
    {
        bool fits = address - PhysicalBase < PageSize && source.Length <= PageSize - (int)(address - PhysicalBase);
        error = fits ? null : "no RAM";
        if (fits)
        {
            source.CopyTo(physical.AsSpan((int)(address - PhysicalBase)));
        }

        return fits;
    }

    /// <summary>The two pages; the low one is read-only code, the high one is all that there is.</summary>
    public MemoryRegion FindMemoryRegion(int vcpu, ulong address)
    {
        const MemoryAccess all = MemoryAccess.Read | MemoryAccess.Write | MemoryAccess.Execute;
        return address switch
        {
            < LowBase => new(0, LowBase - 1, MemoryAccess.None),
            < LowBase + PageSize => new(LowBase, LowBase + PageSize - 1, MemoryAccess.Read | MemoryAccess.Execute),
            < HighBase => new(LowBase + PageSize, HighBase - 1, MemoryAccess.None),
            < HighBase + PageSize => new(HighBase, HighBase + PageSize - 1, all),
            _ => new(HighBase + PageSize, ulong.MaxValue, MemoryAccess.None),
        };
    }
}
