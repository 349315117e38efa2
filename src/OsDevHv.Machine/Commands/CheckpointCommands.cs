using System.Globalization;
using OsDevHv.Machine.Snapshots;

namespace OsDevHv.Machine.Commands;

/// <summary>Snapshots in memory for the debugger: <c>checkpoint</c>, <c>restore</c>, <c>checkpoints</c>.</summary>
internal sealed class CheckpointCommands(VirtualMachine machine)
{
    private const int Most = 64;
    private const int LongestName = 64;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("checkpoint", "[NAME]", "keep all of the machine as it is now, by a name or a number", CheckpointAsync) { NeedsStop = true },
        new("restore", "[NAME]", "go back to a checkpoint, by default the last one taken", RestoreAsync)
        {
            NeedsStop = true,
            Details = "Breakpoints stay. gdb still shows what it read before; 'maintenance flush register-cache' or 'stepi' makes it look again.\n",
        },
        new("checkpoints", "", "the checkpoints, with their times and sizes", _ => List()),
    ];

    private async Task<string> CheckpointAsync(MonitorCall call)
    {
        Checkpoints kept = machine.Checkpoints;
        string name = call.Rest.Length == 0 ? kept.NextNumber() : call.Rest;
        if (name.Length > LongestName)
        {
            throw new MonitorException($"a checkpoint's name has at most {LongestName} characters");
        }
        if (kept.Count >= Most && kept.Find(name) is null)
        {
            throw new MonitorException($"there are {Most} checkpoints; take one by a name that is there, and it takes its place");
        }
        try
        {
            kept.Add(name, await machine.CaptureAsync().ConfigureAwait(false));
        }
        catch (SnapshotException failure)
        {
            throw new MonitorException(failure.Message);
        }
        return $"checkpoint {Describe(name, kept.Find(name)!)}";
    }

    private async Task<string> RestoreAsync(MonitorCall call)
    {
        string? name = call.Rest.Length == 0 ? machine.Checkpoints.Last : call.Rest;
        if (name is null)
        {
            throw new MonitorException("there is no checkpoint; 'monitor checkpoint' takes one");
        }
        if (machine.Checkpoints.Find(name) is not { } snapshot)
        {
            throw new MonitorException($"there is no checkpoint '{name}'; 'monitor checkpoints' lists them");
        }
        try
        {
            await Task.Run(() => machine.Rewind(snapshot)).ConfigureAwait(false);
        }
        catch (SnapshotException failure)
        {
            throw new MonitorException(failure.Message);
        }
        return $"back at checkpoint {name}; gdb still shows what it read before: 'flushregs' or 'stepi' makes it look again\n";
    }

    private string List() => machine.Checkpoints.Count == 0
        ? "there is no checkpoint; 'monitor checkpoint' takes one\n"
        : string.Concat(machine.Checkpoints.All.Select(static one => Describe(one.Name, one.Snapshot)));

    private static string Describe(string name, MachineSnapshot snapshot) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: at {Milliseconds(snapshot.Time)} ms, {snapshot.MemoryBytes >> 10} KiB\n");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture);
}
