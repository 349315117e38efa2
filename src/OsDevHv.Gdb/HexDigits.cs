using System.Runtime.Intrinsics;

namespace OsDevHv.Gdb;

/// <summary>Hexadecimal digits as the protocol has them: either case when read.</summary>
internal static class HexDigits
{
    /// <summary>The value of a digit, 0 to 15; -1 when it is none.</summary>
    public static int Value(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    /// <summary>
    /// Writes <paramref name="bytes"/> as pairs of lower-case digits; <paramref name="digits"/> has room for twice as many.
    /// </summary>
    /// <remarks>
    /// <see cref="Convert.TryToHexStringLower(ReadOnlySpan{byte}, Span{byte}, out int)"/> shuffles bytes, of which NativeAOT makes a loop
    /// for the processors that it compiles for by default: some 4 ns a byte.
    /// </remarks>
    public static void Write(ReadOnlySpan<byte> bytes, Span<byte> digits)
    {
        digits = digits[..(2 * bytes.Length)];
        int done = 0;
        for (; bytes.Length - done >= Vector128<byte>.Count; done += Vector128<byte>.Count)
        {
            Vector128<byte> source = Vector128.Create(bytes.Slice(done, Vector128<byte>.Count));
            (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(source);
            Pairs(lower).CopyTo(digits[(2 * done)..]);
            Pairs(upper).CopyTo(digits[((2 * done) + Vector128<byte>.Count)..]);
        }

        for (; done < bytes.Length; done++)
        {
            digits[2 * done] = Digit(bytes[done] >> 4);
            digits[(2 * done) + 1] = Digit(bytes[done] & 15);
        }
    }

    private static byte Digit(int value) => "0123456789abcdef"u8[value];

    /// <summary>Of eight bytes, each in the lower half of an element, the digits: the high one comes first, in the lower half.</summary>
    private static Vector128<byte> Pairs(Vector128<ushort> bytes)
    {
        Vector128<sbyte> values = (((bytes >>> 4) | (bytes << 8)) & Vector128.Create((ushort)0x0f0f)).AsSByte();
        Vector128<sbyte> letters = Vector128.GreaterThan(values, Vector128.Create((sbyte)9)) & Vector128.Create((sbyte)('a' - '9' - 1));
        return (values + Vector128.Create((sbyte)'0') + letters).AsByte();
    }
}
