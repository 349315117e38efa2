using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;

namespace OsDevHv.Suites.Running;

/// <summary>
/// One <see cref="SnapshotPool{TOutput}"/> for each machine and point that a run has, whichever suites and cases share it.
/// </summary>
/// <param name="prepare">As that of each pool.</param>
/// <typeparam name="TOutput">What gathers a machine's output.</typeparam>
/// <remarks>Any thread.</remarks>
public sealed class SnapshotPools<TOutput>(Func<(MachineOptions Options, TOutput Output)> prepare) : IDisposable
    where TOutput : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SnapshotPool<TOutput>> _pools = new(StringComparer.Ordinal);

    /// <summary>The pool of a machine at a point: machines are the same when all that their profiles say, printed in full, is.</summary>
    public SnapshotPool<TOutput> For(MachineProfile profile, SnapshotPoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        string key = $"{point}\n{EffectiveProfile.Write(profile)}";
        lock (_lock)
        {
            if (!_pools.TryGetValue(key, out SnapshotPool<TOutput>? pool))
            {
                _pools.Add(key, pool = new SnapshotPool<TOutput>(profile, point, prepare));
            }
            return pool;
        }
    }

    /// <summary>Lets go of all machines and snapshots. When no case runs.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (SnapshotPool<TOutput> pool in _pools.Values)
            {
                pool.Dispose();
            }
            _pools.Clear();
        }
    }
}
