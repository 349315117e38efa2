namespace OsDevHv.Machine;

/// <summary>How a run ended. Exactly one of these is true of every run.</summary>
public enum VerdictKind
{
    /// <summary>The guest said that it passed: a mapped isa-debug-exit value.</summary>
    Passed,

    /// <summary>The guest said that it failed: a mapped isa-debug-exit value.</summary>
    Failed,

    /// <summary>The guest ended with an isa-debug-exit value that the profile does not map.</summary>
    Exited,

    /// <summary>The guest turned the machine off: success, unless the profile says what passing looks like.</summary>
    PoweredOff,

    /// <summary>The guest printed what the profile calls a panic.</summary>
    Panicked,

    /// <summary>The guest triple-faulted.</summary>
    TripleFaulted,

    /// <summary>Every CPU is halted with interrupts off (or waits for a SIPI that nobody can send).</summary>
    DeadHalt,

    /// <summary>The guest reset the machine.</summary>
    Reset,

    /// <summary>The time limit was reached.</summary>
    TimedOut,

    /// <summary>The user ended the run: Ctrl-C, SIGTERM, gdb's kill, monitor quit.</summary>
    Stopped,

    /// <summary>
    /// The machine, not the guest: an instruction that this host's KVM cannot execute, a refused state, an error of ours.
    /// </summary>
    MachineError,
}

/// <summary>How a run ended, in words and as an exit code.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Detail">What a person wants to know beyond the kind, one line; may be empty.</param>
/// <param name="ExitCode">The exit code of the process, 0 to 255: see <see cref="ExitCodes"/>.</param>
public sealed record Verdict(VerdictKind Kind, string Detail, int ExitCode)
{
    /// <summary>The value that the guest wrote to isa-debug-exit; null where it did not end so.</summary>
    public uint? ExitValue { get; init; }
}

/// <summary>
/// The exit codes of the process. isa-debug-exit gives odd ones, as QEMU's formula (v &lt;&lt; 1) | 1 does; all others are even, so none
/// can be mistaken for the guest's own.
/// </summary>
public static class ExitCodes
{
    /// <summary>
    /// The code of an isa-debug-exit value that no profile maps: QEMU's (v &lt;&lt; 1) | 1, of which a process shows the low 8 bits.
    /// </summary>
    public static int OfDebugExit(uint value) => (int)(((value << 1) | 1) & 0xff);

    /// <summary>Passed, or powered off.</summary>
    public const int Passed = 0;

    /// <summary>Failed, by a mapped value.</summary>
    public const int Failed = 100;

    /// <summary>Panicked.</summary>
    public const int Panicked = 102;

    /// <summary>Triple fault.</summary>
    public const int TripleFaulted = 104;

    /// <summary>Halted for good.</summary>
    public const int DeadHalt = 106;

    /// <summary>Reset by the guest.</summary>
    public const int Reset = 108;

    /// <summary>Turned off, where the profile maps isa-debug-exit values to passing and none of them came.</summary>
    public const int PoweredOffUnjudged = 110;

    /// <summary>Time limit, as timeout(1) has it.</summary>
    public const int TimedOut = 124;

    /// <summary>Ended by the user, as shells report SIGINT.</summary>
    public const int Stopped = 130;

    /// <summary>The command line is wrong (sysexits EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>A kernel or module cannot be read or booted (EX_NOINPUT).</summary>
    public const int BadImage = 66;

    /// <summary>An error in the machine or in this program (EX_SOFTWARE).</summary>
    public const int MachineError = 70;

    /// <summary>No usable KVM (EX_OSFILE).</summary>
    public const int NoKvm = 72;

    /// <summary>
    /// Something of the host cannot be had: an address in use, a file that cannot be written (EX_CANTCREAT is odd, so EX_IOERR).
    /// </summary>
    public const int HostError = 74;

    /// <summary>The profile is wrong (EX_CONFIG).</summary>
    public const int BadProfile = 78;
}
