namespace OsDevHv.CommandLine;

/// <summary>The address of <c>--gdb[=ADDR]</c>.</summary>
internal static class GdbArgument
{
    /// <summary>What <c>--gdb</c> alone means: gdb's customary port, on this host only.</summary>
    public const string Default = "127.0.0.1:1234";

    private const string Option = "--gdb";

    /// <summary>Writes out a bare <c>--gdb</c>, so that the file after it is not taken for its address.</summary>
    public static string[] Normalise(string[] arguments)
    {
        int end = Array.IndexOf(arguments, "--");
        return [.. arguments.Select((argument, i) => argument == Option && (end < 0 || i < end) ? $"{Option}={Default}" : argument)];
    }

    /// <summary>A port alone, with or without a colon, is one of this host's.</summary>
    public static string Complete(string address)
    {
        string port = address.StartsWith(':') ? address[1..] : address;
        return port.Length > 0 && port.All(char.IsAsciiDigit) ? $"127.0.0.1:{port}" : address;
    }
}
