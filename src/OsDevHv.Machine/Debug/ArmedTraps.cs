using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>A software breakpoint in guest memory.</summary>
/// <param name="Request">What it is for.</param>
/// <param name="Physical">Where its byte is.</param>
/// <param name="SharesByte">An earlier trap has the same physical byte (two linear addresses of one page) and plants it.</param>
/// <param name="IsGuarded">A debug register holds the same address, so an overwritten byte cannot make it miss.</param>
internal readonly record struct PlantedTrap(TrapRequest Request, ulong Physical, bool SharesByte, bool IsGuarded);

/// <summary>What a trap that went off means for the CPU that ran into it.</summary>
internal enum HitOutcome
{
    /// <summary>Nothing of ours is there: it is the guest's own.</summary>
    NotOurs,

    /// <summary>No breakpoint there counts for this CPU now: it steps off and goes on.</summary>
    Pass,

    /// <summary>The machine must stop.</summary>
    Stop,
}

/// <summary>Everything that is to be in force, as <see cref="TrapPlanner"/> found it.</summary>
internal sealed record TrapPlan
{
    public PlantedTrap[] Planted { get; init; } = [];

    public TrapSlot[] Slots { get; init; } = [];

    public TrapRequest[] Stepped { get; init; } = [];

    public MemoryWatch[] Watches { get; init; } = [];

    public Breakpoint[] Breakpoints { get; init; } = [];

    public CatchSet Catches { get; init; } = CatchSet.None;

    /// <summary>The gates of exceptions that are caught.</summary>
    public GateWatch[] Gates { get; init; } = [];
}

/// <summary>An exception's gate, and where it led when the traps were planned.</summary>
/// <param name="Vcpu">Whose table.</param>
/// <param name="Vector">The exception.</param>
/// <param name="Handler">Linear address; null where there was none.</param>
internal readonly record struct GateWatch(int Vcpu, int Vector, ulong? Handler);

/// <summary>A watched range on read-only memory.</summary>
/// <param name="Linear">What the debugger named.</param>
/// <param name="Physical">First guest-physical byte of this piece.</param>
/// <param name="Length">Bytes of this piece; it does not cross a page.</param>
internal readonly record struct MemoryWatch(ulong Linear, ulong Physical, int Length);

/// <summary>
/// The traps in force from one resume to the next stop, as planned by <see cref="TrapPlanner"/>. Guest memory holds breakpoint bytes only
/// between <see cref="Plant"/> and <see cref="Lift"/>: while the machine is stopped memory is the guest's own.
/// </summary>
/// <remarks>
/// Everything but the bytes is immutable. <see cref="Plant"/> and <see cref="Lift"/> are called with no vCPU running;
/// <see cref="LiftAt"/> and <see cref="PlantAt"/> by the one vCPU that runs alone; <see cref="RepairOverwritten"/> by the watchdog.
/// </remarks>
internal sealed class ArmedTraps
{
    private const byte Int3 = 0xcc;
    private const byte Hlt = 0xf4;

    private readonly Lock _gate = new();
    private readonly PlantedTrap[] _planted;
    private readonly byte[] _originals;
    private readonly bool[] _inMemory;
    private readonly TrapSlot[] _slots;
    private readonly TrapRequest[] _stepped;
    private readonly MemoryWatch[] _watches;
    private readonly Breakpoint[] _executed;
    private readonly Breakpoint[] _watched;
    private readonly GateWatch[] _gates;
    private readonly ulong[] _watchedValues;
    private readonly byte _trapByte;

    /// <summary>No traps.</summary>
    public static ArmedTraps None { get; } = new(NoMemory.Instance, SoftwareBreakpointTechnique.None, new TrapPlan());

    public ArmedTraps(IGuestMemory memory, SoftwareBreakpointTechnique technique, TrapPlan plan)
    {
        Memory = memory;
        Technique = technique;
        Catches = plan.Catches;
        _planted = plan.Planted;
        _originals = new byte[_planted.Length];
        _inMemory = new bool[_planted.Length];
        _slots = plan.Slots;
        _stepped = plan.Stepped;
        _watches = plan.Watches;
        _executed = [.. plan.Breakpoints.Where(static breakpoint => breakpoint.Request.IsExecute)];
        _watched = [.. plan.Breakpoints.Where(static breakpoint => !breakpoint.Request.IsExecute)];
        _gates = plan.Gates;
        _watchedValues = new ulong[_slots.Length];
        _trapByte = technique == SoftwareBreakpointTechnique.PlantedHalt ? Hlt : Int3;
        RunControl = Control(singleStep: false, execute: true);
        StepControl = Control(singleStep: true, execute: true);
        StepOverControl = Control(singleStep: true, execute: false);
    }

    /// <summary>Guest-physical memory.</summary>
    public IGuestMemory Memory { get; }

    /// <summary>What else stops the machine.</summary>
    public CatchSet Catches { get; }

    /// <summary>How <see cref="PlantedTrap"/>s surface.</summary>
    public SoftwareBreakpointTechnique Technique { get; }

    /// <summary>Traps for running.</summary>
    public DebugControl RunControl { get; }

    /// <summary>Traps for a step.</summary>
    public DebugControl StepControl { get; }

    /// <summary>Traps for a step off a breakpoint: watchpoints stay, execute breakpoints do not.</summary>
    public DebugControl StepOverControl { get; }

    /// <summary>Something can only be found by stepping and comparing.</summary>
    public bool StepsEverywhere => _stepped.Length > 0 || Catches.NeedsSteps;

    /// <summary>Traps stand at exception handlers, so the tables that lead there are followed.</summary>
    public bool FollowsGates => _gates.Length > 0;

    /// <summary>Whether anything is planted that an overwrite could silence.</summary>
    public bool NeedsRepair
    {
        get
        {
            foreach (PlantedTrap trap in _planted)
            {
                if (!trap.IsGuarded)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>Whether bytes are planted at all.</summary>
    public bool HasPlanted => _planted.Length > 0;

    /// <summary>Whether pages are read-only for watchpoints.</summary>
    public bool HasWatches => _watches.Length > 0;

    /// <summary>Writes every breakpoint byte.</summary>
    public void Plant()
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            HasChanged(i);
        }
        for (int i = 0; i < _planted.Length; i++)
        {
            PlantOne(i);
        }
    }

    /// <summary>Takes every breakpoint byte out again; a byte that the guest overwrote meanwhile stays the guest's.</summary>
    public void Lift()
    {
        for (int i = 0; i < _planted.Length; i++)
        {
            LiftOne(i);
        }
    }

    /// <summary>Takes out the bytes under an instruction, for stepping off it.</summary>
    /// <param name="linear">Its linear address.</param>
    /// <param name="system">The CPU's, for where the instruction is in memory.</param>
    public void LiftAt(ulong linear, in SystemRegisters system) => ForEachAt(linear, Physical(linear, system), plant: false);

    /// <summary>Puts them back.</summary>
    public void PlantAt(ulong linear, in SystemRegisters system) => ForEachAt(linear, Physical(linear, system), plant: true);

    /// <summary>Whether execution at a linear address traps, in whatever way.</summary>
    public bool TrapsExecutionAt(ulong linear, in SystemRegisters system)
    {
        foreach (TrapSlot slot in _slots)
        {
            if (slot.IsExecute && slot.Address == linear)
            {
                return true;
            }
        }
        return OwnsByteAt(linear, system) || StepsTo(linear);
    }

    /// <summary>Whether a breakpoint byte of ours is under the instruction at a linear address, whatever address it was planted for.</summary>
    public bool OwnsByteAt(ulong linear, in SystemRegisters system)
    {
        if (_planted.Length == 0)
        {
            return false;
        }
        ulong? physical = Physical(linear, system);
        foreach (PlantedTrap trap in _planted)
        {
            if (IsUnder(trap, linear, physical))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether a breakpoint that is found by stepping is at a linear address.</summary>
    public bool StepsTo(ulong linear)
    {
        foreach (TrapRequest request in _stepped)
        {
            if (request.Address == linear)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>What a trap at the context's PC means: asks every breakpoint that is there.</summary>
    /// <param name="context">The CPU.</param>
    /// <param name="kind">How a stop is to be reported: as a breakpoint, or caught where the debugger knows of none.</param>
    /// <param name="message">What the user should read beside the stop; or null.</param>
    public HitOutcome Judge(TrapContext context, out StopKind kind, out string? message)
    {
        (kind, message) = (StopKind.Caught, null);
        ulong linear = context.LinearPc;
        ulong? physical = null;
        var outcome = HitOutcome.NotOurs;
        foreach (Breakpoint breakpoint in _executed)
        {
            TrapRequest at = breakpoint.Request;
            if (at.IsPhysical ? at.Address != (physical ??= Physical(linear, context.System)) : at.Address != linear)
            {
                continue;
            }
            if (!breakpoint.Counts(context, out string? said))
            {
                outcome = outcome == HitOutcome.NotOurs ? HitOutcome.Pass : outcome;
                continue;
            }
            outcome = HitOutcome.Stop;
            message ??= said;
            if (breakpoint.IsDebuggers)
            {
                kind = at.Kind == BreakpointKind.Hardware ? StopKind.HardwareBreakpoint : StopKind.SoftwareBreakpoint;
            }
        }
        // One page at two addresses: the byte is there as well where no breakpoint is.
        return outcome == HitOutcome.NotOurs && OwnsByteAt(linear, context.System) ? HitOutcome.Pass : outcome;
    }

    /// <summary>Whether a watchpoint that went off counts for a CPU.</summary>
    /// <param name="address">What the debugger named.</param>
    /// <param name="context">The CPU.</param>
    public bool JudgeWatch(ulong address, TrapContext context)
    {
        bool counts = false;
        foreach (Breakpoint breakpoint in _watched)
        {
            counts |= breakpoint.Request.Address == address && breakpoint.Counts(context, out _);
        }
        return counts;
    }

    /// <summary>Whether a caught exception's handler is elsewhere than when the traps were planned.</summary>
    public bool HaveGatesMoved(int vcpu, in GeneralRegisters general, in SystemRegisters system)
    {
        foreach (GateWatch gate in _gates)
        {
            if (gate.Vcpu == vcpu)
            {
                ulong? now = IdtGates.TryFind(Memory, general, system, gate.Vector, out ulong handler) ? handler : null;
                if (now != gate.Handler)
                {
                    return true;
                }
            }
        }
        return false;
    }

    /// <summary>Reads memory as the guest has it, under the breakpoint bytes.</summary>
    public bool TryReadBeneath(ulong physical, Span<byte> destination)
    {
        if (!Memory.TryRead(physical, destination))
        {
            return false;
        }
        lock (_gate)
        {
            for (int i = 0; i < _planted.Length; i++)
            {
                ulong at = unchecked(_planted[i].Physical - physical);
                if (_inMemory[i] && at < (ulong)destination.Length && destination[(int)at] == _trapByte)
                {
                    destination[(int)at] = _originals[i];
                }
            }
        }
        return true;
    }

    /// <summary>The slot of the lowest bit set in DR6 that is ours and worth a stop.</summary>
    public SlotMatch FindSlot(ulong dr6, out TrapSlot slot)
    {
        var match = SlotMatch.None;
        for (int i = 0; i < _slots.Length; i++)
        {
            if ((dr6 & (1UL << i)) == 0)
            {
                continue;
            }
            slot = _slots[i];
            if (slot.Kind != BreakpointKind.ReadWatch || !HasChanged(i))
            {
                return SlotMatch.Hit;
            }
            match = SlotMatch.MereWrite;
        }
        slot = default;
        return match;
    }

    /// <summary>Whether one of the bits set in DR6 is that of a breakpoint of ours.</summary>
    public bool IsBreakpoint(ulong dr6)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].IsExecute && (dr6 & (1UL << i)) != 0)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>
    /// Carries out a guest write that exited because its page is read-only for a watch. False when no page is watched or the address is not RAM.
    /// </summary>
    /// <param name="physical">Guest-physical address.</param>
    /// <param name="data">What is stored.</param>
    /// <param name="watched">The watched address that was touched, or null.</param>
    public bool TryServeWatchedWrite(ulong physical, ReadOnlySpan<byte> data, out ulong? watched)
    {
        watched = null;
        if (_watches.Length == 0 || !Memory.TryWrite(physical, data))
        {
            return false;
        }
        foreach (MemoryWatch watch in _watches)
        {
            if (physical < watch.Physical + (ulong)watch.Length && watch.Physical < physical + (ulong)data.Length)
            {
                watched = watch.Linear;
            }
        }
        return true;
    }

    /// <summary>
    /// Plants again what the guest overwrote while running. Returns the linear address of one that may have been passed meanwhile, or null.
    /// </summary>
    public ulong? RepairOverwritten()
    {
        ulong? overwritten = null;
        lock (_gate)
        {
            Span<byte> now = stackalloc byte[1];
            for (int i = 0; i < _planted.Length; i++)
            {
                if (_inMemory[i] && Memory.TryRead(_planted[i].Physical, now) && now[0] != _trapByte)
                {
                    _inMemory[i] = false;
                    PlantOne(i);
                    overwritten = _planted[i].IsGuarded ? overwritten : _planted[i].Request.Address;
                }
            }
        }
        return overwritten;
    }

    /// <summary>Whether the value under a slot is another than last time; remembers the new one.</summary>
    private bool HasChanged(int index)
    {
        TrapSlot slot = _slots[index];
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        if (slot.Physical is not { } physical || !Memory.TryRead(physical, value[..slot.SlotLength]))
        {
            return false;
        }
        ulong now = BinaryPrimitives.ReadUInt64LittleEndian(value);
        ulong before = Interlocked.Exchange(ref _watchedValues[index], now);
        return now != before;
    }

    private ulong? Physical(ulong linear, in SystemRegisters system) =>
        PageWalk.TryTranslate(Memory, system, linear, out Translation at) ? at.PhysicalAddress : null;

    private static bool IsUnder(in PlantedTrap trap, ulong linear, ulong? physical) =>
        trap.Physical == physical || (trap.Request.Address == linear && !trap.Request.IsPhysical);

    private void ForEachAt(ulong linear, ulong? physical, bool plant)
    {
        for (int i = 0; i < _planted.Length; i++)
        {
            for (int j = 0; IsUnder(_planted[i], linear, physical) && j < _planted.Length; j++)
            {
                if (_planted[j].Physical == _planted[i].Physical && plant)
                {
                    PlantOne(j);
                }
                else if (_planted[j].Physical == _planted[i].Physical)
                {
                    LiftOne(j);
                }
            }
        }
    }

    private void PlantOne(int index)
    {
        lock (_gate)
        {
            Span<byte> cell = stackalloc byte[1];
            if (_inMemory[index] || _planted[index].SharesByte || !Memory.TryRead(_planted[index].Physical, cell))
            {
                return;
            }
            _originals[index] = cell[0];
            cell[0] = _trapByte;
            _inMemory[index] = Memory.TryWrite(_planted[index].Physical, cell);
        }
    }

    private void LiftOne(int index)
    {
        lock (_gate)
        {
            Span<byte> cell = stackalloc byte[1];
            if (_inMemory[index] && Memory.TryRead(_planted[index].Physical, cell) && cell[0] == _trapByte)
            {
                cell[0] = _originals[index];
                Memory.TryWrite(_planted[index].Physical, cell);
            }
            _inMemory[index] = false;
        }
    }

    private DebugControl Control(bool singleStep, bool execute)
    {
        Span<ulong> address = stackalloc ulong[4];
        ulong dr7 = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            if (execute || !_slots[i].IsExecute)
            {
                address[i] = _slots[i].SlotAddress;
                dr7 |= (2UL << (2 * i)) | (_slots[i].ControlBits << (16 + (4 * i)));
            }
        }
        // Bit 10 is always one; GE (bit 9) is recommended for exact data breakpoints.
        dr7 = dr7 == 0 ? 0 : dr7 | 0x600;
        bool trapInt3 = (HasPlanted || Catches.CatchesInt3) && Technique == SoftwareBreakpointTechnique.Int3DebugExit;
        return new DebugControl(singleStep, trapInt3, address[0], address[1], address[2], address[3], dr7);
    }

    private sealed class NoMemory : IGuestMemory
    {
        public static NoMemory Instance { get; } = new();

        public bool TryRead(ulong address, Span<byte> destination) => false;

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

        public bool Contains(ulong address, ulong length) => false;
    }
}
