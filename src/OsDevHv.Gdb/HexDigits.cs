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
}
