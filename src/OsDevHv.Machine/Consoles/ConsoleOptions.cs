namespace OsDevHv.Machine.Consoles;

/// <summary>What all consoles of a machine have in common.</summary>
public sealed record ConsoleOptions
{
    /// <summary>Where a console tells the user its address and its troubles, a line each: stderr. Used from several threads.</summary>
    public required TextWriter Messages { get; init; }

    /// <summary>
    /// A .NET regular expression without lookaround and back-references; a line of any console's output that matches is a panic. Null is
    /// none.
    /// </summary>
    public string? PanicPattern { get; init; }

    /// <summary>Whether each console keeps its newest output; see <see cref="HostConsole.Backlog"/>.</summary>
    public bool KeepsOutput { get; init; }

    /// <summary>Whether what is connected to stdio reads stdin.</summary>
    public bool ReadsStandardInput { get; init; } = true;

    /// <summary>Who takes a device's output in place of its connection; null for the connection.</summary>
    public Func<string, OutputReceiver?>? Capture { get; init; }

    /// <summary>Told the first line that matches <see cref="PanicPattern"/>, once, on a console's thread.</summary>
    public Action<string>? OnPanic { get; init; }

    /// <summary>As <see cref="PanicPattern"/>: a line that matches says that the machine is where a snapshot is to be taken.</summary>
    public string? PointPattern { get; init; }

    /// <summary>Told each console's first line that matches <see cref="PointPattern"/>, on the console's thread.</summary>
    public Action<string>? OnPoint { get; init; }

    /// <summary>The user typed the escape that ends the run (Ctrl-A x); on a console's thread.</summary>
    public Action? OnQuit { get; init; }
}
