using OsDevHv.Machine;

namespace OsDevHv.Suites.Conventions;

/// <summary>The kinds of a verdict, as suites write them.</summary>
internal static class EndNames
{
    /// <summary>Those that can be expected.</summary>
    public static readonly (string Word, VerdictKind Value)[] All =
    [
        ("passed", VerdictKind.Passed),
        ("failed", VerdictKind.Failed),
        ("exited", VerdictKind.Exited),
        ("powered-off", VerdictKind.PoweredOff),
        ("panicked", VerdictKind.Panicked),
        ("triple-fault", VerdictKind.TripleFaulted),
        ("dead-halt", VerdictKind.DeadHalt),
        ("reset", VerdictKind.Reset),
        ("timeout", VerdictKind.TimedOut),
    ];

    /// <summary>The word for a kind.</summary>
    public static string Of(VerdictKind kind) => kind switch
    {
        VerdictKind.Stopped => "stopped",
        VerdictKind.MachineError => "machine-error",
        _ => Array.Find(All, pair => pair.Value == kind).Word ?? kind.ToString(),
    };
}
