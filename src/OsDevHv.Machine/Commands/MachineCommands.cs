using System.Globalization;
using OsDevHv.Devices;
using OsDevHv.Machine.Interrupts;

namespace OsDevHv.Machine.Commands;

/// <summary>What is done to the whole machine: <c>reset</c>, <c>nmi</c>, <c>irq</c>, <c>log</c>, <c>quit</c>.</summary>
internal sealed class MachineCommands(VirtualMachine machine)
{
    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("reset", "[halt]", "switch the machine off and on: it boots again, stopped before its first instruction", ResetAsync)
        {
            NeedsStop = true,
            Details = "RAM is empty then; a reset by the guest leaves it. 'reset halt' is the same. gdb still shows what it read before; 'maintenance flush register-cache' makes it look again.\n",
        },
        new("nmi", "[CPU]", "send an NMI to CPU 0 or another", Nmi),
        new("irq", "N [raise|lower|pulse]", "raise or lower an interrupt line as a device does; a pulse is both", Irq)
        {
            NeedsStop = true,
            Details = "0 to 15 are the ISA interrupts, which go to the 8259s and the I/O APIC; 16 to 23 are pins of the I/O APIC alone.\n"
                + "A pulse is what an edge-triggered interrupt needs. A raised line stays so until it is lowered; 'why irq N' tells what becomes of it.\n",
        },
        new("log", "[NAME on|off]", "trace to stderr: guest-errors, unclaimed; alone, what is on", Log),
        new("quit", "", "end the run", _ => Quit()),
    ];

    private async Task<string> ResetAsync(MonitorCall call)
    {
        if (call[0] is { } word && word is not ("halt" or "init"))
        {
            throw new MonitorException($"'{word}' is no way to reset; reset, or reset halt");
        }
        if (await machine.Target.RestartAsync(commandLine: null).ConfigureAwait(false) is { } obstacle)
        {
            throw new MonitorException(obstacle);
        }
        return "reset; gdb still shows what it read before: 'flushregs' or 'stepi' makes it look again\n";
    }

    private string Nmi(MonitorCall call)
    {
        int cpu = call[0] is { } given ? MonitorNumbers.ParseUpTo(given, "the CPU", machine.Controller.Vcpus.Count - 1) : 0;
        uint id;
        lock (machine.Fabric.Lock)
        {
            id = machine.Fabric.LocalApics[cpu].Id;
        }
        machine.Fabric.Send(new InterruptMessage(
            Vector: 2, DeliveryMode.NonMaskable, Destination: id, IsLogical: false, IsLevel: false, IsWide: true));
        return $"NMI sent to CPU {cpu}\n";
    }

    private string Irq(MonitorCall call)
    {
        int interrupt = MonitorNumbers.ParseUpTo(call[0], "the interrupt", IoApic.PinCount - 1);
        if (interrupt >= InterruptFabric.IsaInterrupts && machine.Fabric.IoApic is null)
        {
            throw new MonitorException($"this machine has no I/O APIC, so there is no interrupt {interrupt}");
        }
        IInterruptLine line = machine.DebuggerLines[interrupt];
        switch (call[1] ?? "pulse")
        {
            case "raise" or "level":
                line.Set(true);
                break;
            case "lower":
                line.Set(false);
                break;
            case "pulse":
                line.Set(true);
                line.Set(false);
                break;
            default:
                throw new MonitorException($"'{call[1]}' is none of raise, lower and pulse");
        }
        return string.Create(CultureInfo.InvariantCulture, $"IRQ {interrupt}: {call[1] ?? "pulse"}\n");
    }

    private string Log(MonitorCall call)
    {
        if (call[0] is { } name)
        {
            TraceCategories category = name switch
            {
                "guest-errors" => TraceCategories.GuestErrors,
                "unclaimed" => TraceCategories.Unclaimed,
                _ => throw new MonitorException($"there is no trace '{name}'; guest-errors or unclaimed"),
            };
            machine.Trace.Set(category, call[1] switch
            {
                "on" or null => true,
                "off" => false,
                _ => throw new MonitorException($"'{call[1]}' is neither on nor off"),
            });
        }
        return $"guest-errors {OnOff(TraceCategories.GuestErrors)}, unclaimed {OnOff(TraceCategories.Unclaimed)}\n";
    }

    private string OnOff(TraceCategories category) => machine.Trace.IsOn(category) ? "on" : "off";

    private string Quit()
    {
        machine.Controller.End(new Verdict(VerdictKind.Stopped, "by monitor quit", ExitCodes.Stopped));
        return "";
    }
}
