using System.Diagnostics;
using System.Globalization;
using System.Text;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>
/// A process of the program whose streams are pipes. Ends with the test, and at the latest after a time limit, which fails the test with
/// all output.
/// </summary>
internal sealed class ProgramRun : IDisposable
{
    private static TimeSpan Limit => Installation.Limit;

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Task _errorReader;
    private readonly string _command;
    private Task<string>? _outputReader;

    private ProgramRun(string[] arguments)
    {
        _command = $"osdevhv {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo(Installation.Program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        _process = Process.Start(start)!;
        _errorReader = ReadErrorAsync();
    }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>stdin.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>stdout, for tests that read it themselves.</summary>
    public Stream OutputStream => _process.StandardOutput.BaseStream;

    /// <summary>The exit code; after <see cref="WaitAsync"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>All of stdout; after <see cref="WaitAsync"/>.</summary>
    public string Output { get; private set; } = "";

    /// <summary>stderr so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>The last line on stderr.</summary>
    public string LastLine => Error.TrimEnd('\n').Split('\n')[^1];

    /// <summary>Starts the program; its input stays open.</summary>
    public static ProgramRun Start(params string[] arguments) => new(arguments);

    /// <summary>Runs the program with an empty input to its end.</summary>
    public static async Task<ProgramRun> ToEndAsync(params string[] arguments)
    {
        ProgramRun run = Start(arguments);
        run.Input.Close();
        await run.WaitAsync();
        return run;
    }

    /// <summary>Begins to read stdout.</summary>
    public void ReadOutput() => _outputReader ??= _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

    /// <summary>Reads what is left of stdout and waits for the end.</summary>
    public async Task WaitAsync()
    {
        ReadOutput();
        Task end = Task.WhenAll(_process.WaitForExitAsync(TestContext.Current.CancellationToken), _outputReader!, _errorReader);
        if (await Task.WhenAny(end, Task.Delay(Limit, TestContext.Current.CancellationToken)) != end)
        {
            _process.Kill(entireProcessTree: true);
            await end;
            Output = await _outputReader!;
            Assert.Fail(Describe($"did not end within {Limit.TotalSeconds} s"));
        }

        await end;
        Output = await _outputReader!;
    }

    /// <summary>Waits until stderr has a line with these words; returns that line.</summary>
    public async Task<string> WaitForErrorAsync(string words)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Limit)
        {
            if (Error.Split('\n')[..^1].FirstOrDefault(line => line.Contains(words, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Fail(Describe($"did not say '{words}' on stderr"));
        return "";
    }

    /// <summary>Reads stdout up to and with these words.</summary>
    public async Task ReadUntilAsync(string words)
    {
        var heard = new StringBuilder();
        byte[] one = new byte[1];
        using var limit = new CancellationTokenSource(Limit);
        while (!heard.ToString().EndsWith(words, StringComparison.Ordinal))
        {
            int count;
            try
            {
                count = await OutputStream.ReadAsync(one, limit.Token);
            }
            catch (OperationCanceledException)
            {
                count = 0;
            }

            Assert.True(count == 1, Describe($"did not print '{words}' but '{heard}'"));
            heard.Append((char)one[0]);
        }
    }

    /// <summary>Sends a signal by name.</summary>
    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Asserts the exit code; shows all output otherwise.</summary>
    public void Exits(int expected) => Assert.True(ExitCode == expected, Describe($"exited with {ExitCode}, not {expected}"));

    /// <summary>Asserts words on stderr.</summary>
    public void Says(string words) =>
        Assert.True(Error.Contains(words, StringComparison.Ordinal), Describe($"did not say '{words}' on stderr"));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private string Describe(string problem) => $"{_command}\n{problem}\n-- stdout:\n{Output}\n-- stderr:\n{Error}";

    private async Task ReadErrorAsync()
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await _process.StandardError.ReadAsync(buffer)) > 0)
        {
            lock (_error)
            {
                _error.Append(buffer, 0, count);
            }
        }
    }
}
