using OsDevHv.Devices;

namespace OsDevHv.Machine.Interrupts;

/// <summary>A line of the debugger's to each interrupt, made when it is first used. While the machine is stopped.</summary>
internal sealed class DebuggerLines(InterruptFabric fabric)
{
    private readonly Dictionary<int, IInterruptLine> _lines = [];

    /// <summary>The line to an ISA interrupt, 0 to 15, or to a pin of the I/O APIC, 16 to 23.</summary>
    public IInterruptLine this[int interrupt]
    {
        get
        {
            if (!_lines.TryGetValue(interrupt, out IInterruptLine? line))
            {
                line = interrupt < InterruptFabric.IsaInterrupts ? fabric.AddIsaLine(interrupt) : fabric.AddIoApicLine(interrupt);
                _lines.Add(interrupt, line);
            }
            return line;
        }
    }
}
