using OsDevHv.Gdb;

namespace OsDevHv.Machine.Debug;

/// <content>Where the kernel is, what is mapped, and memory by guest-physical addresses.</content>
internal sealed partial class MachineDebugTarget
{
    private const int PageSize = 4096;

    /// <inheritdoc/>
    public bool InterruptsInSteps
    {
        get => _controller.InterruptsInSteps;
        set => _controller.InterruptsInSteps = value;
    }

    /// <inheritdoc/>
    public int ReadPhysicalMemory(ulong address, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            ulong at = unchecked(address + (ulong)done);
            int length = Math.Min(destination.Length - done, PageSize - (int)(at % PageSize));
            if (at < address || !_parts.Memory.TryRead(at, destination.Slice(done, length)))
            {
                break;
            }
            done += length;
        }
        return done;
    }

    /// <inheritdoc/>
    public bool TryWritePhysicalMemory(ulong address, ReadOnlySpan<byte> source, out string? error)
    {
        if (!TryFindStopped(0, out _, out error))
        {
            return false;
        }
        error = _parts.Memory.TryWrite(address, source) ? null : $"not all of physical {address:x}h and the {source.Length} bytes from there is RAM";
        return error is null;
    }

    /// <inheritdoc/>
    public MemoryRegion FindMemoryRegion(int vcpu, ulong address) =>
        TryFindStopped(vcpu, out _, out _) ? _spaces.FindRegion(vcpu, address) : new MemoryRegion(address, address, MemoryAccess.None);

    /// <inheritdoc/>
    public KernelImage? FindKernel() => _parts.FindKernel(ReadMemoryOf);

    private int ReadMemoryOf(int vcpu, ulong address, byte[] destination) => ReadMemory(vcpu, address, destination);
}
