using System.Diagnostics;
using System.Globalization;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>
/// Says what a machine that did not end is doing: goes on executing each running CPU for a moment, step by step, until it touches a device
/// or shows that it goes round. Only when the run is over, since it changes registers and memory. What it cannot see: a loop that is longer
/// than the moment, and interrupts, which are held back.
/// </summary>
internal sealed class HangProbe(IMonitoredMachine machine)
{
    private const int MostSteps = 2000;
    private const int LongestLoop = 64;
    private const int FaultsOfALoop = 3;
    private const int CpusInFull = 4;
    private const ulong ReachOfHandler = 0x1000;
    private const int KicksOfALoop = 3;
    private static readonly TimeSpan s_stepLimit = TimeSpan.FromMilliseconds(100);
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
        return Judge(trail, cpu);
    }

    private void Follow(IVcpu vcpu, Trail trail)
    {
        long start = Stopwatch.GetTimestamp();
        vcpu.WantInterruptWindow = false;
        // A step over an instruction that faults, and whose handler returns to it, does not end by itself.
        using var limit = new Timer(static state => ((IVcpu)state!).Kick(), vcpu, s_stepLimit, s_stepLimit);
        int kicks = 0;
        ulong? first = null;
        while (trail.Places.Count < MostSteps && Stopwatch.GetElapsedTime(start) < s_limit)
        {
            vcpu.GetGeneral(out GeneralRegisters before);
            vcpu.GetSystem(out SystemRegisters system);
            ulong place = Engine.CpuMode.LinearPc(before, system);
            first ??= place;
            NoteReturn(new CpuState(before, system, machine.Memory), trail);
            vcpu.ClearKick();
            vcpu.SetDebugControl(new DebugControl(SingleStep: true, TrapInt3: false, 0, 0, 0, 0, 0));
            vcpu.Run(out VcpuExit exit);
            if (exit.Kind is VcpuExitKind.Interrupted && ++kicks == KicksOfALoop)
            {
                trail.Unfinished = first;
                return;
            }
            if (exit.Kind is VcpuExitKind.Interrupted or VcpuExitKind.InterruptWindow or VcpuExitKind.TaskPriorityLowered)
            {
                continue;
            }
            kicks = 0;
            first = null;
            if (exit.Kind != VcpuExitKind.Debug)
            {
                trail.Last = (exit, place);
                return;
            }
            vcpu.GetGeneral(out GeneralRegisters after);
            trail.Add(place, before == after);
        }
        trail.Unfinished = kicks > 0 ? first : null;
    }

    private bool JumpsToItself(int cpu, ulong place)
    {
        Span<byte> code = stackalloc byte[2];
        return machine.StateOf(cpu).TryRead(place, code) && code is [0xeb, 0xfe];
    }

    private static void NoteReturn(CpuState cpu, Trail trail)
    {
        Span<byte> bytes = stackalloc byte[2];
        ReadOnlySpan<byte> code = bytes[..cpu.ReadSome(cpu.LinearRip, bytes)];
        if (code is [0xcf, ..] or [0x48, 0xcf] && cpu.TryReadWord(cpu.LinearRsp, cpu.StackWordBytes, out ulong address))
        {
            trail.Returns.Add(address);
        }
    }

    private string? Judge(Trail trail, int cpu)
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
        if ((trail.Unfinished ?? trail.Stuck) is { } stuck && !JumpsToItself(cpu, stuck))
        {
            return $"is in an exception loop: the instruction at {Name(stuck)} or one behind it faults, and its handler returns to it with nothing "
                + "changed";
        }
        if (trail.Places.Count == 0)
        {
            return null;
        }
        if (FaultOf(trail, machine.StateOf(cpu)) is { } fault)
        {
            return fault;
        }
        HashSet<ulong> places = [.. trail.Places.Skip(trail.Places.Count / 2)];
        return places.Count <= LongestLoop && trail.Places.Count > 2 * LongestLoop
            ? string.Create(CultureInfo.InvariantCulture, $"goes round in {places.Count} instruction(s) from {Name(places.Min())} to {Name(places.Max())}")
            : $"executes at {Name(trail.Places[^1])}";
    }

    /// <summary>
    /// An address to which a handler has returned again and again although no INT n stands before it: what is there faults.
    /// </summary>
    private string? FaultOf(Trail trail, CpuState cpu)
    {
        Span<byte> before = stackalloc byte[2];
        foreach (IGrouping<ulong, ulong> returns in trail.Returns.GroupBy(static address => address))
        {
            bool isCall = cpu.TryRead(cpu.Linear(cpu.System.Cs, returns.Key) - 2, before) && (before[0] == 0xcd || before[1] is 0xcc or 0xce);
            if (returns.Count() >= FaultsOfALoop && !isCall)
            {
                ulong handler = trail.Places[^1];
                Dictionary<ulong, int> gates = Gates(cpu);
                ulong entry = gates.Keys.Where(gate => trail.Places.Any(place => place - gate < ReachOfHandler)).DefaultIfEmpty(handler).Max();
                string what = gates.TryGetValue(entry, out int vector) ? $"{ExceptionNames.Describe((byte)vector)} at" : "the instruction at";
                return $"is in an exception loop: {what} {Name(returns.Key)} again and again, for its handler returns to it with nothing mended";
            }
        }
        return null;
    }

    /// <summary>The handlers of the exceptions, by address.</summary>
    private static Dictionary<ulong, int> Gates(CpuState cpu)
    {
        const int exceptions = 32;
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

        /// <summary>Where interrupt returns went.</summary>
        public List<ulong> Returns { get; } = [];

        public (VcpuExit Exit, ulong Place)? Last { get; set; }

        /// <summary>Where a step began that did not end.</summary>
        public ulong? Unfinished { get; set; }

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
