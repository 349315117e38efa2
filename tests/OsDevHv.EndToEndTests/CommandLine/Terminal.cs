using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using OsDevHv.EndToEndTests.Debugger.Harness;
using OsDevHv.Kvm.Host;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>A shell on a terminal of its own, as a person would have it: keys go in, the screen comes out.</summary>
internal sealed class Terminal : IDisposable
{
    private static TimeSpan Limit => Installation.Limit;

    private readonly FileStream _master;
    private readonly string _name;
    private readonly Process _shell;
    private readonly StringBuilder _screen = new();
    private volatile bool _disposed;

    private Terminal(FileStream master, string name, string original, Process shell)
    {
        _master = master;
        _name = name;
        _shell = shell;
        Original = original;
        new Thread(Read) { IsBackground = true, Name = "screen" }.Start();
    }

    /// <summary>The settings, in stty's notation, that the terminal had before anything ran on it.</summary>
    public string Original { get; }

    public string Screen
    {
        get
        {
            lock (_screen)
            {
                return _screen.ToString();
            }
        }
    }

    /// <summary>Opens a terminal with ordinary settings and runs a script of sh in it; $OSDEVHV is the program.</summary>
    public static async Task<Terminal> StartAsync(string script)
    {
        if (!Directory.Exists("/dev/pts") || !File.Exists("/dev/ptmx"))
        {
            Assert.Skip("this host has no pseudo-terminals (/dev/pts)");
        }

        SafeFileHandle handle = HostTerminal.OpenPseudoTerminal(out string name);
        var master = new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0);
        await RunAsync("stty", "-F", name, "sane");
        string original = await RunAsync("stty", "-F", name, "-g");
        var start = new ProcessStartInfo("sh", ["-c", $"exec setsid -c sh -c '{script}' < {name} > {name} 2>&1"]);
        start.Environment["OSDEVHV"] = Installation.Program;
        return new Terminal(master, name, original, Process.Start(start)!);
    }

    /// <summary>The settings as they are now, in stty's notation.</summary>
    public Task<string> SettingsAsync() => RunAsync("stty", "-F", _name, "-g");

    public void Type(string keys) => _master.Write(Encoding.Latin1.GetBytes(keys));

    /// <summary>Waits until the screen shows these words.</summary>
    public async Task SeeAsync(string words)
    {
        long start = Stopwatch.GetTimestamp();
        while (!Screen.Contains(words, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, $"'{words}' was not seen on the screen:\n{Screen}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until the program has changed the settings.</summary>
    public Task WaitUntilTakenAsync() => WaitForSettingsAsync(original: false);

    /// <summary>Waits until the settings are what they were before anything ran.</summary>
    public Task WaitUntilGivenBackAsync() => WaitForSettingsAsync(original: true);

    private async Task WaitForSettingsAsync(bool original)
    {
        long start = Stopwatch.GetTimestamp();
        while (await SettingsAsync() == Original != original)
        {
            string wanted = original ? "the old" : "new";
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, $"the terminal's settings did not become {wanted} ones:\n{Screen}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        if (!_shell.HasExited)
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
        _master.Dispose();
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        while (!_disposed)
        {
            try
            {
                int count = _master.Read(buffer);
                lock (_screen)
                {
                    _screen.Append(Encoding.Latin1.GetString(buffer, 0, count));
                }
            }
            catch (IOException)
            {
                // Nobody has the terminal open: not yet, or no more.
                Thread.Sleep(10);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }
}
