using Iced.Intel;
using OsDevHv.Machine.Boot;

namespace OsDevHv.Machine.Reports;

/// <summary>Where to list code.</summary>
/// <param name="Linear">The first instruction.</param>
/// <param name="Count">How many.</param>
internal readonly record struct CodePlace(ulong Linear, int Count);

/// <summary>The instructions around RIP in gdb's default (AT&amp;T) syntax, the one at RIP marked with an arrow.</summary>
internal static class CodeListing
{
    private const int LinesBefore = 5;
    private const int LinesFromRip = 6;
    private const int LongestInstruction = 15;

    // How far back the start of the function is decoded from, and how far back one is guessed without it.
    private const int ReachOfFunction = 1024;
    private const int ReachOfGuess = 24;

    public static void Write(TextWriter writer, CpuState cpu, ElfSymbols? symbols)
    {
        ulong rip = cpu.LinearRip;
        Span<byte> code = stackalloc byte[LinesFromRip * LongestInstruction];
        int length = cpu.ReadSome(rip, code);
        writer.WriteLine($"Code at RIP{SymbolText.Suffix(symbols, rip)}:");
        if (length == 0)
        {
            writer.WriteLine($"  0x{rip:x} cannot be read: it is not mapped, or not RAM.");
            return;
        }

        WriteBefore(writer, cpu, symbols);
        Write(writer, cpu, code[..length], symbols);
    }

    /// <summary>Lists <paramref name="code"/> as what is at a linear address, the instruction at RIP marked.</summary>
    public static void WriteFrom(TextWriter writer, CpuState cpu, CodePlace place, ReadOnlySpan<byte> code, ElfSymbols? symbols)
    {
        int at = 0;
        ulong offset = unchecked(place.Linear - cpu.Linear(cpu.System.Cs, 0));
        if (symbols is not null && symbols.TryFind(place.Linear, out _, out _))
        {
            writer.WriteLine($"{SymbolText.Suffix(symbols, place.Linear).Trim()}:");
        }

        foreach (Instruction instruction in Decode(cpu, code.ToArray(), offset, place.Count))
        {
            WriteLine(writer, cpu, cpu.Linear(cpu.System.Cs, instruction.IP) == cpu.LinearRip, instruction, code[at..], symbols);
            at += instruction.Length;
        }
    }

    /// <summary>Lists <paramref name="code"/> as what is at RIP.</summary>
    public static void Write(TextWriter writer, CpuState cpu, ReadOnlySpan<byte> code, ElfSymbols? symbols)
    {
        int at = 0;
        foreach (Instruction instruction in Decode(cpu, code.ToArray(), cpu.General.Rip, LinesFromRip))
        {
            WriteLine(writer, cpu, at == 0, instruction, code[at..], symbols);
            at += instruction.Length;
        }
    }

    /// <summary>
    /// Code cannot be decoded backwards: from the function's start it is certain, else the longest run of instructions that ends at RIP
    /// is shown.
    /// </summary>
    private static void WriteBefore(TextWriter writer, CpuState cpu, ElfSymbols? symbols)
    {
        ulong into = 0;
        bool known = symbols is not null && symbols.TryFind(cpu.LinearRip, out _, out into) && into <= ReachOfFunction;
        int longest = known ? (int)into : ReachOfGuess;
        int shortest = known ? longest : 1;
        for (int reach = longest; reach >= shortest && reach > 0; reach--)
        {
            byte[] bytes = new byte[reach];
            if (!cpu.TryRead(cpu.LinearRip - (ulong)reach, bytes))
            {
                continue;
            }

            List<Instruction> instructions = Decode(cpu, bytes, cpu.General.Rip - (ulong)reach, int.MaxValue);
            if (instructions.Sum(instruction => instruction.Length) == reach && !instructions.Exists(instruction => instruction.IsInvalid))
            {
                WriteLast(writer, cpu, instructions, bytes, symbols);
                return;
            }
        }
    }

    private static void WriteLast(TextWriter writer, CpuState cpu, List<Instruction> instructions, byte[] bytes, ElfSymbols? symbols)
    {
        int at = 0;
        for (int index = 0; index < instructions.Count; index++)
        {
            if (index >= instructions.Count - LinesBefore)
            {
                WriteLine(writer, cpu, false, instructions[index], bytes.AsSpan(at), symbols);
            }

            at += instructions[index].Length;
        }
    }

    /// <summary>Decodes by offsets in CS, of which relative branches are made; linear addresses are for showing.</summary>
    private static List<Instruction> Decode(CpuState cpu, byte[] code, ulong offset, int most)
    {
        ByteArrayCodeReader reader = new(code);
        Decoder decoder = Decoder.Create(cpu.CodeBits, reader);
        decoder.IP = offset;
        List<Instruction> instructions = [];
        while (reader.CanReadByte && instructions.Count < most)
        {
            instructions.Add(decoder.Decode());
        }

        return instructions;
    }

    private static void WriteLine(
        TextWriter writer, CpuState cpu, bool isCurrent, in Instruction instruction, ReadOnlySpan<byte> bytes, ElfSymbols? symbols)
    {
        GasFormatter formatter = new(new FormatterOptions
        {
            HexPrefix = "0x",
            HexSuffix = null,
            UppercaseHex = false,
            FirstOperandCharIndex = 7,
            SpaceAfterOperandSeparator = false,
            SmallHexNumbersInDecimal = false,
            BranchLeadingZeros = false,
        });
        StringOutput output = new();
        formatter.Format(instruction, output);
        string hex = Convert.ToHexStringLower(bytes[..Math.Min(instruction.Length, bytes.Length)]);
        bool isBranch = instruction.Op0Kind is OpKind.NearBranch16 or OpKind.NearBranch32 or OpKind.NearBranch64;
        string target = isBranch ? SymbolText.Suffix(symbols, cpu.Linear(cpu.System.Cs, instruction.NearBranchTarget)) : "";
        ulong address = cpu.Linear(cpu.System.Cs, instruction.IP);
        string text = instruction.IsInvalid ? "(bad)" : output.ToStringAndReset();
        writer.WriteLine($"{(isCurrent ? "=>" : "  ")} 0x{address:x}: {hex,-22} {text}{target}");
    }
}
