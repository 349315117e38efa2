using System.Globalization;
using System.Text;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Commands;

/// <summary>Descriptor tables: <c>gdt</c>, <c>ldt</c>, <c>idt</c>, <c>tss</c>.</summary>
internal sealed class DescriptorCommands(IMonitoredMachine machine)
{
    private const int MostDescriptors = 8192;
    private const int Vectors = 256;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("gdt", "", "the descriptors of the GDT", call => Gdt(machine.StateOf(call.Vcpu))) { NeedsStop = true, IsInfo = true },
        new("ldt", "", "the descriptors of the LDT", call => Ldt(machine.StateOf(call.Vcpu))) { NeedsStop = true, IsInfo = true },
        new("idt", "[VECTOR]", "the gates of the IDT; in real mode the interrupt vectors", Idt)
        {
            NeedsStop = true,
            IsInfo = true,
            Aliases = ["ivt"],
            Details = "With a vector: its gate, and whether the CPU could deliver the interrupt through it as the machine is now.\n",
        },
        new("tss", "", "the task state segment: the stacks that interrupts switch to", call => Tss(machine.StateOf(call.Vcpu)))
        {
            NeedsStop = true,
            IsInfo = true,
        },
    ];

    private static string Gdt(CpuState cpu) =>
        $"GDT at 0x{cpu.System.Gdt.Base:x}, limit 0x{cpu.System.Gdt.Limit:x}\n" + Table(cpu, cpu.System.Gdt.Base, cpu.System.Gdt.Limit, 0);

    private static string Ldt(CpuState cpu)
    {
        Segment ldt = cpu.System.Ldt;
        return (ldt.Flags & SegmentBits.Unusable) != 0 || (ldt.Flags & SegmentBits.Present) == 0 || (ldt.Selector & ~3) == 0
            ? "there is no LDT: LDTR is null\n"
            : $"LDT 0x{ldt.Selector:x} at 0x{ldt.Base:x}, limit 0x{ldt.Limit:x}\n" + Table(cpu, ldt.Base, ldt.Limit, 4);
    }

    private static string Table(CpuState cpu, ulong start, uint limit, int indicator)
    {
        var text = new StringBuilder();
        int empty = 0;
        for (int at = 0; at + 7 <= limit && at / 8 < MostDescriptors; at += 8)
        {
            if (!cpu.TryReadWord(start + (ulong)at, 8, out ulong low))
            {
                text.Append(CultureInfo.InvariantCulture, $"0x{start + (ulong)at:x} is not mapped to RAM\n");
                break;
            }
            if (low == 0 && at != 0)
            {
                empty++;
                continue;
            }
            bool isDouble = DescriptorText.SizeOf(low, cpu.IsLongModeActive) == 16;
            ulong high = 0;
            if (isDouble && !cpu.TryReadWord(start + (ulong)at + 8, 8, out high))
            {
                text.Append(CultureInfo.InvariantCulture, $"0x{start + (ulong)at + 8:x} is not mapped to RAM\n");
                break;
            }
            text.Append(CultureInfo.InvariantCulture, $"0x{at | indicator:x4}: {DescriptorText.Describe(low, high, cpu.IsLongModeActive)}\n");
            at += isDouble ? 8 : 0;
        }
        return text.Append(empty == 0 ? "" : $"{empty} more are null\n").ToString();
    }

    private string Idt(MonitorCall call)
    {
        CpuState cpu = machine.StateOf(call.Vcpu);
        if (call[0] is { } given)
        {
            int vector = MonitorNumbers.ParseUpTo(given, "the vector", Vectors - 1);
            return Gate(cpu, vector, out string line)
                ? $"{line}Delivering {ExceptionNames.Describe((byte)vector)}: {GateReport.Describe(cpu, (byte)vector, machine.Symbols)}.\n"
                : $"Delivering {ExceptionNames.Describe((byte)vector)}: {GateReport.Describe(cpu, (byte)vector, machine.Symbols)}.\n";
        }
        bool isReal = cpu.Mode == Reports.CpuMode.Real;
        DescriptorTable table = cpu.System.Idt;
        var text = new StringBuilder($"{(isReal ? "interrupt vectors" : "IDT")} at 0x{table.Base:x}, limit 0x{table.Limit:x}\n");
        int empty = 0;
        for (int vector = 0; vector < Vectors && (vector + 1) * GateBytes(cpu) <= table.Limit + 1; vector++)
        {
            if (Gate(cpu, vector, out string line))
            {
                text.Append(line);
            }
            else if (line.Length > 0)
            {
                return text.Append(line).ToString();
            }
            else
            {
                empty++;
            }
        }
        return text.Append(empty == 0 ? "" : $"{empty} more are empty\n").ToString();
    }

    /// <summary>The line of a gate; false with an empty line for an empty gate, and with an error for one that cannot be read.</summary>
    private bool Gate(CpuState cpu, int vector, out string line)
    {
        int size = GateBytes(cpu);
        ulong at = cpu.System.Idt.Base + (ulong)(vector * size);
        ulong high = 0;
        bool isReal = cpu.Mode == Reports.CpuMode.Real;
        at = isReal ? (uint)at : at;
        if (!cpu.TryReadWord(at, Math.Min(size, 8), out ulong low) || (size == 16 && !cpu.TryReadWord(at + 8, 8, out high)))
        {
            line = $"0x{at:x} is not mapped to RAM\n";
            return false;
        }
        line = "";
        if (low == 0)
        {
            return false;
        }
        string name = vector < 32 && !isReal ? ExceptionNames.Describe((byte)vector) : $"vector {vector}";
        if (isReal)
        {
            ulong handler = ((low >> 16) * 16) + (low & 0xffff);
            line = $"{name}: {low >> 16:x4}:{low & 0xffff:x4}{SymbolText.Suffix(machine.Symbols, handler)}\n";
            return true;
        }
        string symbol = SymbolText.Suffix(machine.Symbols, DescriptorText.OffsetOf(low, high, cpu.IsLongModeActive));
        line = $"{name}: {DescriptorText.DescribeGate(low, high, cpu.IsLongModeActive, symbol)}\n";
        return true;
    }

    private static int GateBytes(CpuState cpu) => cpu.Mode == Reports.CpuMode.Real ? 4 : cpu.IsLongModeActive ? 16 : 8;

    private static string Tss(CpuState cpu)
    {
        Segment tr = cpu.System.Tr;
        if ((tr.Selector & ~3) == 0)
        {
            return "there is no TSS: TR is null\n";
        }
        var text = new StringBuilder($"TSS 0x{tr.Selector:x} at 0x{tr.Base:x}, limit 0x{tr.Limit:x}\n");
        bool is16 = tr.Type is 1 or 3;
        if (cpu.IsLongModeActive)
        {
            Field(text, cpu, "RSP0", 0x04, 8);
            Field(text, cpu, "RSP1", 0x0c, 8);
            Field(text, cpu, "RSP2", 0x14, 8);
            for (int stack = 1; stack <= 7; stack++)
            {
                Field(text, cpu, $"IST{stack}", 0x24 + ((stack - 1) * 8), 8);
            }
            IoMap(text, cpu, 0x66);
        }
        else if (is16)
        {
            Field(text, cpu, "SP0", 0x02, 2);
            Field(text, cpu, "SS0", 0x04, 2);
        }
        else
        {
            Field(text, cpu, "ESP0", 0x04, 4);
            Field(text, cpu, "SS0", 0x08, 2);
            Field(text, cpu, "ESP1", 0x0c, 4);
            Field(text, cpu, "SS1", 0x10, 2);
            Field(text, cpu, "ESP2", 0x14, 4);
            Field(text, cpu, "SS2", 0x18, 2);
            Field(text, cpu, "CR3", 0x1c, 4);
            Field(text, cpu, "EIP", 0x20, 4);
            Field(text, cpu, "LDT", 0x60, 2);
            IoMap(text, cpu, 0x66);
        }
        return text.ToString();
    }

    private static void Field(StringBuilder text, CpuState cpu, string name, int offset, int bytes) => text.Append(
        cpu.TryReadWord(cpu.System.Tr.Base + (ulong)offset, bytes, out ulong value)
            ? $"{name,-4} 0x{value:x}\n"
            : $"{name,-4} at 0x{cpu.System.Tr.Base + (ulong)offset:x}: not mapped to RAM\n");

    private static void IoMap(StringBuilder text, CpuState cpu, int offset)
    {
        if (cpu.TryReadWord(cpu.System.Tr.Base + (ulong)offset, 2, out ulong map))
        {
            bool isThere = map < cpu.System.Tr.Limit;
            text.Append($"I/O permission bitmap {(isThere ? $"at offset 0x{map:x}" : $"none (offset 0x{map:x} is beyond the limit)")}\n");
        }
    }
}
