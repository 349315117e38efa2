using System.Diagnostics;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>The installed gdb on a kernel and a core file, in batch mode.</summary>
internal static class CoreReader
{
    /// <summary>Executes commands; without a core file on the kernel alone. Gives all that gdb says.</summary>
    public static async Task<string> ReadAsync(string kernel, string core, params string[] commands)
    {
        string[] files = core.Length > 0 ? [kernel, core] : [kernel];
        string[] arguments = ["-nx", "-q", "-batch", .. commands.SelectMany(static command => (string[])["-ex", command]), .. files];
        var start = new ProcessStartInfo("gdb", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process gdb = Process.Start(start)!;
        Task<string> output = gdb.StandardOutput.ReadToEndAsync();
        Task<string> errors = gdb.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Installation.Limit);
        await gdb.WaitForExitAsync(limit.Token);
        return await output + await errors;
    }
}
