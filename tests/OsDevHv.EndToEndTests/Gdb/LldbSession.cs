using System.Diagnostics;
using System.Globalization;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>The installed lldb, typed at: it resumes in the background, so every command waits for what it is to say.</summary>
internal sealed class LldbSession : IAsyncDisposable
{
    private readonly Process _lldb;
    private readonly TextCollector _text;
    private readonly RunningMachine _machine;
    private int _position;

    private LldbSession(Process lldb, RunningMachine machine)
    {
        _lldb = lldb;
        _text = new TextCollector(lldb.StandardOutput);
        _machine = machine;
    }

    /// <summary>Starts lldb with a file of symbols, connected to a machine and stopped.</summary>
    public static async Task<LldbSession> AttachAsync(RunningMachine machine, string symbols)
    {
        // One stream, so that errors stay where they happened.
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "exec lldb \"$@\" 2>&1", "lldb", "--no-lldbinit", "--no-use-colors", Installation.Kernel(symbols)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var session = new LldbSession(Process.Start(start)!, machine);
        await session.DoAsync(string.Create(CultureInfo.InvariantCulture, $"gdb-remote 127.0.0.1:{machine.Port}"), "stop reason = signal SIGTRAP");
        return session;
    }

    /// <summary>Types a command and waits until lldb says something; returns all that it said since the last such wait.</summary>
    public async Task<string> DoAsync(string command, string until)
    {
        await _lldb.StandardInput.WriteLineAsync(command);
        await _lldb.StandardInput.FlushAsync();
        using var limit = new CancellationTokenSource(Installation.Limit);
        bool said = false;
        try
        {
            said = await _text.WaitAsync(text => text.AsSpan(_position).Contains(until, StringComparison.Ordinal), limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Reported as what it is, with the transcript.
        }

        Assert.True(said, $"After '{command}' lldb did not say '{until}':\n{_text.Text}\n{_machine.Describe()}");
        string text = _text.Text;
        int end = text.IndexOf('\n', text.IndexOf(until, _position, StringComparison.Ordinal));
        string answer = end < 0 ? text[_position..] : text[_position..end];
        _position += answer.Length;
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_lldb.HasExited)
        {
            _lldb.Kill();
            await _lldb.WaitForExitAsync(CancellationToken.None);
        }

        _lldb.Dispose();
    }
}
