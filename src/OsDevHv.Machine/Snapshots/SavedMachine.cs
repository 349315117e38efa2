namespace OsDevHv.Machine.Snapshots;

/// <summary>What a snapshot's file has.</summary>
/// <remarks>Machines that were started from it go on when it is disposed of, but a copy of the kernel's file goes with it.</remarks>
public sealed class SavedMachine : IDisposable
{
    private readonly KernelCopy? _copy;

    internal SavedMachine(MachineSnapshot snapshot, string profile, KernelFile kernel, string? change)
    {
        Snapshot = snapshot;
        Profile = profile;
        Kernel = kernel;
        _copy = snapshot.Symbols;
        Notice = change is null ? null : $"{kernel.Path} {change}; the symbols are those of the copy in the snapshot, {_copy?.File}";
    }

    /// <summary>The machine.</summary>
    public MachineSnapshot Snapshot { get; }

    /// <summary>Its profile, as YAML.</summary>
    public string Profile { get; }

    /// <summary>The file with the symbols of its kernel, as it was.</summary>
    public KernelFile Kernel { get; }

    /// <summary>One line that says that the kernel's file is not what it was, and what serves in its place; null where it is.</summary>
    public string? Notice { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Snapshot.Dispose();
        _copy?.Dispose();
    }
}
