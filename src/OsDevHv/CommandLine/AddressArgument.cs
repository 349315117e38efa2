using OsDevHv.Profiles;

namespace OsDevHv.CommandLine;

/// <summary>The addresses of <c>--gdb[=ADDR]</c> and <c>--view[=ADDR]</c>.</summary>
internal static class AddressArgument
{
    private static readonly Dictionary<string, string> s_defaults = new()
    {
        ["--gdb"] = GdbProfile.DefaultListen,
        ["--view"] = ViewProfile.DefaultListen,
    };

    /// <summary>Whether it is an option whose address, where it has one, is behind an equals sign.</summary>
    public static bool StandsAlone(string argument) => s_defaults.ContainsKey(argument);

    /// <summary>Writes out a bare option of a run, so that the file after it is not taken for its address.</summary>
    public static string[] Normalise(string[] arguments)
    {
        int end = Array.IndexOf(arguments, "--");
        return
        [
            .. arguments.Select((argument, i) =>
                (end < 0 || i < end) && s_defaults.TryGetValue(argument, out string? address) ? $"{argument}={address}" : argument),
        ];
    }

    /// <summary>A port alone, with or without a colon, is one of this host's.</summary>
    public static string Complete(string address)
    {
        string port = address.StartsWith(':') ? address[1..] : address;
        return port.Length > 0 && port.All(char.IsAsciiDigit) ? $"127.0.0.1:{port}" : address;
    }
}
