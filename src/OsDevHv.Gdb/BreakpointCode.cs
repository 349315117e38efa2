namespace OsDevHv.Gdb;

/// <summary>The bytecode that comes with a breakpoint. Immutable.</summary>
/// <param name="Conditions">It counts where one of these is true, or cannot be evaluated; with none it always counts.</param>
/// <param name="Commands">Where there are any, they are executed in place of a stop when it counts.</param>
public sealed record BreakpointCode(IReadOnlyList<AgentExpression> Conditions, IReadOnlyList<AgentExpression> Commands)
{
    /// <summary>Stops always.</summary>
    public static BreakpointCode None { get; } = new([], []);
}
