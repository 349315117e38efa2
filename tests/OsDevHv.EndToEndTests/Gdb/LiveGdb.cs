using System.Diagnostics;
using System.Globalization;
using OsDevHv.EndToEndTests.Debugger.Harness;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// The installed gdb with somebody at its prompt: commands one after the other, and what it says by itself in between. Only so does it look
/// at stops of threads that run in the background: a script keeps it from that.
/// </summary>
internal sealed class LiveGdb : IAsyncDisposable
{
    private readonly Process gdb;
    private readonly TextCollector text;
    private readonly CancellationTokenSource limit = new(Installation.Limit);
    private int commands;
    private int seen;
    private int before;

    private LiveGdb(Process gdb)
    {
        this.gdb = gdb;
        text = new TextCollector(gdb.StandardOutput);
    }

    /// <summary>Starts gdb with a kernel's symbols.</summary>
    public static async Task<LiveGdb> StartAsync(string kernel, params string[] commands)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["-c", "exec gdb \"$@\" 2>&1", "gdb", "-nx", "-q", Installation.Kernel(kernel)])
        {
            start.ArgumentList.Add(argument);
        }

        LiveGdb live = new(Process.Start(start)!);
        foreach (string command in (string[])["set confirm off", "set pagination off", "set width 0", "set remotetimeout 60", .. commands])
        {
            await live.DoAsync(command);
        }

        return live;
    }

    /// <summary>Executes a command and returns what was said up to its end.</summary>
    public async Task<string> DoAsync(string command)
    {
        before = seen;
        string mark = string.Create(CultureInfo.InvariantCulture, $"<end of {++commands}>");
        await gdb.StandardInput.WriteLineAsync(command);
        await gdb.StandardInput.WriteLineAsync($"echo {mark}\\n");
        await gdb.StandardInput.FlushAsync();
        return await UntilAsync(mark);
    }

    /// <summary>Waits until gdb has said something since the last command was begun, and returns all up to it.</summary>
    public async Task<string> UntilAsync(string wanted)
    {
        await UntilAllAsync(wanted);
        string all = text.Text;
        int end = all.IndexOf(wanted, before, StringComparison.Ordinal) + wanted.Length;
        seen = Math.Max(seen, end);
        return all[before..end];
    }

    /// <summary>Waits until gdb has said all of these since the last command was begun, in any order.</summary>
    public async Task UntilAllAsync(params string[] wanted)
    {
        bool came;
        try
        {
            came = await text.WaitAsync(
                all => Array.TrueForAll(wanted, one => all.IndexOf(one, before, StringComparison.Ordinal) >= 0), limit.Token);
        }
        catch (OperationCanceledException)
        {
            came = false;
        }

        Assert.True(came, $"gdb did not say {string.Join(" and ", wanted)}:\n{text.Text}");
    }

    /// <summary>The value of an expression that is a number.</summary>
    public async Task<long> ValueAsync(string expression)
    {
        string said = await DoAsync($"printf \"is %ld.\\n\", (long)({expression})");
        int at = said.IndexOf("is ", StringComparison.Ordinal) + 3;
        Assert.True(at > 2, $"{expression}: {said}");
        return long.Parse(said[at..said.IndexOf('.', at)], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until an expression's value is above another.</summary>
    public async Task UntilAboveAsync(string expression, long value)
    {
        while (await ValueAsync(expression) <= value)
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!gdb.HasExited)
        {
            gdb.Kill();
        }

        await text.End;
        gdb.Dispose();
        limit.Dispose();
    }
}
