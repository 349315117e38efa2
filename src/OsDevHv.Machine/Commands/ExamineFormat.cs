using System.Globalization;

namespace OsDevHv.Machine.Commands;

/// <summary>How memory is shown, as gdb's <c>x</c> has it: /COUNT LETTER SIZE.</summary>
/// <param name="Count">How many units, at least 1.</param>
/// <param name="Letter">x hexadecimal, d signed, u unsigned, o octal, t binary, c character, a address with its symbol, s string,
/// i instruction.</param>
/// <param name="Size">Bytes of a unit: 1, 2, 4 or 8.</param>
internal readonly record struct ExamineFormat(int Count, char Letter, int Size)
{
    /// <summary>The most units.</summary>
    public const int MostUnits = 65_536;

    private const int UsualSize = 4;
    private const int AddressSize = 8;

    /// <summary>What is shown where nothing is stated: one word of 4 bytes.</summary>
    public static ExamineFormat Usual { get; } = new(1, 'x', UsualSize);

    /// <summary>Reads "/4xg".</summary>
    /// <exception cref="MonitorException">It is none.</exception>
    public static ExamineFormat Parse(string text)
    {
        int digits = 1;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }
        int count = 1;
        if (digits > 1 && (!int.TryParse(text.AsSpan(1, digits - 1), NumberStyles.None, CultureInfo.InvariantCulture, out count)
            || count is < 1 or > MostUnits))
        {
            throw new MonitorException($"'{text}': the count is 1 to {MostUnits}");
        }
        char letter = 'x';
        int size = 0;
        foreach (char character in text.AsSpan(digits))
        {
            switch (character)
            {
                case 'x' or 'd' or 'u' or 'o' or 't' or 'c' or 'a' or 's' or 'i':
                    letter = character;
                    break;
                case 'b':
                    size = 1;
                    break;
                case 'h':
                    size = 2;
                    break;
                case 'w':
                    size = 4;
                    break;
                case 'g':
                    size = 8;
                    break;
                default:
                    throw new MonitorException($"'{text}': '{character}' is no format; x d u o t c a s i, with b h w g for 1, 2, 4 or 8 bytes");
            }
        }
        size = letter switch { 'c' or 's' when size == 0 => 1, 'a' when size == 0 => AddressSize, _ => size == 0 ? UsualSize : size };
        return new ExamineFormat(count, letter, size);
    }
}
