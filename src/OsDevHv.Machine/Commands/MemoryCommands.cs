using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Commands;

/// <summary>Memory: <c>x</c>, <c>xp</c>, <c>xpw</c>.</summary>
internal sealed class MemoryCommands(IMonitoredMachine machine)
{
    private const int BytesPerLine = 16;
    private const int LongestString = 256;

    private const string Formats =
        "/FMT is a count, a letter and a size as with gdb's x: x d u o t c a (with its symbol) s i; b h w g for 1, 2, 4, 8 bytes.\n"
        + "An address is a hexadecimal number, SEG:OFF, $REGISTER or a symbol, with + or - a number.\n";

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("x", "/FMT VA", "show memory at a linear address", call => Examine(call, isPhysical: false)) { NeedsStop = true, Details = Formats },
        new("xp", "/FMT PA", "show memory at a physical address", call => Examine(call, isPhysical: true)) { NeedsStop = true, Details = Formats },
        new("xpw", "PA VALUE [SIZE]", "write 1, 2, 4 or 8 bytes (4) at a physical address", Write)
        {
            NeedsStop = true,
            Details = "RAM only: a device's registers are not written.\n",
        },
    ];

    private string Examine(MonitorCall call, bool isPhysical)
    {
        bool hasFormat = call[0]?.StartsWith('/') == true;
        ExamineFormat format = hasFormat ? ExamineFormat.Parse(call[0]!) : ExamineFormat.Usual;
        string? place = hasFormat ? call[1] : call[0];
        ulong address = AddressArgument.Parse(machine, call.Vcpu, place);
        CpuState cpu = machine.StateOf(call.Vcpu);
        var text = new StringBuilder();
        switch (format.Letter)
        {
            case 'i' when isPhysical:
                throw new MonitorException("instructions are shown by linear address: x/i, or disassemble");
            case 'i':
                return new CodeCommands(machine).Disassemble(cpu, address, format.Count);
            case 's':
                Strings(text, cpu, isPhysical, address, format.Count);
                break;
            default:
                Units(text, cpu, isPhysical, address, format);
                break;
        }
        return text.ToString();
    }

    private void Units(StringBuilder text, CpuState cpu, bool isPhysical, ulong address, ExamineFormat format)
    {
        int perLine = format.Letter == 'a' ? 1 : Math.Max(1, BytesPerLine / format.Size / (format.Letter == 't' ? 2 : 1));
        Span<byte> unit = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < format.Count; i++)
        {
            ulong at = unchecked(address + (ulong)(i * format.Size));
            unit.Clear();
            if (!TryRead(cpu, isPhysical, at, unit[..format.Size]))
            {
                text.Append(i % perLine == 0 ? "" : "\n").Append(Unreadable(isPhysical, at));
                return;
            }
            if (i % perLine == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"0x{at:x}:");
            }
            text.Append(' ').Append(Show(BinaryPrimitives.ReadUInt64LittleEndian(unit), format));
            text.Append(i % perLine == perLine - 1 || i == format.Count - 1 ? "\n" : "");
        }
    }

    private string Show(ulong value, ExamineFormat format)
    {
        int bits = format.Size * 8;
        switch (format.Letter)
        {
            case 'd':
                return ((long)(value << (64 - bits)) >> (64 - bits)).ToString(CultureInfo.InvariantCulture);
            case 'u':
                return value.ToString(CultureInfo.InvariantCulture);
            case 'o':
                return "0" + Convert.ToString((long)value, 8);
            case 't':
                return Convert.ToString((long)value, 2).PadLeft(bits, '0');
            case 'c':
                return value is >= 0x20 and < 0x7f ? $"'{(char)value}'" : string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            case 'a':
                return string.Create(CultureInfo.InvariantCulture, $"0x{value:x}{SymbolText.Suffix(machine.Symbols, value)}");
            default:
                return "0x" + value.ToString($"x{format.Size * 2}", CultureInfo.InvariantCulture);
        }
    }

    private void Strings(StringBuilder text, CpuState cpu, bool isPhysical, ulong address, int count)
    {
        Span<byte> one = stackalloc byte[1];
        for (int i = 0; i < count; i++)
        {
            var content = new StringBuilder();
            ulong start = address;
            while (content.Length < LongestString)
            {
                if (!TryRead(cpu, isPhysical, address, one))
                {
                    text.Append(Unreadable(isPhysical, address));
                    return;
                }
                address++;
                if (one[0] == 0)
                {
                    break;
                }
                content.Append(one[0] switch
                {
                    (byte)'"' or (byte)'\\' => $"\\{(char)one[0]}",
                    >= 0x20 and < 0x7f => $"{(char)one[0]}",
                    (byte)'\n' => "\\n",
                    _ => $"\\x{one[0]:x2}",
                });
            }
            text.Append(CultureInfo.InvariantCulture, $"0x{start:x}: \"{content}\"{(content.Length < LongestString ? "" : "...")}\n");
        }
    }

    private string Write(MonitorCall call)
    {
        ulong address = AddressArgument.Parse(machine, call.Vcpu, call[0]);
        ulong value = AddressArgument.Parse(machine, call.Vcpu, call[1] ?? throw new MonitorException("which value?"));
        int size = call[2] is { } given ? MonitorNumbers.ParseUpTo(given, "the size", sizeof(ulong)) : sizeof(uint);
        if (size is not (1 or 2 or 4 or 8))
        {
            throw new MonitorException("the size is 1, 2, 4 or 8");
        }
        if (size < 8 && value >> (size * 8) != 0)
        {
            throw new MonitorException($"0x{value:x} does not fit into {size} byte(s)");
        }
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return machine.Memory.TryWrite(address, bytes[..size])
            ? $"0x{address:x} = 0x{value:x}, {size} byte(s)\n"
            : throw new MonitorException($"physical 0x{address:x} is not RAM");
    }

    private bool TryRead(CpuState cpu, bool isPhysical, ulong address, Span<byte> destination) =>
        isPhysical ? machine.Memory.TryRead(address, destination) : cpu.TryRead(cpu.IsLongModeActive ? address : (uint)address, destination);

    private static string Unreadable(bool isPhysical, ulong address) => isPhysical
        ? string.Create(CultureInfo.InvariantCulture, $"physical 0x{address:x} is not RAM\n")
        : string.Create(CultureInfo.InvariantCulture, $"0x{address:x} is not mapped to RAM\n");
}
