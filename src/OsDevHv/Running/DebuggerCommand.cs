using System.Diagnostics;
using System.Net;

namespace OsDevHv.Running;

/// <summary>The user's debugger: which program, and how it is told what to debug and where.</summary>
/// <param name="Program">Its full path.</param>
/// <param name="IsLldb">LLDB, by its name; anything else takes gdb's arguments.</param>
/// <param name="First">What the user put behind the program's name.</param>
/// <param name="Last">The user's own arguments, which come last: they are about the connected machine.</param>
internal sealed record DebuggerCommand(string Program, bool IsLldb, IReadOnlyList<string> First, IReadOnlyList<string> Last)
{
    /// <summary>The debugger where none is named.</summary>
    public const string Default = "gdb";

    /// <summary>Finds a command's program in the directories of <paramref name="path"/> (as in $PATH); null where there is none.</summary>
    /// <param name="command">A name or a path, and arguments behind it, separated by blanks.</param>
    /// <param name="path">The directories, a colon between.</param>
    /// <param name="last">The user's own arguments.</param>
    public static DebuggerCommand? Find(string command, string path, IReadOnlyList<string> last)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var name, .. var first])
        {
            return null;
        }

        IEnumerable<string> candidates = name.Contains('/', StringComparison.Ordinal)
            ? [Path.GetFullPath(name)]
            : path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.Combine(directory, name));
        string? program = candidates.FirstOrDefault(IsProgram);
        bool isLldb = Path.GetFileName(name).Contains("lldb", StringComparison.Ordinal);
        return program is null ? null : new DebuggerCommand(program, isLldb, first, last);
    }

    /// <summary>What to say where <see cref="Find"/> finds nothing.</summary>
    public static string DescribeMissing(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string package = words is [var name, ..] && Path.GetFileName(name).Contains("lldb", StringComparison.Ordinal) ? "lldb" : Default;
        return $"the debugger '{command}' is not there; install the package {package} (as in: apt install {package}), "
            + "or name another by --with or in $GDB";
    }

    /// <summary>How it is started: it reads the symbols of <paramref name="symbols"/>, where there is such a file, and connects.</summary>
    public ProcessStartInfo Start(string? symbols, IPEndPoint server)
    {
        IEnumerable<string> file = symbols is null ? [] : [symbols];
        string[] connect = IsLldb ? ["-o", $"gdb-remote {server}"] : ["-ex", $"target remote {server}"];
        return new ProcessStartInfo(Program, [.. First, .. file, .. connect, .. Last]) { UseShellExecute = false };
    }

    private static bool IsProgram(string path) =>
        File.Exists(path) && (!OperatingSystem.IsLinux() || (File.GetUnixFileMode(path) & AnyExecute) != 0);

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
