using System.Diagnostics;
using System.Net;
using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Tests.Gdb;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// Runs the installed gdb in batch mode against a <see cref="FakeMachine"/>, with a time limit; what was said on both sides is printed on
/// failure.
/// </summary>
internal sealed class GdbRun : IProtocolTrace
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly StringBuilder log = new();

    /// <summary>gdb's stdout and stderr together.</summary>
    public string Output { get; private set; } = "";

    /// <summary>The protocol's log.</summary>
    public string Protocol
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    /// <summary>
    /// Connects and executes the commands. When the machine first spins, <paramref name="whenSpinning"/> is done to the gdb process.
    /// </summary>
    public static async Task<GdbRun> ExecuteAsync(FakeMachine machine, string[] commands, Func<Process, Task>? whenSpinning = null)
    {
        GdbRun run = new();
        await using GdbServer server = GdbServer.Start(machine, new IPEndPoint(IPAddress.Loopback, 0), run);
        await run.ExecuteAsync(server, commands, machine, whenSpinning);
        return run;
    }

    /// <summary>Connects to a server that is there and executes the commands.</summary>
    public static async Task<GdbRun> ConnectAsync(GdbServer server, string[] commands)
    {
        GdbRun run = new();
        await run.ExecuteAsync(server, commands, new FakeMachine(), whenSpinning: null);
        return run;
    }

    /// <summary>Asserts that gdb said something.</summary>
    public void Says(string expected) =>
        Assert.True(Output.Contains(expected, StringComparison.Ordinal), $"gdb did not say '{expected}':\n{Output}\n{Protocol}");

    /// <summary>Asserts that gdb did not say something.</summary>
    public void DoesNotSay(string unexpected) =>
        Assert.False(Output.Contains(unexpected, StringComparison.Ordinal), $"gdb said '{unexpected}':\n{Output}\n{Protocol}");

    /// <inheritdoc/>
    public void Received(ReadOnlySpan<byte> payload) => Add("<- ", Encoding.Latin1.GetString(payload));

    /// <inheritdoc/>
    public void Sent(ReadOnlySpan<byte> frame) => Add("-> ", Encoding.Latin1.GetString(frame));

    /// <inheritdoc/>
    public void Event(string text) => Add("-- ", text);

    private void Add(string direction, string text)
    {
        lock (log)
        {
            log.Append(direction).AppendLine(text.Length > 400 ? text[..400] + "..." : text);
        }
    }

    private async Task ExecuteAsync(GdbServer server, string[] commands, FakeMachine machine, Func<Process, Task>? whenSpinning)
    {
        string[] setup =
        [
            "set confirm off", "set pagination off", "set width 0", "set tcp connect-timeout 10", "set remotetimeout 10",
            $"target remote {server.LocalEndPoint}",
        ];
        ProcessStartInfo start = new("gdb") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-nx", "-q", "-batch", .. setup.Concat(commands).SelectMany(static c => new[] { "-ex", c })])
        {
            start.ArgumentList.Add(argument);
        }

        using Process gdb = Process.Start(start)!;
        Task<string> output = gdb.StandardOutput.ReadToEndAsync();
        Task<string> errors = gdb.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(Limit);
        try
        {
            if (whenSpinning is not null)
            {
                await machine.Spinning.Task.WaitAsync(limit.Token);
                await whenSpinning(gdb);
            }

            await gdb.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            gdb.Kill();
            Assert.Fail($"gdb did not end in {Limit}:\n{await output}\n{await errors}\n{Protocol}");
        }

        Output = await output + await errors;
    }
}
