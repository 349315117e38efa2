namespace OsDevHv.Profiles;

/// <summary>What is done with a machine whose guest died.</summary>
public enum CrashAction
{
    /// <summary>A report on stderr.</summary>
    Report,

    /// <summary>A report, and the machine stays as it is until a debugger has looked at it.</summary>
    Gdb,

    /// <summary>A report, and a core file.</summary>
    Core,
}

/// <summary>Whether a vCPU's registers are kept at each entry, for hosts whose processor loses them in a triple fault.</summary>
public enum FaultWatch
{
    /// <summary>Where the host's processor is of a kind that loses them.</summary>
    Auto,

    /// <summary>Always.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>What is done when the guest dies: a triple fault, a halt for good, a time limit, a panic, an error of the machine.</summary>
public sealed record CrashProfile
{
    /// <summary>What is done.</summary>
    public CrashAction Action { get; init; }

    /// <summary>The core file, an absolute path; null is NAME.core in the current directory.</summary>
    public string? Core { get; init; }

    /// <summary>Whether registers are kept against their loss.</summary>
    public FaultWatch WatchFaults { get; init; }
}
