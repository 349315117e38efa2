using OsDevHv.Machine.Boot;

namespace OsDevHv.Machine.Reports;

/// <summary>The words on top of the stack, and the chain of callers by frame pointers (System V ABI, 3.2.2).</summary>
internal static class StackListing
{
    private const int MostWords = 16;
    private const int MostFrames = 24;

    public static void WriteWords(TextWriter writer, CpuState cpu, ElfSymbols? symbols)
    {
        int size = cpu.StackWordBytes;
        ulong at = cpu.LinearRsp;
        writer.WriteLine("Stack:");
        for (int count = 0; count < MostWords; count++, at += (ulong)size)
        {
            if (!cpu.TryReadWord(at, size, out ulong word))
            {
                writer.WriteLine($"  0x{at:x} cannot be read: it is not mapped, or not RAM.");
                return;
            }

            writer.WriteLine($"  0x{at:x}: 0x{Hex(word, size)}{SymbolText.Suffix(symbols, word)}");
        }
    }

    /// <summary>Callers, as far as each frame is above the one before; only code compiled with frame pointers has the chain.</summary>
    public static void WriteCallers(TextWriter writer, CpuState cpu, ElfSymbols? symbols)
    {
        int size = cpu.StackWordBytes;
        ulong frame = size switch { 8 => cpu.General.Rbp, 4 => (uint)cpu.General.Rbp, _ => (ushort)cpu.General.Rbp };
        writer.WriteLine("Callers (by frame pointers):");
        writer.WriteLine($"  #0  0x{cpu.LinearRip:x}{SymbolText.Suffix(symbols, cpu.LinearRip)}");
        int count = 1;
        if (TryFindUnframedReturn(cpu, size, out ulong unframed))
        {
            writer.WriteLine($"  #{count,-2} 0x{unframed:x}{SymbolText.SuffixOfReturn(symbols, unframed)}");
            count++;
        }

        for (; count <= MostFrames; count++)
        {
            ulong at = cpu.Linear(cpu.System.Ss, frame);
            if (frame == 0 || !cpu.TryReadWord(at, size, out ulong caller) || !cpu.TryReadWord(at + (ulong)size, size, out ulong address)
                || address == 0)
            {
                return;
            }

            writer.WriteLine($"  #{count,-2} 0x{address:x}{SymbolText.SuffixOfReturn(symbols, address)}");
            if (caller <= frame)
            {
                return;
            }

            frame = caller;
        }
    }

    /// <summary>
    /// At a function's first instructions (endbr, push %ebp, mov %esp,%ebp) and at its return there is no frame of its own: the return
    /// address is at, or one word above, the top of the stack.
    /// </summary>
    private static bool TryFindUnframedReturn(CpuState cpu, int size, out ulong address)
    {
        const int longestPrologue = 4;
        Span<byte> bytes = stackalloc byte[longestPrologue + 1];
        ReadOnlySpan<byte> code = bytes[..cpu.ReadSome(cpu.LinearRip, bytes)];
        bool isEndbr = code is [0xf3, 0x0f, 0x1e, 0xfa or 0xfb, ..];
        bool isPushed = code is [0x48, 0x89, 0xe5, ..] or [0x48, 0x8b, 0xec, ..] or [0x89, 0xe5, ..] or [0x8b, 0xec, ..];
        address = 0;
        return (isEndbr || isPushed || code is [0x55, ..] or [0xc3, ..])
            && cpu.TryReadWord(cpu.LinearRsp + (isPushed ? (ulong)size : 0), size, out address)
            && address != 0;
    }

    private static string Hex(ulong word, int bytes) => bytes switch { 8 => $"{word:x16}", 4 => $"{word:x8}", _ => $"{word:x4}" };
}
