namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>
/// A session that several tests look at: a machine waits for gdb, which executes a script. Starting gdb costs seconds on slow hosts.
/// </summary>
public abstract class SessionFixture : IAsyncLifetime
{
    /// <summary>What came of it.</summary>
    internal Transcript Session { get; private set; } = null!;

    /// <summary>The program's exit code.</summary>
    public int ExitCode { get; private set; }

    /// <summary>The kernel's file, which also holds its symbols.</summary>
    protected abstract string Kernel { get; }

    /// <summary>The file with its symbols, where that is another one.</summary>
    protected virtual string Symbols => Kernel;

    /// <summary>gdb's script; it ends the run.</summary>
    protected abstract string Script { get; }

    /// <summary>Further options of the program.</summary>
    protected virtual string[] Options => [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(Kernel, ["--wait", .. Options]);
        await using DebuggerSession session = DebuggerSession.Start(machine, Symbols, Script);
        await InterveneAsync(session);
        Session = await session.EndAsync();
        ExitCode = await machine.ExitAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the user does while gdb executes the script.</summary>
    private protected virtual Task InterveneAsync(DebuggerSession session) => Task.CompletedTask;
}
