using System.Globalization;
using System.Text;
using OsDevHv.Devices;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Interrupts.Explain;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Platform;

/// <summary>The <c>monitor</c> commands about interrupt controllers, and the one that explains why an interrupt does not come.</summary>
internal sealed class InterruptMonitor(InterruptFabric fabric, ExecutionController controller)
{
    // More than any ring keeps.
    private const int MostRemembered = 1000;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("lapic", "[CPU]", "the local APICs", call => LocalApics(call[0])) { IsInfo = true },
        new("ioapic", "", "the I/O APIC's pins", _ => IoApicPins()) { IsInfo = true },
        new("pic", "", "the 8259s", _ => Pics()) { IsInfo = true },
        new("why", "irq N | vector V", "follow an interrupt from its line to the CPUs, and say what stands in its way",
            call => call.Arguments.Count == 2 ? Why(call[0]!, call[1]!) : "why what? irq N or vector V\n"),
        new("interrupts", "[N]", "the last N interrupts delivered to each CPU", call => LastInterrupts(Last(call))) { NeedsStop = true },
        new("exits", "[N]", "the last N exits of each CPU", call => LastExits(Last(call))) { NeedsStop = true },
    ];

    /// <summary><c>why irq N</c>, <c>why vector V</c>: the argument in the debugger's notation, hexadecimal with 0x.</summary>
    public string Why(string kind, string argument)
    {
        if (!TryParse(argument, out int number))
        {
            return $"'{argument}' is no number; decimal, or hexadecimal with 0x\n";
        }
        if (!controller.IsStopped)
        {
            return "the machine is running; stop it first\n";
        }
        var explainer = new InterruptExplainer(fabric, Glances());
        switch (kind)
        {
            case "irq" when number is >= 0 and < IoApic.PinCount:
                return Text(explainer.WhyInterrupt(number));
            case "irq":
                return $"there is no IRQ {number}; 0 to 15 are the ISA interrupts, 16 to 23 further pins of the I/O APIC\n";
            case "vector" when number is >= 0 and <= byte.MaxValue:
                return Text(explainer.WhyVector((byte)number));
            case "vector":
                return $"there is no vector {number}; 0 to 255\n";
            default:
                return "why what? irq N or vector V\n";
        }
    }

    /// <summary>The local APIC of each CPU, or of one.</summary>
    public string LocalApics(string? cpu)
    {
        int only = -1;
        if (cpu is not null && (!TryParse(cpu, out only) || only < 0 || only >= fabric.LocalApics.Count))
        {
            return $"there is no CPU {cpu}\n";
        }
        var text = new StringBuilder();
        lock (fabric.Lock)
        {
            for (int i = 0; i < fabric.LocalApics.Count; i++)
            {
                if (only < 0 || only == i)
                {
                    Describe(text, i, fabric.LocalApics[i]);
                }
            }
        }
        return text.ToString();
    }

    /// <summary>The I/O APIC.</summary>
    public string IoApicPins()
    {
        lock (fabric.Lock)
        {
            if (fabric.IoApic is not { } ioApic)
            {
                return "this machine has no I/O APIC\n";
            }
            var text = new StringBuilder($"I/O APIC, id {ioApic.Id}\n");
            for (int pin = 0; pin < IoApic.PinCount; pin++)
            {
                RedirectionEntry entry = new(ioApic.Redirection(pin));
                string line = ioApic.IsAsserted(pin) ? "asserted" : "-";
                string masked = entry.IsMasked ? "masked" : "open";
                string trigger = entry.IsLevel ? "level" : "edge";
                string polarity = entry.IsActiveLow ? "low" : "high";
                string destination = $"{(entry.IsLogical ? "logical " : "")}{entry.Destination:x2}h";
                string irr = entry.RemoteIrr ? ", remote IRR" : "";
                text.Append($"pin {pin,2}: {line,-8} {masked,-6} {trigger,-5} {polarity,-4} {entry.Mode} vector {entry.Vector:x2}h to {destination}{irr}, sent {ioApic.Sent(pin)} times\n");
            }
            return text.ToString();
        }
    }

    /// <summary>The 8259s.</summary>
    public string Pics()
    {
        lock (fabric.Lock)
        {
            if (fabric.Pics is not { } pics)
            {
                return "this machine has no 8259s\n";
            }
            var text = new StringBuilder();
            Describe(text, "master", pics.Master);
            Describe(text, "slave ", pics.Slave);
            text.Append(pics.IsInterruptRequested ? "INTR is high\n" : "INTR is low\n");
            return text.ToString();
        }
    }

    private string LastInterrupts(int most)
    {
        var text = new StringBuilder();
        foreach (VcpuThread vcpu in controller.Vcpus)
        {
            text.Append($"CPU {vcpu.Index}: {vcpu.LastInterrupts.Count} delivered\n");
            foreach ((long time, int vector) in vcpu.LastInterrupts.Snapshot().TakeLast(most))
            {
                string what = vector == InterruptRing.NonMaskable ? "NMI" : $"vector {vector:x2}h";
                text.Append($"  {Milliseconds(time)} ms  {what}\n");
            }
        }
        return text.ToString();
    }

    private string LastExits(int most)
    {
        var text = new StringBuilder();
        foreach (VcpuThread vcpu in controller.Vcpus)
        {
            text.Append($"CPU {vcpu.Index}:\n");
            foreach (string line in vcpu.LastExits.Describe().TakeLast(most))
            {
                text.Append($"  {line}\n");
            }
        }
        return text.ToString();
    }

    private static int Last(MonitorCall call) =>
        call[0] is { } given ? MonitorNumbers.ParseUpTo(given, "the number", MostRemembered) : MostRemembered;

    /// <summary>Machine time in milliseconds, as all commands show it.</summary>
    public static string Milliseconds(long time) => (time / 1e6).ToString("f3", CultureInfo.InvariantCulture);

    private List<CpuGlance> Glances() => [.. controller.Vcpus.Select(static vcpu =>
    {
        var delivered = new Dictionary<int, long>();
        foreach ((long time, int vector) in vcpu.LastInterrupts.Snapshot())
        {
            delivered[vector] = time;
        }
        const ulong interruptFlag = 1 << 9;
        bool on = (vcpu.Snapshot.General.Rflags & interruptFlag) != 0;
        return new CpuGlance(vcpu.Snapshot.General.Rip, on, vcpu.Snapshot.WaitsForSipi, delivered);
    })];

    private static string Text(IReadOnlyList<Finding> findings)
    {
        var text = new StringBuilder();
        foreach (Finding finding in findings)
        {
            text.Append(finding.Obstacle == Obstacle.None ? "  " : "! ").Append(finding.Text).Append('\n');
        }
        return text.Append(InterruptExplainer.Conclude(findings)).Append('\n').ToString();
    }

    private static void Describe(StringBuilder text, int cpu, LocalApic apic)
    {
        text.Append($"CPU {cpu}: local APIC id {apic.Id:x}h, {ModeText(apic)}, registers at {apic.Address:x}h\n");
        text.Append($"  SVR {apic.Svr:x}h  TPR {apic.TaskPriority:x2}h  PPR {apic.ProcessorPriority:x2}h  LDR {apic.LogicalDestination:x8}h");
        text.Append($"  DFR {apic.DestinationFormat:x8}h  ICR {apic.Icr:x16}h  ESR {(int)apic.Esr:x2}h\n");
        foreach (LocalVector which in Enum.GetValues<LocalVector>())
        {
            LocalVectorEntry entry = apic.Entry(which);
            string trigger = entry.IsLevel ? " level" : "";
            text.Append($"  {which,-18} {(entry.IsMasked ? "masked" : "open  ")} {entry.DeliveryMode} vector {entry.Vector:x2}h{trigger}\n");
        }
        string expiry = apic.TimerExpiry == IDeviceClock.Never ? "not running" : $"next at {Milliseconds(apic.TimerExpiry)} ms";
        text.Append($"  timer: {apic.TimerMode}, initial count {apic.TimerInitialCount}, now {apic.TimerCurrentCount}, divided by {apic.TimerDivisor}, {expiry}\n");
        text.Append($"  IRR:{Vectors(apic.IsRequested)}  ISR:{Vectors(apic.IsInService)}\n");
    }

    private static string ModeText(LocalApic apic) => apic.Mode switch
    {
        LocalApicMode.Disabled => "disabled",
        LocalApicMode.X2Apic => apic.SoftwareEnabled ? "x2APIC" : "x2APIC, disabled in SVR",
        _ => apic.SoftwareEnabled ? "xAPIC" : "xAPIC, disabled in SVR",
    };

    private static string Vectors(Func<byte, bool> contains)
    {
        var text = new StringBuilder();
        for (int vector = 0; vector <= byte.MaxValue; vector++)
        {
            if (contains((byte)vector))
            {
                text.Append($" {vector:x2}h");
            }
        }
        return text.Length == 0 ? " none" : text.ToString();
    }

    private static void Describe(StringBuilder text, string name, Pic8259 chip)
    {
        string modes = $"{(chip.AutoEoi ? ", automatic EOI" : "")}{(chip.SpecialMask ? ", special mask" : "")}";
        text.Append($"{name}: vectors from {chip.VectorBase:x2}h, IMR {chip.Imr:x2}h, IRR {chip.Irr:x2}h, ISR {chip.Isr:x2}h, ");
        text.Append($"ELCR {chip.Elcr:x2}h, lowest priority {chip.LowestPriority}{modes}\n");
    }

    private static bool TryParse(string text, out int number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
