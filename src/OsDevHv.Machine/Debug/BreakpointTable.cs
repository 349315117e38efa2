using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// The breakpoints and watchpoints that the debugger has asked for, in order, and how they are met now. Used by one session at a time, with the
/// machine stopped.
/// </summary>
internal sealed class BreakpointTable(IGuestMemory memory, AddressSpaces spaces, Func<EngineTraits> traits, Func<bool> guestUsesDebugRegisters)
{
    /// <summary>The longest range that can be watched, in bytes: a page-sized object, far beyond what debug registers hold.</summary>
    public const int LongestWatch = 4096;

    private readonly List<TrapRequest> _requests = [];
    private readonly HashSet<TrapRequest> _told = [];

    /// <summary>How each request is met, as of the last plan.</summary>
    public IReadOnlyDictionary<TrapRequest, TrapMeans> Means { get; private set; } = new Dictionary<TrapRequest, TrapMeans>();

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _requests.Count == 0;

    /// <summary>Adds one; adding it twice is a success. False, and nothing added, with why this host cannot do it.</summary>
    public bool TryAdd(TrapRequest request, out string? error)
    {
        error = null;
        if (_requests.Contains(request))
        {
            return true;
        }
        if (!request.IsExecute && request.Length is < 1 or > LongestWatch)
        {
            error = $"a watched range is 1 to {LongestWatch} bytes long, not {request.Length}";
            return false;
        }
        _requests.Add(request);
        TrapPlanner plan = Plan();
        if (plan.Refusal is null)
        {
            Means = plan.Means;
            return true;
        }
        _requests.Remove(request);
        error = plan.Refusal;
        return false;
    }

    /// <summary>Removes one; false when there is none.</summary>
    public bool Remove(TrapRequest request)
    {
        _told.Remove(request);
        return _requests.Remove(request);
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        _requests.Clear();
        _told.Clear();
        Means = new Dictionary<TrapRequest, TrapMeans>();
    }

    /// <summary>Plans anew for the address spaces of now: pages may have been mapped since the last stop.</summary>
    /// <param name="tell">Called with what the user should know about a breakpoint that is met in a slow way, once each.</param>
    /// <param name="readOnlyPages">The pages to make read-only, as guest-physical addresses.</param>
    public ArmedTraps Arm(Action<string> tell, out IReadOnlyList<ulong> readOnlyPages)
    {
        if (IsEmpty)
        {
            readOnlyPages = [];
            return ArmedTraps.None;
        }
        TrapPlanner plan = Plan();
        Means = plan.Means;
        foreach ((TrapRequest request, TrapMeans means) in plan.Means)
        {
            if (means is TrapMeans.Stepping or TrapMeans.ReadOnlyMemory && _told.Add(request))
            {
                tell(means == TrapMeans.Stepping
                    ? $"the breakpoint at {request.Address:x}h is found by stepping every instruction, which is slow"
                    : $"the watch of {request.Address:x}h makes its page read-only: every write to that page costs an exit");
            }
        }
        readOnlyPages = [.. plan.ReadOnlyPages.Order()];
        return plan.Arm(memory);
    }

    private TrapPlanner Plan() => TrapPlanner.Plan(_requests, traits(), spaces, guestUsesDebugRegisters());
}
