using System.Globalization;
using System.Text;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Profiles.Diagnostics;

namespace OsDevHv.Machine.Commands;

/// <summary>A CPU's registers: <c>regs</c>, <c>msr</c>, <c>cpuid</c>.</summary>
internal sealed class RegisterCommands(IMonitoredMachine machine)
{
    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("regs", "[CPU|all]", "all registers, with the hidden parts of segment registers", Registers)
        {
            NeedsStop = true,
            IsInfo = true,
            Aliases = ["registers"],
        },
        new("msr", "[NAME|N [VALUE]]", "read or write a model-specific register; alone, those that have a name", Msr)
        {
            NeedsStop = true,
            Details = $"Names: {string.Join(' ', MsrNames.All.Select(static msr => msr.Name))}.\n"
                + "A number is hexadecimal with 0x, as 0xc0000080. A write says what the register reads afterwards.\n",
        },
        new("cpuid", "[LEAF [SUBLEAF]]", "what CPUID tells the guest", Cpuid) { IsInfo = true },
    ];

    private string Registers(MonitorCall call)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        if (call[0] == "all" || call[0] == "-a")
        {
            for (int cpu = 0; cpu < machine.CpuCount; cpu++)
            {
                Write(writer, cpu);
            }
        }
        else
        {
            Write(writer, call[0] is { } given ? MonitorNumbers.ParseUpTo(given, "the CPU", machine.CpuCount - 1) : call.Vcpu);
        }
        return writer.ToString();
    }

    private void Write(StringWriter writer, int cpu)
    {
        RegisterText.Write(writer, machine.StateOf(cpu), cpu, machine.Describe(cpu));
        DebugRegisters debug = default;
        VcpuEvents events = default;
        machine.Execute(cpu, engine =>
        {
            engine.GetDebugRegisters(out debug);
            engine.GetEvents(out events);
        });
        writer.WriteLine($"  dr0 {debug.Dr0:x}  dr1 {debug.Dr1:x}  dr2 {debug.Dr2:x}  dr3 {debug.Dr3:x}  dr6 {debug.Dr6:x}  dr7 {debug.Dr7:x}");
        if (events.ExceptionInjected)
        {
            writer.WriteLine($"  to be delivered: {ExceptionNames.Describe(events.ExceptionVector)}");
        }
        if (events.InterruptInjected)
        {
            writer.WriteLine($"  to be delivered: interrupt vector {events.InterruptVector}");
        }
        if (events.InterruptShadow)
        {
            writer.WriteLine("  interrupts are held back for one instruction, after STI or MOV SS");
        }
        if (events.NmiPending || events.NmiMasked)
        {
            writer.WriteLine($"  NMI: {(events.NmiPending ? "pending" : "none pending")}, {(events.NmiMasked ? "masked until IRET" : "not masked")}");
        }
    }

    private string Msr(MonitorCall call)
    {
        if (call[0] is not { } name)
        {
            var text = new StringBuilder();
            foreach ((string known, uint number) in MsrNames.All)
            {
                string value = machine.TryReadMsr(call.Vcpu, number, out ulong read) ? $"0x{read:x}" : "not there";
                text.Append(CultureInfo.InvariantCulture, $"{known,-18} 0x{number:x8} = {value}\n");
            }
            return text.ToString();
        }
        uint index = MsrNames.Find(name) ?? Number(name);
        if (call[1] is { } given)
        {
            if (!machine.TryWriteMsr(call.Vcpu, index, MonitorNumbers.Parse(given, "the value")))
            {
                throw new MonitorException($"MSR 0x{index:x} cannot be written with {given}: it is not there, or the value is not one of its");
            }
        }
        return machine.TryReadMsr(call.Vcpu, index, out ulong now)
            ? $"MSR 0x{index:x} = 0x{now:x}\n"
            : throw new MonitorException($"there is no MSR 0x{index:x}");
    }

    private static uint Number(string name)
    {
        if (MonitorNumbers.TryParse(name, out ulong index))
        {
            return index <= uint.MaxValue ? (uint)index : throw new MonitorException($"the number of an MSR has 32 bits, {name} does not fit");
        }
        string? near = Spelling.Nearest(name, MsrNames.All.Select(static msr => msr.Name));
        throw new MonitorException($"there is no MSR of the name '{name}'{(near is null ? "" : $"; did you mean {near}?")}");
    }

    private string Cpuid(MonitorCall call)
    {
        IReadOnlyList<CpuidLeaf> leaves = machine.CpuidLeaves(call.Vcpu);
        if (leaves.Count == 0)
        {
            throw new MonitorException("this engine cannot tell what CPUID gives");
        }
        ulong? leaf = call[0] is { } first ? MonitorNumbers.Parse(first, "the leaf") : null;
        ulong? subleaf = call[1] is { } second ? MonitorNumbers.Parse(second, "the subleaf") : null;
        var text = new StringBuilder();
        foreach (CpuidLeaf one in leaves.OrderBy(static one => one.Leaf).ThenBy(static one => one.Subleaf ?? 0))
        {
            if ((leaf is null || one.Leaf == leaf) && (subleaf is null || one.Subleaf is null || one.Subleaf == subleaf))
            {
                string at = one.Subleaf is { } index ? $".{index:x}" : "";
                text.Append(CultureInfo.InvariantCulture, $"{$"0x{one.Leaf:x8}{at}",-13} eax {one.Eax:x8} ebx {one.Ebx:x8} ecx {one.Ecx:x8} edx {one.Edx:x8}\n");
            }
        }
        return text.Length > 0 ? text.ToString() : throw new MonitorException($"there is no leaf {call[0]}{(call[1] is null ? "" : $", subleaf {call[1]}")}");
    }
}
