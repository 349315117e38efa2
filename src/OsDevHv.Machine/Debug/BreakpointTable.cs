using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// The breakpoints, watchpoints and catches that the debugger and its user have asked for, in order, and how they are met now. Any thread;
/// with the machine stopped, or all its vCPUs parked.
/// </summary>
internal sealed class BreakpointTable(IGuestMemory memory, AddressSpaces spaces, Func<EngineTraits> traits, Func<bool> guestUsesDebugRegisters)
{
    /// <summary>The longest range that can be watched, in bytes: a page-sized object, far beyond what debug registers hold.</summary>
    public const int LongestWatch = 4096;

    private readonly Lock _gate = new();
    private readonly ArmedTraps _nothing = new(memory, SoftwareBreakpointTechnique.None, new TrapPlan());
    private readonly List<Breakpoint> _all = [];
    private readonly List<CatchRule> _rules = [];
    private readonly HashSet<TrapRequest> _told = [];
    private bool _toldOfClash;
    private int _lastNumber;

    /// <summary>How each request is met, as of the last plan.</summary>
    public IReadOnlyDictionary<TrapRequest, TrapMeans> Means { get; private set; } = new Dictionary<TrapRequest, TrapMeans>();

    /// <summary>Where breakpoints count that gdb sets from now on.</summary>
    public BreakpointScope DebuggersScope { get; set; }

    /// <summary>Takes what the commands of gdb's breakpoints print, from a vCPU's thread; set before there are any.</summary>
    public Action<string> Print { get; init; } = static _ => { };

    /// <summary>All breakpoints, gdb's and those of <c>monitor break</c>; those of gdb's that it has taken out for the stop, too.</summary>
    public IReadOnlyList<Breakpoint> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>All catches.</summary>
    public IReadOnlyList<CatchRule> Rules
    {
        get
        {
            lock (_gate)
            {
                return [.. _rules];
            }
        }
    }

    /// <summary>The number for the next breakpoint or catch of the user's.</summary>
    public int NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>
    /// Adds gdb's own; adding it twice is a success that replaces its code. False, and nothing added, with why this host cannot do it.
    /// </summary>
    public bool TryAdd(TrapRequest request, BreakpointCode code, out string? error)
    {
        lock (_gate)
        {
            Breakpoint? known = Find(request);
            Breakpoint wanted = known ?? new Breakpoint(request);
            wanted.Code = code;
            wanted.Print = Print;
            if (wanted.IsInserted)
            {
                error = null;
                return true;
            }
            wanted.Scope = DebuggersScope;
            return TryPutIn(wanted, isKnown: known is not null, out error);
        }
    }

    /// <summary>Adds one of the user's; false, and nothing added, with why this host cannot do it.</summary>
    public bool TryAdd(Breakpoint breakpoint, out string? error)
    {
        lock (_gate)
        {
            return TryPutIn(breakpoint, isKnown: false, out error);
        }
    }

    /// <summary>Takes out one of gdb's; false when there is none. What is known of it is kept until the machine runs without it.</summary>
    public bool Remove(TrapRequest request)
    {
        lock (_gate)
        {
            if (Find(request) is not { IsInserted: true } known)
            {
                return false;
            }
            known.IsInserted = false;
            return true;
        }
    }

    /// <summary>Removes one of the user's; false when there is none.</summary>
    public bool Remove(int number)
    {
        lock (_gate)
        {
            return _all.RemoveAll(breakpoint => breakpoint.Number == number) > 0;
        }
    }

    /// <summary>Adds a catch.</summary>
    public void Add(CatchRule rule)
    {
        lock (_gate)
        {
            _rules.Add(rule);
        }
    }

    /// <summary>Removes a catch, or all of them where none is named; how many.</summary>
    public int RemoveRules(int? number)
    {
        lock (_gate)
        {
            return _rules.RemoveAll(rule => number is null || rule.Number == number);
        }
    }

    /// <summary>Removes everything: the debugger has left.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _all.Clear();
            _rules.Clear();
            _told.Clear();
            _toldOfClash = false;
            DebuggersScope = default;
            Means = new Dictionary<TrapRequest, TrapMeans>();
        }
    }

    /// <summary>
    /// The machine goes on, not just for a step, which gdb makes with its breakpoints out: what gdb has not put in again is forgotten.
    /// </summary>
    public void ForgetRemoved()
    {
        lock (_gate)
        {
            _all.RemoveAll(static breakpoint => !breakpoint.IsInserted);
        }
    }

    /// <summary>Plans anew for the address spaces of now: pages may have been mapped since the last stop.</summary>
    /// <param name="tell">Called with what the user should know about a breakpoint that is met in a slow way, once each.</param>
    /// <param name="readOnlyPages">The pages to make read-only, as guest-physical addresses.</param>
    public ArmedTraps Arm(Action<string> tell, out IReadOnlyList<ulong> readOnlyPages)
    {
        lock (_gate)
        {
            if (_rules.Count == 0 && !_all.Exists(static breakpoint => breakpoint.IsInserted))
            {
                Means = new Dictionary<TrapRequest, TrapMeans>();
                readOnlyPages = [];
                return _nothing;
            }
            TrapPlanner plan = Plan();
            Means = plan.Means;
            foreach ((TrapRequest request, TrapMeans means) in plan.Means)
            {
                if (means is TrapMeans.Stepping or TrapMeans.ReadOnlyMemory && _told.Add(request))
                {
                    tell(means == TrapMeans.Stepping
                        ? $"the breakpoint at {request.Address:x}h is found by stepping every instruction, which is slow"
                        : $"the watch of {request.Address:x}h makes its page read-only: every write to that page costs an exit, which is slower");
                }
            }
            if (plan.TakesGuestsRegisters && !_toldOfClash)
            {
                _toldOfClash = true;
                tell("the guest uses debug registers of its own; as long as breakpoints or watchpoints of the debugger need some, the guest's do not fire");
            }
            readOnlyPages = [.. plan.ReadOnlyPages.Order()];
            return plan.Arm(memory, new CatchSet(_rules));
        }
    }

    private bool TryPutIn(Breakpoint breakpoint, bool isKnown, out string? error)
    {
        TrapRequest request = breakpoint.Request;
        if (!request.IsExecute && request.Length is < 1 or > LongestWatch)
        {
            error = $"a watched range is 1 to {LongestWatch} bytes long, not {request.Length}";
            return false;
        }
        if (!isKnown)
        {
            _all.Add(breakpoint);
        }
        breakpoint.IsInserted = true;
        TrapPlanner plan = Plan();
        error = plan.Refusal;
        if (error is null)
        {
            Means = plan.Means;
            return true;
        }
        _all.Remove(breakpoint);
        breakpoint.IsInserted = false;
        return false;
    }

    private Breakpoint? Find(TrapRequest request) => _all.Find(known => known.IsDebuggers && known.Request == request);

    private TrapPlanner Plan() => TrapPlanner.Plan(
        [.. _all.Where(static breakpoint => breakpoint.IsInserted)], _rules, traits(), spaces, guestUsesDebugRegisters());
}
