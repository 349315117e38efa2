using OsDevHv.Kvm;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Suites.Running;

namespace OsDevHv.Running;

/// <summary>What the commands have from the process; tests put their own in its place.</summary>
/// <param name="Output">stdout, for what a command is asked to print. Never used while a guest runs.</param>
/// <param name="Error">stderr. Any thread.</param>
/// <param name="CreateMachine">Builds the machine of a profile, stopped before its first instruction.</param>
internal sealed record ProgramContext(TextWriter Output, TextWriter Error, Func<MachineProfile, MachineOptions, IMachine> CreateMachine)
{
    /// <summary>What runs the cases of suites, given the directory of their artifacts.</summary>
    public Func<string, ICaseRunner> CreateCaseRunner { get; init; } = OpenCaseRunner;

    /// <summary>A variable of the environment; null where it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Whether <see cref="Output"/> is a terminal that understands ECMA-48.</summary>
    public bool OutputIsTerminal { get; init; }

    private static MachineCaseRunner OpenCaseRunner(string artifacts)
    {
        // Without KVM no case can be run; that is said once, not for each of them.
        KvmDevice.Open().Dispose();
        return new MachineCaseRunner(artifacts);
    }
}
