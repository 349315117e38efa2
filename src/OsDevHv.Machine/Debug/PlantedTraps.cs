using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// Software breakpoints in guest memory. It holds their bytes only between <see cref="Plant"/> and <see cref="Lift"/>: while the machine is
/// stopped memory is the guest's own.
/// </summary>
/// <remarks>
/// <see cref="Plant"/> and <see cref="Lift"/> are called with no vCPU running; <see cref="LiftAt"/> and <see cref="PlantAt"/> by the one
/// vCPU that runs alone; <see cref="RepairOverwritten"/> by the watchdog.
/// </remarks>
/// <param name="memory">Guest-physical memory.</param>
/// <param name="traps">Which, and where.</param>
/// <param name="trapByte">The instruction that is planted.</param>
internal sealed class PlantedTraps(IGuestMemory memory, PlantedTrap[] traps, byte trapByte)
{
    private readonly Lock _gate = new();
    private readonly byte[] _originals = new byte[traps.Length];
    private readonly bool[] _inMemory = new bool[traps.Length];

    /// <summary>Whether there are any.</summary>
    public bool Any => traps.Length > 0;

    /// <summary>Whether anything is planted that an overwrite could silence.</summary>
    public bool NeedsRepair
    {
        get
        {
            foreach (PlantedTrap trap in traps)
            {
                if (!trap.IsGuarded)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>Writes every breakpoint byte.</summary>
    public void Plant()
    {
        for (int i = 0; i < traps.Length; i++)
        {
            PlantOne(i);
        }
    }

    /// <summary>Takes every breakpoint byte out again; a byte that the guest overwrote meanwhile stays the guest's.</summary>
    public void Lift()
    {
        for (int i = 0; i < traps.Length; i++)
        {
            LiftOne(i);
        }
    }

    /// <summary>Takes out the bytes under an instruction, for stepping off it.</summary>
    /// <param name="linear">Its linear address.</param>
    /// <param name="system">The CPU's, for where the instruction is in memory.</param>
    public void LiftAt(ulong linear, in SystemRegisters system) => ForEachAt(linear, PageWalk.PhysicalOf(memory, system, linear), plant: false);

    /// <summary>Puts them back.</summary>
    public void PlantAt(ulong linear, in SystemRegisters system) => ForEachAt(linear, PageWalk.PhysicalOf(memory, system, linear), plant: true);

    /// <summary>
    /// Whether a breakpoint byte of ours is under the instruction at a linear address, whatever address it was planted for.
    /// </summary>
    public bool OwnsByteAt(ulong linear, in SystemRegisters system)
    {
        if (traps.Length == 0)
        {
            return false;
        }
        ulong? physical = PageWalk.PhysicalOf(memory, system, linear);
        foreach (PlantedTrap trap in traps)
        {
            if (IsUnder(trap, linear, physical))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Reads memory as the guest has it, under the breakpoint bytes.</summary>
    public bool TryReadBeneath(ulong physical, Span<byte> destination)
    {
        if (!memory.TryRead(physical, destination))
        {
            return false;
        }
        lock (_gate)
        {
            for (int i = 0; i < traps.Length; i++)
            {
                ulong at = unchecked(traps[i].Physical - physical);
                if (_inMemory[i] && at < (ulong)destination.Length && destination[(int)at] == trapByte)
                {
                    destination[(int)at] = _originals[i];
                }
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
            for (int i = 0; i < traps.Length; i++)
            {
                if (_inMemory[i] && memory.TryRead(traps[i].Physical, now) && now[0] != trapByte)
                {
                    _inMemory[i] = false;
                    PlantOne(i);
                    overwritten = traps[i].IsGuarded ? overwritten : traps[i].Request.Address;
                }
            }
        }
        return overwritten;
    }

    private static bool IsUnder(in PlantedTrap trap, ulong linear, ulong? physical) =>
        trap.Physical == physical || (trap.Request.Address == linear && !trap.Request.IsPhysical);

    private void ForEachAt(ulong linear, ulong? physical, bool plant)
    {
        for (int i = 0; i < traps.Length; i++)
        {
            for (int j = 0; IsUnder(traps[i], linear, physical) && j < traps.Length; j++)
            {
                if (traps[j].Physical == traps[i].Physical && plant)
                {
                    PlantOne(j);
                }
                else if (traps[j].Physical == traps[i].Physical)
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
            if (_inMemory[index] || traps[index].SharesByte || !memory.TryRead(traps[index].Physical, cell))
            {
                return;
            }
            _originals[index] = cell[0];
            cell[0] = trapByte;
            _inMemory[index] = memory.TryWrite(traps[index].Physical, cell);
        }
    }

    private void LiftOne(int index)
    {
        lock (_gate)
        {
            Span<byte> cell = stackalloc byte[1];
            if (_inMemory[index] && memory.TryRead(traps[index].Physical, cell) && cell[0] == trapByte)
            {
                cell[0] = _originals[index];
                memory.TryWrite(traps[index].Physical, cell);
            }
            _inMemory[index] = false;
        }
    }
}
