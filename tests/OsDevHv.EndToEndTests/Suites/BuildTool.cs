using System.Diagnostics;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>Runs other people's tools, where they are installed.</summary>
internal static class BuildTool
{
    /// <summary>Skips the test where one of these commands is missing.</summary>
    public static void Needs(params string[] commands)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        foreach (string command in commands)
        {
            bool isThere = path.Any(directory => File.Exists(Path.Combine(directory, command)));
            Assert.SkipUnless(isThere, $"{command} is not installed here");
        }
    }

    /// <summary>
    /// Runs a command to its end; its output, stdout and stderr together, if it exits with 0, else the test fails with that.
    /// </summary>
    public static async Task<string> RunAsync(string directory, string command, params string[] arguments)
    {
        (int exitCode, string output) = await TryAsync(directory, command, arguments);
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)} exited with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Runs a command to its end; its exit code, and its output, stdout and stderr together.</summary>
    public static async Task<(int ExitCode, string Output)> TryAsync(string directory, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Installation.Limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
