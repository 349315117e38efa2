using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>A breakpoint or watchpoint that the debugger asked for.</summary>
/// <param name="Kind">Z0 to Z4.</param>
/// <param name="Address">Linear address.</param>
/// <param name="Length">Bytes watched; for breakpoints the debugger's instruction kind, which x86 does not need.</param>
internal readonly record struct TrapRequest(BreakpointKind Kind, ulong Address, int Length)
{
    /// <summary>Whether it breaks on execution rather than watching data.</summary>
    public bool IsExecute => Kind is BreakpointKind.Software or BreakpointKind.Hardware;
}

/// <summary>How a request is met.</summary>
internal enum TrapMeans
{
    /// <summary>A byte in guest memory.</summary>
    Planted,

    /// <summary>A byte in guest memory, and a debug register in case the guest overwrites it.</summary>
    PlantedAndGuarded,

    /// <summary>One or more debug registers.</summary>
    DebugRegister,

    /// <summary>Read-only memory.</summary>
    ReadOnlyMemory,

    /// <summary>Stepping everything and comparing.</summary>
    Stepping,
}

/// <summary>Decides how each request is met with what this host can do: the one place for that decision.</summary>
/// <remarks>
/// Watchpoints come first, since only debug registers (or, for writes, read-only memory) can make them; then hardware breakpoints; then
/// software breakpoints whose address is not mapped yet, which a debug register holds by linear address; mapped ones are planted. Debug
/// registers left over guard planted ones, so that a loader which overwrites the byte cannot silence them. What nothing else can do is
/// found by stepping.
/// </remarks>
internal sealed class TrapPlanner
{
    private const int DebugRegisterCount = 4;
    private const ulong PageSize = 4096;

    private readonly EngineTraits _traits;
    private readonly AddressSpaces _spaces;
    private readonly List<TrapSlot> _slots = new(DebugRegisterCount);
    private readonly List<PlantedTrap> _planted = [];
    private readonly List<TrapRequest> _stepped = [];
    private readonly List<MemoryWatch> _watches = [];
    private readonly Dictionary<TrapRequest, TrapMeans> _means = [];

    private TrapPlanner(EngineTraits traits, AddressSpaces spaces)
    {
        _traits = traits;
        _spaces = spaces;
    }

    /// <summary>How each request is met.</summary>
    public IReadOnlyDictionary<TrapRequest, TrapMeans> Means => _means;

    /// <summary>Pages that must be read-only, as guest-physical addresses.</summary>
    public IEnumerable<ulong> ReadOnlyPages => _watches.Select(watch => watch.Physical & ~(PageSize - 1)).Distinct();

    /// <summary>Why a request cannot be met; null when all can.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Plans for a set of requests, in the address spaces of now.</summary>
    /// <param name="requests">In the order in which they were made.</param>
    /// <param name="traits">What the host can do.</param>
    /// <param name="spaces">The address spaces of the stopped machine.</param>
    /// <param name="guestUsesDebugRegisters">The guest has enabled debug registers of its own, so none is taken just to guard.</param>
    public static TrapPlanner Plan(
        IReadOnlyCollection<TrapRequest> requests, EngineTraits traits, AddressSpaces spaces, bool guestUsesDebugRegisters)
    {
        var planner = new TrapPlanner(traits, spaces);
        foreach (TrapRequest request in requests.Where(request => !request.IsExecute))
        {
            planner.PlanWatch(request);
        }
        foreach (TrapRequest request in requests.Where(request => request.Kind == BreakpointKind.Hardware))
        {
            planner.PlanHardware(request);
        }
        foreach (TrapRequest request in requests.Where(request => request.Kind == BreakpointKind.Software))
        {
            planner.PlanSoftware(request);
        }
        if (!guestUsesDebugRegisters && traits.ExecuteRegisters)
        {
            planner.GuardPlanted();
        }
        return planner;
    }

    /// <summary>The plan, ready to be put in force.</summary>
    public ArmedTraps Arm(Devices.IGuestMemory memory) =>
        new(memory, _traits.SoftwareBreakpoints, [.. _planted], [.. _slots], [.. _stepped], [.. _watches]);

    private void PlanWatch(TrapRequest request)
    {
        List<TrapSlot> pieces = Split(request);
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
            : $"a {what} watchpoint of {request.Length} bytes needs {pieces.Count} debug register(s), and {Holders()}");
    }

    private void PlanHardware(TrapRequest request)
    {
        if (!TryTakeSlot(request, TrapMeans.DebugRegister) && !TryPlant(request) && !TryStep(request))
        {
            Refuse($"no breakpoint can be made at {request.Address:x}h: {Holders()}, and this host's KVM offers no other way");
        }
    }

    private void PlanSoftware(TrapRequest request)
    {
        if (!TryPlant(request) && !TryTakeSlot(request, TrapMeans.DebugRegister) && !TryStep(request))
        {
            Refuse($"no breakpoint can be made at {request.Address:x}h: this host's KVM has neither software breakpoints nor single steps");
        }
    }

    private bool TryTakeSlot(TrapRequest request, TrapMeans means)
    {
        if (!_traits.ExecuteRegisters || _slots.Count == DebugRegisterCount)
        {
            return false;
        }
        _slots.Add(new TrapSlot(request.Kind, request.Address, request.Address, 1));
        _means[request] = means;
        return true;
    }

    private bool TryPlant(TrapRequest request)
    {
        if (_traits.SoftwareBreakpoints == SoftwareBreakpointTechnique.None)
        {
            return false;
        }
        List<Translation> pages = _spaces.Translate(request.Address);
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
            _planted.Add(new PlantedTrap(request.Kind, request.Address, page.PhysicalAddress, shared, IsGuarded: false));
        }
        _means[request] = TrapMeans.Planted;
        return true;
    }

    private bool TryStep(TrapRequest request)
    {
        if (!_traits.SingleStep)
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
            if (!_slots.Exists(slot => slot.IsExecute && slot.Address == trap.Linear))
            {
                _slots.Add(new TrapSlot(trap.Kind, trap.Linear, trap.Linear, 1));
            }
            _planted[i] = trap with { IsGuarded = true };
            _means[new TrapRequest(trap.Kind, trap.Linear, LengthOf(trap))] = TrapMeans.PlantedAndGuarded;
        }
    }

    private int LengthOf(PlantedTrap trap) =>
        _means.Keys.First(request => request.Kind == trap.Kind && request.Address == trap.Linear).Length;

    private string Holders() => !_traits.ExecuteRegisters && !_traits.DataRegisters
        ? "debug registers do not work on this host"
        : _slots.Count == 0
            ? "4 are free"
            : $"{_slots.Count} of {DebugRegisterCount} are held by {string.Join(", ", _slots.Select(slot => $"{Name(slot.Kind)} {slot.Address:x}h"))}";

    private void Refuse(string why) => Refusal ??= why;

    private static string Name(BreakpointKind kind) => kind switch
    {
        BreakpointKind.Software or BreakpointKind.Hardware => "breakpoint",
        BreakpointKind.WriteWatch => "watch",
        BreakpointKind.ReadWatch => "rwatch",
        _ => "awatch",
    };

    /// <summary>Splits a range into naturally aligned pieces of 1, 2, 4 and 8 bytes, which is what a debug register can hold.</summary>
    private List<TrapSlot> Split(TrapRequest request)
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
            pieces.Add(new TrapSlot(request.Kind, request.Address, at, size, physical));
            done += (ulong)size;
        }
        return pieces;
    }
}
