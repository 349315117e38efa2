using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>
/// The installed gdb in batch mode, attached to a <see cref="RunningMachine"/>. Its script is in sections: a line <c># name</c> begins one.
/// An error ends its section, as in any file of gdb commands; the next one is executed all the same.
/// </summary>
internal sealed class DebuggerSession : IAsyncDisposable
{
    private readonly Process _gdb;
    private readonly TextCollector _text;
    private readonly RunningMachine _machine;
    private readonly string _directory;

    private DebuggerSession(Process gdb, RunningMachine machine, string directory)
    {
        _gdb = gdb;
        _text = new TextCollector(gdb.StandardOutput);
        _machine = machine;
        _directory = directory;
    }

    private string ProtocolLog => Path.Combine(_directory, "protocol");

    /// <summary>
    /// Attaches gdb to a machine and executes the script. <paramref name="symbols"/> names a file beside the kernels, or a
    /// full path, or is null.
    /// </summary>
    public static DebuggerSession Start(RunningMachine machine, string? symbols, string script)
    {
        string directory = Directory.CreateTempSubdirectory("osdevhv-gdb-").FullName;
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        // One stream, so that errors stay where they happened.
        List<string> arguments = ["-c", "exec gdb \"$@\" 2>&1", "gdb", "-nx", "-q", "-batch"];
        int number = 0;
        foreach (string section in (string[])[Attach(machine, directory), .. Sections(script)])
        {
            string file = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"section{number++}"));
            File.WriteAllText(file, section);
            arguments.AddRange("-x", file);
        }

        if (symbols is not null)
        {
            arguments.Add(Installation.Kernel(symbols));
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process gdb = Process.Start(start)!;
        gdb.StandardInput.Close();
        return new DebuggerSession(gdb, machine, directory);
    }

    /// <summary>Attaches to a machine, executes the script to its end and returns what was said.</summary>
    public static async Task<Transcript> RunAsync(RunningMachine machine, string? symbols, string script)
    {
        await using DebuggerSession session = Start(machine, symbols, script);
        return await session.EndAsync();
    }

    /// <summary>Waits until gdb has come to a section and lets the machine run in it.</summary>
    public async Task UntilItRunsAsync(string section)
    {
        using var limit = new CancellationTokenSource(Installation.Limit);
        try
        {
            bool begun = await _text.WaitAsync(text => text.Contains($"\n{Transcript.Marker}{section}\n", StringComparison.Ordinal), limit.Token);
            while (begun && !_gdb.HasExited && !LastPacketSent().StartsWith("$vCont;c", StringComparison.Ordinal))
            {
                await Task.Delay(20, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"gdb does not let the machine run in '{section}'.\n{Describe(_machine.Describe())}");
        }
    }

    /// <summary>Ctrl-C: SIGINT to gdb.</summary>
    public Task InterruptAsync() => SignalAsync("-INT");

    /// <summary>SIGKILL to gdb.</summary>
    public Task KillAsync() => SignalAsync("-KILL");

    /// <summary>Waits for gdb's end.</summary>
    public async Task<Transcript> EndAsync()
    {
        using var limit = new CancellationTokenSource(Installation.Limit);
        try
        {
            await _gdb.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _gdb.Kill();
            Assert.Fail($"gdb has not come to the end of its script.\n{await DescribeAsync()}");
        }

        await _text.End;
        if (_text.Text.Contains("(process 1) exited", StringComparison.Ordinal))
        {
            // gdb hears of the end before the guest's last words are here.
            await _machine.ExitAsync();
        }

        return new Transcript(_text.Text, _machine, Describe(_machine.Describe()));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_gdb.HasExited)
        {
            _gdb.Kill();
            await _gdb.WaitForExitAsync(CancellationToken.None);
        }

        _gdb.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Attach(RunningMachine machine, string directory) => $"""
        set confirm off
        set pagination off
        set width 0
        set tcp connect-timeout 60
        set remotetimeout 60
        set remotelogfile {directory}/protocol
        target remote 127.0.0.1:{machine.Port}

        """;

    private static IEnumerable<string> Sections(string script) =>
        from text in ("\n" + script).Split("\n# ").Skip(1)
        let lines = text.Split('\n', 2)
        select $"echo \\n{Transcript.Marker}{lines[0]}\\n\n{(lines.Length > 1 ? lines[1] : "")}\n";

    private async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [signal, _gdb.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    private string ReadProtocolLog()
    {
        if (!File.Exists(ProtocolLog))
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(ProtocolLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private string LastPacketSent()
    {
        string log = ReadProtocolLog();
        int last = log.LastIndexOf("\nw $", StringComparison.Ordinal);
        return last < 0 ? "" : log[(last + 3)..];
    }

    private async Task<string> DescribeAsync() => Describe(await _machine.DescribeAsync());

    private string Describe(string machine)
    {
        const int longest = 6000;
        string log = ReadProtocolLog();
        return $"--- gdb ---\n{_text.Text}\n{machine}--- protocol ---\n{(log.Length > longest ? log[^longest..] : log)}";
    }
}
