using System.Globalization;

namespace OsDevHv.Machine.Snapshots;

/// <summary>The snapshots of one machine that its debugger keeps, by name, in the order in which they were taken. Any thread.</summary>
internal sealed class Checkpoints : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, MachineSnapshot Snapshot)> _all = [];
    private int _number;

    /// <summary>How many.</summary>
    public int Count => All.Count;

    /// <summary>All of them, the newest last.</summary>
    public IReadOnlyList<(string Name, MachineSnapshot Snapshot)> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>The name of the newest; null where there is none.</summary>
    public string? Last => All is [.., var newest] ? newest.Name : null;

    /// <summary>A number that no checkpoint had.</summary>
    public string NextNumber() => Interlocked.Increment(ref _number).ToString(CultureInfo.InvariantCulture);

    /// <summary>The checkpoint of that name, or null.</summary>
    public MachineSnapshot? Find(string name) => All.FirstOrDefault(one => one.Name == name).Snapshot;

    /// <summary>Keeps one, in place of another of that name.</summary>
    public void Add(string name, MachineSnapshot snapshot)
    {
        lock (_lock)
        {
            int before = _all.FindIndex(one => one.Name == name);
            if (before >= 0)
            {
                _all[before].Snapshot.Dispose();
                _all.RemoveAt(before);
            }
            _all.Add((name, snapshot));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _all.ForEach(static one => one.Snapshot.Dispose());
            _all.Clear();
        }
    }
}
