using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

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

/// <summary>
/// The traps in force from one resume to the next stop, as planned by <see cref="TrapPlanner"/>: what an exit means is asked here.
/// </summary>
/// <remarks>
/// Everything but the bytes and the values of watched memory is immutable. <see cref="Plant"/> and <see cref="Lift"/> are called with no
/// vCPU running.
/// </remarks>
internal sealed class ArmedTraps
{
    private const byte Int3 = 0xcc;
    private const byte Hlt = 0xf4;

    private readonly TrapSlot[] _slots;
    private readonly TrapRequest[] _stepped;
    private readonly MemoryWatch[] _watches;
    private readonly Breakpoint[] _executed;
    private readonly Breakpoint[] _watched;
    private readonly GateWatch[] _gates;
    private readonly ulong[] _watchedValues;

    /// <summary>No traps.</summary>
    public static ArmedTraps None { get; } = new(NoMemory.Instance, SoftwareBreakpointTechnique.None, new TrapPlan());

    public ArmedTraps(IGuestMemory memory, SoftwareBreakpointTechnique technique, TrapPlan plan)
    {
        Memory = memory;
        Technique = technique;
        Catches = plan.Catches;
        Planted = new PlantedTraps(memory, plan.Planted, technique == SoftwareBreakpointTechnique.PlantedHalt ? Hlt : Int3);
        _slots = plan.Slots;
        _stepped = plan.Stepped;
        _watches = plan.Watches;
        _executed = [.. plan.Breakpoints.Where(static breakpoint => breakpoint.Request.IsExecute)];
        _watched = [.. plan.Breakpoints.Where(static breakpoint => !breakpoint.Request.IsExecute)];
        _gates = plan.Gates;
        _watchedValues = new ulong[_slots.Length];
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

    /// <summary>The bytes in guest memory.</summary>
    public PlantedTraps Planted { get; }

    /// <summary>Whether pages are read-only for watchpoints.</summary>
    public bool HasWatches => _watches.Length > 0;

    /// <summary>Notes what watched memory holds, and writes every breakpoint byte.</summary>
    public void Plant()
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            HasChanged(i);
        }
        Planted.Plant();
    }

    /// <summary>Takes every breakpoint byte out again; a byte that the guest overwrote meanwhile stays the guest's.</summary>
    public void Lift() => Planted.Lift();

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
        return Planted.OwnsByteAt(linear, system) || StepsTo(linear);
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
            if (at.IsPhysical ? at.Address != (physical ??= PageWalk.PhysicalOf(Memory, context.System, linear)) : at.Address != linear)
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
        return outcome == HitOutcome.NotOurs && Planted.OwnsByteAt(linear, context.System) ? HitOutcome.Pass : outcome;
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
    /// Carries out a guest write that exited because its page is read-only for a watch. False when no page is watched or the address is not
    /// RAM.
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
        bool trapInt3 = (Planted.Any || Catches.CatchesInt3) && Technique == SoftwareBreakpointTechnique.Int3DebugExit;
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
