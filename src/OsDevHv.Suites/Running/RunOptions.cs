namespace OsDevHv.Suites.Running;

/// <summary>How cases are run.</summary>
public sealed record RunOptions
{
    /// <summary>How much runs at a time, 1 or more: a case takes as many of these as it has processors, at most all of them.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>How much guest memory may be in use at a time, bytes. A case that needs more runs alone.</summary>
    public ulong MemoryBudget { get; init; } = ulong.MaxValue;

    /// <summary>Whether nothing new begins after a case has failed.</summary>
    public bool FailFast { get; init; }

    /// <summary>How often each case is run, 1 or more. It passes if it passes every time.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>How long what is running may take to end once the user has stopped the run; what takes longer is left behind.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What decides the order in which cases begin; null is the plan's order.</summary>
    public ulong? Seed { get; init; }
}
