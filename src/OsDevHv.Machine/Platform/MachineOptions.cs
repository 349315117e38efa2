using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Snapshots;

namespace OsDevHv.Machine;

/// <summary>What may be traced to <see cref="MachineOptions.Messages"/>.</summary>
[Flags]
public enum TraceCategories
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The first access of each kind that no device answers, and at the end all kinds with their counts.</summary>
    Unclaimed = 1,

    /// <summary>What the guest does wrong to devices: reserved bits, registers that are not there or not modelled.</summary>
    GuestErrors = 2,
}

/// <summary>How a machine is run, beyond what its profile declares.</summary>
public sealed record MachineOptions
{
    /// <summary>Where the machine tells the user things, a line each: stderr. Must take calls from several threads.</summary>
    public required TextWriter Messages { get; init; }

    /// <summary>What to trace.</summary>
    public TraceCategories Trace { get; init; }

    /// <summary>A debugger may attach: breakpoints are looked after while the machine runs.</summary>
    public bool Debuggable { get; init; }

    /// <summary>Somebody may look on: the newest output of each console is kept; see <see cref="VirtualMachine.View"/>.</summary>
    public bool Viewable { get; init; }

    /// <summary>
    /// Called when the guest has died and the machine is held for a debugger, with what will be its verdict; after the report. On a pool
    /// thread.
    /// </summary>
    public Action<Verdict>? OnHeld { get; init; }

    /// <summary>
    /// What is connected to stdio reads stdin; false leaves that to somebody else, such as a debugger on the same terminal.
    /// </summary>
    public bool ReadsStandardInput { get; init; } = true;

    /// <summary>
    /// Who takes the output of a device's console, by the device's name in the profile, in place of the connection that the profile states;
    /// null for that connection. Such a console has no input.
    /// </summary>
    public Func<string, OutputReceiver?>? Capture { get; init; }

    /// <summary>
    /// The arguments of a test, which the kernel gets by the fw_cfg item of the test protocol; null leaves that item out. See
    /// <see cref="VirtualMachine.TrySetTestArguments"/>.
    /// </summary>
    public string? TestArguments { get; init; }

    /// <summary>
    /// A snapshot of this machine, or of one like it, where it starts in place of its power-on; null boots the kernel. All that the kernel
    /// may have looked at is as it was: the profile, and whether there are <see cref="TestArguments"/>.
    /// </summary>
    public MachineSnapshot? StartFrom { get; init; }

    /// <summary>Where <see cref="VirtualMachine.RunToPointAsync"/> stops; null is nowhere.</summary>
    public SnapshotPoint? SnapshotAt { get; init; }

    /// <summary>The screenshots that are wanted.</summary>
    public IReadOnlyList<ScreenshotRequest> Screenshots { get; init; } = [];
}
