namespace OsDevHv.Machine.Commands;

/// <summary>One call of a command.</summary>
/// <param name="Vcpu">The CPU that the debugger looks at, or that the user named.</param>
/// <param name="Arguments">The words after the command's name.</param>
/// <param name="Rest">The same as one text, as it was typed.</param>
internal sealed record MonitorCall(int Vcpu, IReadOnlyList<string> Arguments, string Rest)
{
    /// <summary>The argument at an index, or null.</summary>
    public string? this[int index] => index < Arguments.Count ? Arguments[index] : null;
}

/// <summary>A command that cannot be done; the message is the one line that the user reads.</summary>
internal sealed class MonitorException(string message) : Exception(message);

/// <summary>A command of <c>monitor</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Usage">What follows the name; empty where nothing does.</param>
/// <param name="Summary">What it does, in the list of commands.</param>
/// <param name="RunAsync">Does it; returns its output, lines ended by line feeds. May throw <see cref="MonitorException"/>.</param>
internal sealed record MonitorCommand(string Name, string Usage, string Summary, Func<MonitorCall, Task<string>> RunAsync)
{
    /// <summary>A command that answers at once.</summary>
    public MonitorCommand(string name, string usage, string summary, Func<MonitorCall, string> run)
        : this(name, usage, summary, call => Task.FromResult(run(call)))
    {
    }

    /// <summary>What the help of this command adds to its summary, lines ended by line feeds.</summary>
    public string Details { get; init; } = "";

    /// <summary>Other names for it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>It looks at CPUs or memory, so the machine must stand still.</summary>
    public bool NeedsStop { get; init; }

    /// <summary>It is known as <c>info NAME</c> too.</summary>
    public bool IsInfo { get; init; }
}
