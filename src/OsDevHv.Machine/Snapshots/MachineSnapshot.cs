using OsDevHv.Kvm;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Snapshots;

/// <summary>
/// All of a machine at one moment: CPUs, devices, time and memory. Any number of machines start from it or go back to it, each with a copy
/// of its own, of which only what is written to takes memory.
/// </summary>
/// <remarks>Immutable; any thread. Machines that were started from it go on when it is disposed of.</remarks>
public sealed class MachineSnapshot : IDisposable
{
    internal MachineSnapshot(SnapshotShape shape, RamImage memory, ReadOnlyMemory<byte> state, BootedImage image)
    {
        Shape = shape;
        Memory = memory;
        State = state;
        Image = image;
    }

    /// <summary>The machine's time at that moment, since power-on.</summary>
    public TimeSpan Time => TimeSpan.FromTicks(Shape.Time / TimeSpan.NanosecondsPerTick);

    /// <summary>The bytes of memory that are not zero.</summary>
    public long MemoryBytes => Memory.PageCount * (long)GuestRam.PageSize;

    /// <summary>What a host must have to take it, in words.</summary>
    public string Needs => Shape.Needs;

    /// <summary>What a machine must be like to take it.</summary>
    internal SnapshotShape Shape { get; }

    internal RamImage Memory { get; }

    /// <summary>What CPUs and devices hold.</summary>
    internal ReadOnlyMemory<byte> State { get; }

    /// <summary>The kernel that was booted.</summary>
    internal BootedImage Image { get; }

    /// <summary>What has the kernel's symbols in place of its file; null where that file has them.</summary>
    internal KernelCopy? Symbols { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Memory.Dispose();
}
