using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>Decides how each request is met with what this host can do: the one place for that decision.</summary>
/// <remarks>
/// Watchpoints come first, since only debug registers (or, for writes, read-only memory) can make them; then hardware breakpoints; then
/// software breakpoints whose address is not mapped yet, which a debug register holds by linear address; mapped ones are planted; and the
/// handlers of caught exceptions. Debug registers left over guard planted ones, so that a loader which overwrites the byte cannot silence
/// them. What nothing else can do is found by stepping.
/// </remarks>
internal sealed class TrapPlanner
{
    private const int DebugRegisterCount = 4;
    private const ulong PageSize = 4096;

    private readonly EngineTraits _traits;
    private readonly AddressSpaces _spaces;
    private readonly bool _guestUsesDebugRegisters;
    private readonly List<TrapSlot> _slots = new(DebugRegisterCount);
    private readonly List<PlantedTrap> _planted = [];
    private readonly List<TrapRequest> _stepped = [];
    private readonly List<MemoryWatch> _watches = [];
    private readonly List<Breakpoint> _breakpoints = [];
    private readonly List<GateWatch> _gates = [];
    private readonly Dictionary<TrapRequest, TrapMeans> _means = [];

    private TrapPlanner(EngineTraits traits, AddressSpaces spaces, bool guestUsesDebugRegisters)
    {
        _traits = traits;
        _spaces = spaces;
        _guestUsesDebugRegisters = guestUsesDebugRegisters;
    }

    /// <summary>How each request is met.</summary>
    public IReadOnlyDictionary<TrapRequest, TrapMeans> Means => _means;

    /// <summary>Pages that must be read-only, as guest-physical addresses.</summary>
    public IEnumerable<ulong> ReadOnlyPages => _watches.Select(watch => watch.Physical & ~(PageSize - 1)).Distinct();

    /// <summary>Why a request cannot be met; null when all can.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether debug registers are taken from a guest that uses them too.</summary>
    public bool TakesGuestsRegisters => _guestUsesDebugRegisters && _slots.Count > 0;

    /// <summary>Plans for a set of breakpoints, in the address spaces of now.</summary>
    /// <param name="breakpoints">In the order in which they were made.</param>
    /// <param name="rules">What <c>monitor catch</c> asked for.</param>
    /// <param name="traits">What the host can do.</param>
    /// <param name="spaces">The address spaces of the stopped machine.</param>
    /// <param name="guestUsesDebugRegisters">The guest has enabled debug registers of its own, so none is taken just to guard.</param>
    public static TrapPlanner Plan(
        IReadOnlyCollection<Breakpoint> breakpoints,
        IReadOnlyCollection<CatchRule> rules,
        EngineTraits traits,
        AddressSpaces spaces,
        bool guestUsesDebugRegisters)
    {
        var planner = new TrapPlanner(traits, spaces, guestUsesDebugRegisters);
        planner._breakpoints.AddRange(breakpoints);
        // Write watches last among the watches: they alone have another way.
        foreach (Breakpoint watch in breakpoints
            .Where(static breakpoint => !breakpoint.Request.IsExecute)
            .OrderBy(static breakpoint => breakpoint.Request.Kind == BreakpointKind.WriteWatch))
        {
            planner.PlanWatch(watch);
        }
        foreach (Breakpoint breakpoint in breakpoints.Where(static breakpoint => breakpoint.Request.Kind == BreakpointKind.Hardware))
        {
            planner.PlanHardware(breakpoint);
        }
        foreach (Breakpoint breakpoint in breakpoints.Where(static breakpoint => breakpoint.Request.Kind == BreakpointKind.Software))
        {
            planner.PlanSoftware(breakpoint);
        }
        foreach (CatchRule rule in rules.Where(static rule => rule.Kind == CatchKind.Exception))
        {
            planner.PlanException(rule);
        }
        if (!guestUsesDebugRegisters && traits.ExecuteRegisters)
        {
            planner.GuardPlanted();
        }
        return planner;
    }

    /// <summary>The plan, ready to be put in force.</summary>
    public ArmedTraps Arm(Devices.IGuestMemory memory, CatchSet catches) => new(memory, _traits.SoftwareBreakpoints, new TrapPlan
    {
        Planted = [.. _planted],
        Slots = [.. _slots],
        Stepped = [.. _stepped],
        Watches = [.. _watches],
        Breakpoints = [.. _breakpoints],
        Catches = catches,
        Gates = [.. _gates],
    });

    private void PlanWatch(Breakpoint watch)
    {
        TrapRequest request = watch.Place;
        List<TrapSlot> pieces = Split(request, watch.SetBy);
        if (_traits.DataRegisters && _slots.Count + pieces.Count <= DebugRegisterCount)
        {
            _slots.AddRange(pieces);
            _means[request] = TrapMeans.DebugRegister;
            return;
        }
        if (request.Kind == BreakpointKind.WriteWatch && _traits.ReadOnlyMemory && TryWatchMemory(request))
        {
            _means[request] = TrapMeans.ReadOnlyMemory;
            return;
        }
        string what = request.Kind == BreakpointKind.WriteWatch ? "write" : request.Kind == BreakpointKind.ReadWatch ? "read" : "access";
        Refuse(!_traits.DataRegisters
            ? request.Kind == BreakpointKind.WriteWatch
                ? $"cannot watch {request.Address:x}h: it is not mapped to RAM, and data watchpoints do not fire on this host"
                : $"{what} watchpoints need debug registers that fire, which this host's KVM does not have (see 'osdevhv doctor'); a write watchpoint works"
            : $"the {what} watchpoint of {request.Length} bytes needs {pieces.Count} debug register(s), and {Holders()}");
    }

    private void PlanHardware(Breakpoint breakpoint)
    {
        TrapRequest request = breakpoint.Place;
        if (!TryTakeSlot(breakpoint) && !TryPlant(request) && !TryStep(request))
        {
            Refuse($"no breakpoint can be made at {request.Address:x}h: {Holders()}, and this host's KVM offers no other way");
        }
    }

    private void PlanSoftware(Breakpoint breakpoint)
    {
        TrapRequest request = breakpoint.Place;
        if (!TryPlant(request) && !TryTakeSlot(breakpoint) && !TryStep(request))
        {
            Refuse(request.IsPhysical
                ? $"no breakpoint can be made at physical {request.Address:x}h: it is not RAM, or this host's KVM has no software breakpoints"
                : $"no breakpoint can be made at {request.Address:x}h: this host's KVM has neither software breakpoints nor single steps");
        }
    }

    /// <summary>
    /// The handlers of an exception, as the tables are now; one that cannot be trapped goes without, for there may never be one.
    /// </summary>
    private void PlanException(CatchRule rule)
    {
        for (int vector = (int)rule.First; vector <= (int)rule.Last; vector++)
        {
            foreach (GateWatch gate in _spaces.Gates(vector))
            {
                _gates.Add(gate);
                if (gate.Handler is not { } handler)
                {
                    continue;
                }
                var breakpoint = new Breakpoint(new TrapRequest(BreakpointKind.Software, handler, 1)) { Rule = rule, Vector = vector };
                bool isNew = !_breakpoints.Exists(other =>
                    other.Rule == rule && other.Request == breakpoint.Request && other.Vector == vector);
                if (isNew && (_means.ContainsKey(breakpoint.Place) || TryPlant(breakpoint.Place) || TryTakeSlot(breakpoint)))
                {
                    _breakpoints.Add(breakpoint);
                }
            }
        }
    }

    private bool TryTakeSlot(Breakpoint breakpoint)
    {
        TrapRequest request = breakpoint.Place;
        bool isThere = _slots.Exists(slot => slot.IsExecute && slot.Address == request.Address);
        if (!_traits.ExecuteRegisters || request.IsPhysical || (_slots.Count == DebugRegisterCount && !isThere))
        {
            return false;
        }
        if (!isThere)
        {
            _slots.Add(new TrapSlot(request.Kind, request.Address, request.Address, 1, SetBy: breakpoint.SetBy));
        }
        _means[request] = TrapMeans.DebugRegister;
        return true;
    }

    private bool TryPlant(TrapRequest request)
    {
        if (_traits.SoftwareBreakpoints == SoftwareBreakpointTechnique.None)
        {
            return false;
        }
        List<Translation> pages = Pages(request);
        bool plantable = pages.Count > 0 && pages.TrueForAll(page =>
            _spaces.IsRam(page.PhysicalAddress)
            && (_traits.SoftwareBreakpoints != SoftwareBreakpointTechnique.PlantedHalt || !_spaces.MayHoldUserCode(page)));
        if (!plantable)
        {
            return false;
        }
        foreach (Translation page in pages)
        {
            bool shared = _planted.Exists(other => other.Physical == page.PhysicalAddress);
            _planted.Add(new PlantedTrap(request, page.PhysicalAddress, shared, IsGuarded: false));
        }
        _means[request] = TrapMeans.Planted;
        return true;
    }

    private List<Translation> Pages(TrapRequest request) =>
        request.IsPhysical ? [new Translation(request.Address, PageSize, Writable: true, User: false, Executable: true)]
        : request.Cr3 is { } cr3 ? _spaces.Translate(request.Address, cr3)
        : _spaces.Translate(request.Address);

    private bool TryStep(TrapRequest request)
    {
        if (!_traits.SingleStep || request.IsPhysical)
        {
            return false;
        }
        _stepped.Add(request);
        _means[request] = TrapMeans.Stepping;
        return true;
    }

    private bool TryWatchMemory(TrapRequest request)
    {
        var pieces = new List<MemoryWatch>();
        for (ulong done = 0; done < (ulong)request.Length;)
        {
            ulong linear = unchecked(request.Address + done);
            int length = (int)Math.Min((ulong)request.Length - done, PageSize - (linear % PageSize));
            List<Translation> pages = _spaces.Translate(linear);
            if (pages.Count == 0 || !pages.TrueForAll(page => _spaces.IsRam(page.PhysicalAddress)))
            {
                return false;
            }
            pieces.AddRange(pages.Select(page => new MemoryWatch(request.Address, page.PhysicalAddress, length)));
            done += (ulong)length;
        }
        _watches.AddRange(pieces);
        return true;
    }

    private void GuardPlanted()
    {
        for (int i = 0; i < _planted.Count && _slots.Count < DebugRegisterCount; i++)
        {
            PlantedTrap trap = _planted[i];
            if (trap.Request.IsPhysical)
            {
                continue;
            }
            if (!_slots.Exists(slot => slot.IsExecute && slot.Address == trap.Request.Address))
            {
                _slots.Add(new TrapSlot(trap.Request.Kind, trap.Request.Address, trap.Request.Address, 1, SetBy: "a guard"));
            }
            _planted[i] = trap with { IsGuarded = true };
            _means[trap.Request] = TrapMeans.PlantedAndGuarded;
        }
    }

    private string Holders()
    {
        if (!_traits.ExecuteRegisters && !_traits.DataRegisters)
        {
            return "debug registers do not work on this host";
        }
        string guest = _guestUsesDebugRegisters ? "; the guest uses debug registers of its own, too" : "";
        return _slots.Count == 0
            ? $"{DebugRegisterCount} are free{guest}"
            : $"{_slots.Count} of {DebugRegisterCount} are held by {string.Join(", ", _slots.Select(Holder))}{guest}";
    }

    private static string Holder(TrapSlot slot) =>
        slot.IsExecute ? $"{slot.SetBy} at {slot.Address:x}h" : $"{slot.SetBy} of {slot.SlotLength} bytes at {slot.SlotAddress:x}h";

    private void Refuse(string why) => Refusal ??= why;

    /// <summary>Splits a range into naturally aligned pieces of 1, 2, 4 and 8 bytes, which is what a debug register can hold.</summary>
    private List<TrapSlot> Split(TrapRequest request, string setBy)
    {
        var pieces = new List<TrapSlot>(2);
        for (ulong done = 0; done < (ulong)request.Length;)
        {
            ulong at = unchecked(request.Address + done);
            int size = 8;
            while (at % (ulong)size != 0 || (ulong)size > (ulong)request.Length - done)
            {
                size /= 2;
            }
            ulong? physical = _spaces.Translate(at) is [var page] ? page.PhysicalAddress : null;
            pieces.Add(new TrapSlot(request.Kind, request.Address, at, size, physical, setBy));
            done += (ulong)size;
        }
        return pieces;
    }
}
