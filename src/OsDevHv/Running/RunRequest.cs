using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;

namespace OsDevHv.Running;

/// <summary>A run as the command line asks for it.</summary>
/// <param name="Profile">The machine.</param>
/// <param name="Trace">What to trace to stderr.</param>
/// <param name="Verbose">Log the program's own doings to stderr.</param>
internal sealed record RunRequest(MachineProfile Profile, TraceCategories Trace, bool Verbose)
{
    /// <summary>The screenshots that are wanted.</summary>
    public IReadOnlyList<ScreenshotRequest> Screenshots { get; init; } = [];

    /// <summary>The snapshot that it goes on from; null boots the kernel.</summary>
    public MachineSnapshot? StartFrom { get; init; }

    /// <summary>What the kernel is told when it asks for its arguments; null is that there are none to ask for.</summary>
    public string? Arguments { get; init; }

    /// <summary>The debugger to start, which has the terminal; null is none.</summary>
    public DebuggerCommand? Debugger { get; init; }
}
