using System.Globalization;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>What an address in a command may refer to.</summary>
/// <param name="Memory">Guest-physical memory, for the descriptor of a selector that no segment register holds.</param>
/// <param name="General">General registers of the vCPU that is meant.</param>
/// <param name="System">Its system registers.</param>
/// <param name="FindSymbol">
/// The linear address of a symbol, or null where there is none of that name; null where there are no symbols.
/// </param>
internal readonly record struct AddressContext(
    IGuestMemory Memory, GeneralRegisters General, SystemRegisters System, Func<string, ulong?>? FindSymbol = null);

/// <summary>An address as a user writes it in a command: turned into a linear address.</summary>
/// <remarks>
/// <para>Numbers are hexadecimal, whether or not 0x stands before them or h behind them. The forms:</para>
/// <list type="bullet">
/// <item><c>b8000</c>, <c>0xb8000</c>, <c>b8000h</c>: a linear address.</item>
/// <item><c>$rax</c>, <c>$esp</c>, <c>$ax</c>, <c>$cr2</c>: what a register holds; <c>$pc</c> and <c>$sp</c> with the base of CS and SS
/// added, so they are right in every mode.</item>
/// <item><c>7c0:0</c>, <c>$es:$di</c>, <c>cs:100</c>: a segment and an offset. A register's segment is the one that it holds now (its
/// cached base); a number is a paragraph in real and virtual-8086 mode, and a selector looked up in the GDT or LDT elsewhere.</item>
/// <item><c>kmain</c>: a symbol. It is looked up before a word such as <c>add</c> is taken for a number; a word that begins with a digit
/// is always a number.</item>
/// </list>
/// <para>Each, and each side of the colon, may be followed by <c>+</c> or <c>-</c> and a number. In 16- and 32-bit code results have 32
/// bits; real mode does not wrap at 1 MiB (A20 is on).</para>
/// </remarks>
internal static class AddressExpression
{
    /// <summary>Evaluates <paramref name="text"/>; false with an error in words.</summary>
    public static bool TryEvaluate(string text, in AddressContext context, out ulong linear, out string? error)
    {
        linear = 0;
        text = text.Trim();
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || text.Contains("::", StringComparison.Ordinal))
        {
            return TryEvaluateSum(text, context, out linear, out error);
        }

        if (!TryEvaluateSegment(text[..colon].Trim(), context, out ulong segmentBase, out error)
            || !TryEvaluateSum(text[(colon + 1)..].Trim(), context, out ulong offset, out error))
        {
            return false;
        }

        linear = unchecked(segmentBase + offset);
        linear = CpuMode.Is64Bit(context.System) ? linear : (uint)linear;
        return true;
    }

    private static bool TryEvaluateSum(string text, in AddressContext context, out ulong value, out string? error)
    {
        int end = EndOfTerm(text, 0);
        if (!TryEvaluateTerm(text[..end].Trim(), context, out value, out error))
        {
            return false;
        }

        while (end < text.Length)
        {
            bool minus = text[end] == '-';
            int start = end + 1;
            end = EndOfTerm(text, start);
            string term = text[start..end].Trim();
            if (!TryParseNumber(term, out ulong addend) && !TryReadRegister(term, context, out addend))
            {
                error = $"'{term}' in '{text}' is neither a hexadecimal number nor a register";
                return false;
            }

            value = unchecked(minus ? value - addend : value + addend);
        }

        return true;
    }

    private static int EndOfTerm(string text, int start)
    {
        int end = text.AsSpan(start).IndexOfAny('+', '-');
        return end < 0 ? text.Length : start + end;
    }

    private static bool TryEvaluateTerm(string term, in AddressContext context, out ulong value, out string? error)
    {
        error = null;
        value = 0;
        if (term.Length == 0)
        {
            error = "an address is missing";
            return false;
        }

        if (term[0] == '$')
        {
            bool known = TryReadRegister(term, context, out value);
            error = known ? null : $"there is no register '{term}'";
            return known;
        }

        if (char.IsAsciiDigit(term[0]))
        {
            bool number = TryParseNumber(term, out value);
            error = number ? null : $"'{term}' is not a hexadecimal number of up to 64 bits";
            return number;
        }

        if (context.FindSymbol?.Invoke(term) is { } address)
        {
            value = address;
            return true;
        }

        if (TryParseNumber(term, out value))
        {
            return true;
        }

        error = context.FindSymbol is null
            ? $"'{term}' is not a hexadecimal number, and there are no symbols"
            : $"'{term}' is neither a symbol nor a hexadecimal number";
        return false;
    }

    private static bool TryEvaluateSegment(string text, in AddressContext context, out ulong segmentBase, out string? error)
    {
        segmentBase = 0;
        error = null;
        if (TryFindSegment(text.TrimStart('$'), context.System, out Segment held))
        {
            segmentBase = held.Base;
            return true;
        }

        if (!TryEvaluateSum(text, context, out ulong selector, out error))
        {
            return false;
        }

        if (selector > ushort.MaxValue)
        {
            error = $"a segment has 16 bits, {selector:x}h does not fit";
            return false;
        }

        if (!SegmentLoader.TryLoad(context.Memory, context.General, context.System, (ushort)selector, context.System.Ds, out Segment loaded, out error))
        {
            return false;
        }

        if ((loaded.Flags & SegmentBits.Unusable) != 0)
        {
            error = "a null selector has no segment";
            return false;
        }

        segmentBase = loaded.Base;
        return true;
    }

    private static bool TryFindSegment(string name, in SystemRegisters system, out Segment segment)
    {
        Segment? found = name.ToUpperInvariant() switch
        {
            "CS" => system.Cs,
            "SS" => system.Ss,
            "DS" => system.Ds,
            "ES" => system.Es,
            "FS" => system.Fs,
            "GS" => system.Gs,
            _ => null,
        };
        segment = found.GetValueOrDefault();
        return found is not null;
    }

    private static bool TryParseNumber(string text, out ulong value)
    {
        ReadOnlySpan<char> digits = text;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }
        else if (digits.EndsWith("h", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[..^1];
        }

        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryReadRegister(string term, in AddressContext context, out ulong value)
    {
        value = 0;
        if (term.Length < 2 || term[0] != '$')
        {
            return false;
        }

        string name = term[1..].ToUpperInvariant();
        GeneralRegisters general = context.General;
        SystemRegisters system = context.System;
        if (TryFindSegment(name, system, out Segment segment))
        {
            value = segment.Selector;
            return true;
        }

        ulong? found = name switch
        {
            "PC" => CpuMode.LinearPc(general, system),
            "SP" => LinearStack(general, system),
            "CR0" => system.Cr0,
            "CR2" => system.Cr2,
            "CR3" => system.Cr3,
            "CR4" => system.Cr4,
            "GDTR" => system.Gdt.Base,
            "IDTR" => system.Idt.Base,
            "LDTR" => system.Ldt.Base,
            "TR" => system.Tr.Base,
            "FS_BASE" => system.Fs.Base,
            "GS_BASE" => system.Gs.Base,
            _ => ReadGeneral(name, general),
        };
        value = found.GetValueOrDefault();
        return found is not null;
    }

    private static ulong LinearStack(in GeneralRegisters general, in SystemRegisters system) =>
        CpuMode.Is64Bit(system) ? general.Rsp
        : (uint)(system.Ss.Base + ((system.Ss.Flags & SegmentBits.Default32) != 0 ? (uint)general.Rsp : (ushort)general.Rsp));

    /// <summary>A general register or RIP by its name of 64, 32 or 16 bits: RAX, EAX, AX; R8, R8D, R8W.</summary>
    private static ulong? ReadGeneral(string name, in GeneralRegisters general)
    {
        bool numbered = name.Length > 1 && name[0] == 'R' && char.IsAsciiDigit(name[1]);
        (string full, ulong mask) = numbered
            ? name[^1] switch
            {
                'D' => (name[..^1], uint.MaxValue),
                'W' => (name[..^1], ushort.MaxValue),
                _ => (name, ulong.MaxValue),
            }
            : name[0] switch
            {
                'R' => (name, ulong.MaxValue),
                'E' => ("R" + name[1..], uint.MaxValue),
                _ => ("R" + name, (ulong)ushort.MaxValue),
            };
        ulong? value = full switch
        {
            "RAX" => general.Rax,
            "RBX" => general.Rbx,
            "RCX" => general.Rcx,
            "RDX" => general.Rdx,
            "RSI" => general.Rsi,
            "RDI" => general.Rdi,
            "RBP" => general.Rbp,
            "RSP" => general.Rsp,
            "R8" => general.R8,
            "R9" => general.R9,
            "R10" => general.R10,
            "R11" => general.R11,
            "R12" => general.R12,
            "R13" => general.R13,
            "R14" => general.R14,
            "R15" => general.R15,
            "RIP" => general.Rip,
            _ => null,
        };
        return value & mask;
    }
}
