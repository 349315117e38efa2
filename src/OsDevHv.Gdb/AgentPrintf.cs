using System.Buffers;
using System.Globalization;
using System.Text;

namespace OsDevHv.Gdb;

/// <summary>
/// The formatted print of gdb's agent bytecode (GDB manual, appendix F.2, printf): a format as C source has it, escapes included, and
/// values of 64 bits. Floating point, %n and widths from arguments are shown as they are written. Its output is bounded.
/// </summary>
internal static class AgentPrintf
{
    /// <summary>The longest output of one print, in bytes.</summary>
    public const int MaximumOutput = 4096;

    private const int WidestField = 256;

    /// <summary>The text.</summary>
    /// <param name="machine">Where strings are read.</param>
    /// <param name="format">The format, without the zero behind it.</param>
    /// <param name="arguments">The values, the first one first.</param>
    /// <param name="longBits">The bits of a long: 32 or 64.</param>
    public static string Format(IAgentMachine machine, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments, int longBits)
    {
        var output = new ArrayBufferWriter<byte>(format.Length + 64);
        int next = 0;
        while (!format.IsEmpty && output.WrittenCount < MaximumOutput)
        {
            if (format[0] == '\\')
            {
                output.Write([Unescape(ref format)]);
            }
            else if (format[0] != '%' || !TryReadField(format, longBits, out Field field))
            {
                output.Write(format[..1]);
                format = format[1..];
            }
            else
            {
                format = format[field.Source..];
                Append(output, machine, field, field.Conversion == '%' || next >= arguments.Length ? 0 : arguments[next]);
                next += field.Conversion == '%' ? 0 : 1;
            }
        }
        return Encoding.UTF8.GetString(output.WrittenSpan[..Math.Min(output.WrittenCount, MaximumOutput)]);
    }

    private static byte Unescape(ref ReadOnlySpan<byte> format)
    {
        if (format.Length == 1)
        {
            format = [];
            return (byte)'\\';
        }
        byte letter = format[1];
        if (letter is >= (byte)'0' and <= (byte)'7')
        {
            int length = 2;
            int value = letter - '0';
            while (length < 4 && length < format.Length && format[length] is >= (byte)'0' and <= (byte)'7')
            {
                value = (value * 8) + format[length++] - '0';
            }
            format = format[length..];
            return (byte)value;
        }
        format = format[2..];
        return letter switch
        {
            (byte)'a' => 7,
            (byte)'b' => 8,
            (byte)'e' => 27,
            (byte)'f' => 12,
            (byte)'n' => 10,
            (byte)'r' => 13,
            (byte)'t' => 9,
            (byte)'v' => 11,
            _ => letter,
        };
    }

    private static bool TryReadField(ReadOnlySpan<byte> format, int longBits, out Field field)
    {
        field = new Field { Bits = 32, Precision = -1 };
        int at = 1;
        for (; at < format.Length && "-+ #0"u8.Contains(format[at]); at++)
        {
            field.Left |= format[at] == '-';
            field.Zeros |= format[at] == '0';
            field.Alternate |= format[at] == '#';
            field.Sign = format[at] is (byte)'+' or (byte)' ' ? (char)format[at] : field.Sign;
        }
        field.Width = ReadNumber(format, ref at);
        if (at < format.Length && format[at] == '.')
        {
            at++;
            field.Precision = ReadNumber(format, ref at);
        }
        for (; at < format.Length && "hlzjt"u8.Contains(format[at]); at++)
        {
            field.Bits = format[at] switch
            {
                (byte)'h' => field.Bits / 2,
                (byte)'l' => field.IsLong ? 64 : longBits,
                (byte)'j' => 64,
                _ => longBits,
            };
            field.IsLong |= format[at] == 'l';
        }
        field.Source = at + 1;
        field.Conversion = at < format.Length ? (char)format[at] : '\0';
        field.Bits = field.Conversion is 'p' or 's' ? longBits : Math.Max(field.Bits, 8);
        return "diuxXocsp%".Contains(field.Conversion, StringComparison.Ordinal) && field.Conversion != '\0';
    }

    private static int ReadNumber(ReadOnlySpan<byte> format, ref int at)
    {
        int number = 0;
        for (; at < format.Length && format[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            number = Math.Min(WidestField, (number * 10) + format[at] - '0');
        }
        return number;
    }

    private static void Append(ArrayBufferWriter<byte> output, IAgentMachine machine, in Field field, ulong value)
    {
        switch (field.Conversion)
        {
            case '%':
                output.Write("%"u8);
                break;
            case 'c':
                Pad(output, [(byte)value], field);
                break;
            case 's':
                Pad(output, ReadString(machine, field.Bits == 32 ? (uint)value : value, field.Precision), field);
                break;
            default:
                Pad(output, Encoding.ASCII.GetBytes(Number(field, value)), field);
                break;
        }
    }

    private static string Number(in Field field, ulong value)
    {
        int unused = 64 - field.Bits;
        ulong bits = value << unused >> unused;
        bool isSigned = field.Conversion is 'd' or 'i';
        long signed = (long)(value << unused) >> unused;
        bool isNegative = isSigned && signed < 0;
        string digits = field.Conversion switch
        {
            'd' or 'i' => Int128.Abs(signed).ToString(CultureInfo.InvariantCulture),
            'u' => bits.ToString(CultureInfo.InvariantCulture),
            'o' => Convert.ToString((long)bits, 8),
            'X' => bits.ToString("X", CultureInfo.InvariantCulture),
            _ => bits.ToString("x", CultureInfo.InvariantCulture),
        };
        digits = field.Precision > digits.Length ? digits.PadLeft(field.Precision, '0') : digits;
        string prefix = isNegative ? "-"
            : isSigned && field.Sign != '\0' ? field.Sign.ToString()
            : field.Conversion == 'p' || (field.Alternate && bits != 0 && field.Conversion is 'x' or 'X') ? field.Conversion == 'X' ? "0X" : "0x"
            : field.Alternate && field.Conversion == 'o' && digits[0] != '0' ? "0" : "";
        bool fills = field.Zeros && !field.Left && field.Precision < 0 && field.Width > prefix.Length + digits.Length;
        return prefix + (fills ? digits.PadLeft(field.Width - prefix.Length, '0') : digits);
    }

    private static void Pad(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text, in Field field)
    {
        if (field.Left)
        {
            output.Write(text);
        }
        for (int i = text.Length; i < field.Width; i++)
        {
            output.Write(" "u8);
        }
        if (!field.Left)
        {
            output.Write(text);
        }
    }

    private static byte[] ReadString(IAgentMachine machine, ulong address, int precision)
    {
        int limit = precision >= 0 ? precision : MaximumOutput;
        var text = new ArrayBufferWriter<byte>();
        Span<byte> one = stackalloc byte[1];
        while (text.WrittenCount < limit)
        {
            if (!machine.TryReadMemory(unchecked(address + (ulong)text.WrittenCount), one))
            {
                text.Write(Encoding.ASCII.GetBytes($"<memory at {unchecked(address + (ulong)text.WrittenCount):x}h cannot be read>"));
                break;
            }
            if (one[0] == 0)
            {
                break;
            }
            text.Write(one);
        }
        return text.WrittenSpan.ToArray();
    }

    private struct Field
    {
        public bool Left;
        public bool Zeros;
        public bool Alternate;
        public bool IsLong;
        public char Sign;
        public char Conversion;
        public int Width;
        public int Precision;
        public int Bits;
        public int Source;
    }
}
