using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>The real program with a kernel, serving gdb on a port of its own choice. Killed when disposed of.</summary>
internal sealed class RunningMachine : IAsyncDisposable
{
    private const string Listening = "gdb: listening on 127.0.0.1:";

    private readonly Process _process;
    private readonly TextCollector _output;
    private readonly TextCollector _messages;

    private RunningMachine(Process process)
    {
        _process = process;
        _output = new TextCollector(process.StandardOutput);
        _messages = new TextCollector(process.StandardError);
    }

    /// <summary>The port that the debugger is served on.</summary>
    public int Port { get; private set; }

    /// <summary>What the guest has said so far.</summary>
    public string Output => _output.Text;

    /// <summary>What the program has said so far.</summary>
    public string Messages => _messages.Text;

    /// <summary>The guest's serial input.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>Starts the machine; completes when it can be debugged. With <c>--wait</c> it has not executed anything then.</summary>
    public static async Task<RunningMachine> StartAsync(string kernel, params string[] options)
    {
        var start = new ProcessStartInfo(Installation.Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardInputEncoding = Encoding.Latin1,
        };
        foreach (string argument in (string[])["run", Installation.Kernel(kernel), "--gdb=127.0.0.1:0", .. options])
        {
            start.ArgumentList.Add(argument);
        }

        var machine = new RunningMachine(Process.Start(start)!);
        using var limit = new CancellationTokenSource(Installation.Limit);
        if (!await machine._messages.WaitAsync(static text => text.Contains(Listening) && text.EndsWith('\n'), limit.Token))
        {
            await machine.DisposeAsync();
            Assert.Fail($"The program does not serve a debugger:\n{machine.Messages}");
        }

        string line = machine.Messages[(machine.Messages.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..];
        machine.Port = int.Parse(line[..line.IndexOf('\n')], CultureInfo.InvariantCulture);
        return machine;
    }

    /// <summary>Waits until the guest has said something.</summary>
    public async Task UntilItSaysAsync(string text)
    {
        using var limit = new CancellationTokenSource(Installation.Limit);
        Assert.True(await _output.WaitAsync(output => output.Contains(text, StringComparison.Ordinal), limit.Token), $"'{text}' did not come:\n{Output}");
    }

    /// <summary>Waits for the end of the run; returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Installation.Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The program has not ended:\n{await DescribeAsync()}");
        }

        await Task.WhenAll(_output.End, _messages.End);
        return _process.ExitCode;
    }

    /// <summary>What both sides have said, for a test that fails.</summary>
    public string Describe() => $"--- guest ---\n{Output}\n--- osdevhv ---\n{Messages}";

    /// <summary>The same, and what the vCPUs are doing: this attaches as a debugger does.</summary>
    public async Task<string> DescribeAsync() =>
        Describe() + (_process.HasExited ? $"The program ended with exit code {_process.ExitCode}.\n" : await AskVcpusAsync());

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task<string> AskVcpusAsync()
    {
        try
        {
            await using RspClient client = await RspClient.ConnectAsync(Port, TimeSpan.FromSeconds(5));
            return await client.MonitorAsync("info vcpus");
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or OperationCanceledException)
        {
            return $"'monitor info vcpus' has no answer: {error.Message}\n";
        }
    }
}
