using System.Diagnostics;
using System.Globalization;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>
/// Says what a machine that did not end is doing: goes on executing each running CPU for a moment, step by step, until it touches a device or
/// shows that it goes round. Only when the run is over, since it changes registers and memory. What it cannot see: a loop that is longer
/// than the moment, and interrupts, which are held back.
/// </summary>
internal sealed class HangProbe(IMonitoredMachine machine)
{
    private const int MostSteps = 2000;
    private const int LongestLoop = 64;
    private const int FaultsOfALoop = 3;
    private const int CpusInFull = 4;
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(500);

    /// <summary>"; CPU 0 ..." for each running CPU, up to a few; empty where none runs.</summary>
    public string Describe()
    {
        string text = "";
        int described = 0;
        for (int cpu = 0; cpu < machine.CpuCount && described < CpusInFull; cpu++)
        {
            string activity = machine.Describe(cpu);
            if (activity == "stopped" && Watch(cpu) is { } found)
            {
                text += $"; CPU {cpu} {found}";
                described++;
            }
            else if (machine.CpuCount == 1)
            {
                text += $"; CPU 0 is {activity}";
            }
        }
        return text;
    }

    private string? Watch(int cpu)
    {
        Trail trail = new();
        machine.Execute(cpu, vcpu => Follow(vcpu, trail));
        return Judge(trail);
    }

    private static void Follow(IVcpu vcpu, Trail trail)
    {
        long start = Stopwatch.GetTimestamp();
        vcpu.WantInterruptWindow = false;
        while (trail.Places.Count < MostSteps && Stopwatch.GetElapsedTime(start) < s_limit)
        {
            vcpu.GetGeneral(out GeneralRegisters before);
            vcpu.GetSystem(out SystemRegisters system);
            ulong place = Engine.CpuMode.LinearPc(before, system);
            vcpu.ClearKick();
            vcpu.SetDebugControl(new DebugControl(SingleStep: true, TrapInt3: false, 0, 0, 0, 0, 0));
            vcpu.Run(out VcpuExit exit);
            if (exit.Kind is VcpuExitKind.Interrupted or VcpuExitKind.InterruptWindow or VcpuExitKind.TaskPriorityLowered)
            {
                continue;
            }
            if (exit.Kind != VcpuExitKind.Debug)
            {
                trail.Last = (exit, place);
                return;
            }
            vcpu.GetGeneral(out GeneralRegisters after);
            trail.Add(place, before == after);
        }
    }

    private string? Judge(Trail trail)
    {
        if (trail.Last is { } last)
        {
            string verb = last.Exit.IsWrite ? "writes" : "reads";
            return last.Exit.Kind switch
            {
                VcpuExitKind.PortIo => $"{verb} port 0x{last.Exit.Address:x} at {Name(last.Place)}",
                VcpuExitKind.Mmio => $"{verb} device memory 0x{last.Exit.Address:x} at {Name(last.Place)}",
                VcpuExitKind.Msr => $"{verb} MSR 0x{last.Exit.Address:x} at {Name(last.Place)}",
                VcpuExitKind.Halt => $"halts at {Name(last.Place)}",
                _ => null,
            };
        }
        if (trail.Places.Count == 0)
        {
            return null;
        }
        if (Gates() is { Count: > 0 } gates && FaultOf(trail, gates) is { } fault)
        {
            return fault;
        }
        if (trail.Stuck is { } stuck)
        {
            return $"is in an exception loop: the instruction at {Name(stuck)} faults, and its handler returns to it with nothing changed";
        }
        HashSet<ulong> places = [.. trail.Places.Skip(trail.Places.Count / 2)];
        return places.Count <= LongestLoop && trail.Places.Count > 2 * LongestLoop
            ? string.Create(CultureInfo.InvariantCulture, $"goes round in {places.Count} instruction(s) from {Name(places.Min())} to {Name(places.Max())}")
            : $"executes at {Name(trail.Places[^1])}";
    }

    /// <summary>A handler that was entered again and again from one instruction.</summary>
    private string? FaultOf(Trail trail, Dictionary<ulong, int> gates)
    {
        var entries = new Dictionary<(ulong Place, int Vector), int>();
        for (int i = 1; i < trail.Places.Count; i++)
        {
            if (gates.TryGetValue(trail.Places[i], out int vector))
            {
                (ulong, int) key = (trail.Places[i - 1], vector);
                int times = entries.GetValueOrDefault(key) + 1;
                entries[key] = times;
                if (times >= FaultsOfALoop)
                {
                    return $"is in an exception loop: {ExceptionNames.Describe((byte)vector)} at {Name(trail.Places[i - 1])}, again and again";
                }
            }
        }
        return null;
    }

    /// <summary>The handlers of the exceptions, by address.</summary>
    private Dictionary<ulong, int> Gates()
    {
        const int exceptions = 32;
        CpuState cpu = machine.StateOf(0);
        var gates = new Dictionary<ulong, int>();
        int size = cpu.IsLongModeActive ? 16 : 8;
        for (int vector = 0; vector < exceptions && cpu.Mode != CpuMode.Real && ((vector + 1) * size) - 1 <= cpu.System.Idt.Limit; vector++)
        {
            ulong at = cpu.System.Idt.Base + (ulong)(vector * size);
            ulong high = 0;
            if (cpu.TryReadWord(at, 8, out ulong low) && low != 0 && (size == 8 || cpu.TryReadWord(at + 8, 8, out high)))
            {
                gates.TryAdd(DescriptorText.OffsetOf(low, high, cpu.IsLongModeActive), vector);
            }
        }
        return gates;
    }

    private string Name(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}{SymbolText.Suffix(machine.Symbols, address)}");

    /// <summary>Where the steps were.</summary>
    private sealed class Trail
    {
        private int _same;

        public List<ulong> Places { get; } = [];

        public (VcpuExit Exit, ulong Place)? Last { get; set; }

        /// <summary>An instruction whose steps changed nothing: it faulted, and the handler ran in the step and returned to it.</summary>
        public ulong? Stuck { get; private set; }

        public void Add(ulong place, bool isUnchanged)
        {
            _same = isUnchanged && Places.Count > 0 && Places[^1] == place ? _same + 1 : 0;
            Stuck = _same >= FaultsOfALoop ? place : Stuck;
            Places.Add(place);
        }
    }
}
