using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>A software breakpoint in guest memory.</summary>
/// <param name="Kind">Z0, or Z1 on a host whose debug registers do not fire.</param>
/// <param name="Linear">Where the debugger asked for it.</param>
/// <param name="Physical">Where its byte is.</param>
/// <param name="SharesByte">An earlier trap has the same physical byte (two linear addresses of one page) and plants it.</param>
/// <param name="IsGuarded">A debug register holds the same address, so an overwritten byte cannot make it miss.</param>
internal readonly record struct PlantedTrap(BreakpointKind Kind, ulong Linear, ulong Physical, bool SharesByte, bool IsGuarded);

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
    private readonly IGuestMemory _memory;
    private readonly PlantedTrap[] _planted;
    private readonly byte[] _originals;
    private readonly bool[] _inMemory;
    private readonly TrapSlot[] _slots;
    private readonly TrapRequest[] _stepped;
    private readonly MemoryWatch[] _watches;
    private readonly ulong[] _watchedValues;
    private readonly byte _trapByte;

    /// <summary>No traps.</summary>
    public static ArmedTraps None { get; } = new(NoMemory.Instance, SoftwareBreakpointTechnique.None, [], [], [], []);

    public ArmedTraps(
        IGuestMemory memory, SoftwareBreakpointTechnique technique, PlantedTrap[] planted, TrapSlot[] slots, TrapRequest[] stepped, MemoryWatch[] watches)
    {
        _memory = memory;
        Technique = technique;
        _planted = planted;
        _originals = new byte[planted.Length];
        _inMemory = new bool[planted.Length];
        _slots = slots;
        _stepped = stepped;
        _watches = watches;
        _watchedValues = new ulong[slots.Length];
        _trapByte = technique == SoftwareBreakpointTechnique.PlantedHalt ? Hlt : Int3;
        RunControl = Control(singleStep: false, execute: true);
        StepControl = Control(singleStep: true, execute: true);
        StepOverControl = Control(singleStep: true, execute: false);
    }

    /// <summary>How <see cref="PlantedTrap"/>s surface.</summary>
    public SoftwareBreakpointTechnique Technique { get; }

    /// <summary>Traps for running.</summary>
    public DebugControl RunControl { get; }

    /// <summary>Traps for a step.</summary>
    public DebugControl StepControl { get; }

    /// <summary>Traps for a step off a breakpoint: watchpoints stay, execute breakpoints do not.</summary>
    public DebugControl StepOverControl { get; }

    /// <summary>Some breakpoint can only be found by stepping and comparing.</summary>
    public bool StepsEverywhere => _stepped.Length > 0;

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

    /// <summary>Takes out the bytes at one linear address, for stepping off it.</summary>
    public void LiftAt(ulong linear) => ForEachAt(linear, plant: false);

    /// <summary>Puts them back.</summary>
    public void PlantAt(ulong linear) => ForEachAt(linear, plant: true);

    /// <summary>Whether execution at a linear address traps, in whatever way.</summary>
    public bool TrapsExecutionAt(ulong linear)
    {
        foreach (TrapSlot slot in _slots)
        {
            if (slot.IsExecute && slot.Address == linear)
            {
                return true;
            }
        }
        return TryFindPlanted(linear, out _) || TryFindStepped(linear, out _);
    }

    /// <summary>The planted breakpoint at a linear address.</summary>
    public bool TryFindPlanted(ulong linear, out BreakpointKind kind)
    {
        foreach (PlantedTrap trap in _planted)
        {
            if (trap.Linear == linear)
            {
                kind = trap.Kind;
                return true;
            }
        }
        kind = default;
        return false;
    }

    /// <summary>The breakpoint at a linear address that is found by stepping.</summary>
    public bool TryFindStepped(ulong linear, out BreakpointKind kind)
    {
        foreach (TrapRequest request in _stepped)
        {
            if (request.Address == linear)
            {
                kind = request.Kind;
                return true;
            }
        }
        kind = default;
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

    /// <summary>
    /// Carries out a guest write that exited because its page is read-only for a watch. False when no page is watched or the address is not RAM.
    /// </summary>
    /// <param name="physical">Guest-physical address.</param>
    /// <param name="data">What is stored.</param>
    /// <param name="watched">The watched address that was touched, or null.</param>
    public bool TryServeWatchedWrite(ulong physical, ReadOnlySpan<byte> data, out ulong? watched)
    {
        watched = null;
        if (_watches.Length == 0 || !_memory.TryWrite(physical, data))
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
                if (_inMemory[i] && _memory.TryRead(_planted[i].Physical, now) && now[0] != _trapByte)
                {
                    _inMemory[i] = false;
                    PlantOne(i);
                    overwritten = _planted[i].IsGuarded ? overwritten : _planted[i].Linear;
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
        if (slot.Physical is not { } physical || !_memory.TryRead(physical, value[..slot.SlotLength]))
        {
            return false;
        }
        ulong now = BinaryPrimitives.ReadUInt64LittleEndian(value);
        ulong before = Interlocked.Exchange(ref _watchedValues[index], now);
        return now != before;
    }

    private void ForEachAt(ulong linear, bool plant)
    {
        for (int i = 0; i < _planted.Length; i++)
        {
            for (int j = 0; _planted[i].Linear == linear && j < _planted.Length; j++)
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
            if (_inMemory[index] || _planted[index].SharesByte || !_memory.TryRead(_planted[index].Physical, cell))
            {
                return;
            }
            _originals[index] = cell[0];
            cell[0] = _trapByte;
            _inMemory[index] = _memory.TryWrite(_planted[index].Physical, cell);
        }
    }

    private void LiftOne(int index)
    {
        lock (_gate)
        {
            Span<byte> cell = stackalloc byte[1];
            if (_inMemory[index] && _memory.TryRead(_planted[index].Physical, cell) && cell[0] == _trapByte)
            {
                cell[0] = _originals[index];
                _memory.TryWrite(_planted[index].Physical, cell);
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
        bool trapInt3 = HasPlanted && Technique == SoftwareBreakpointTechnique.Int3DebugExit;
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
