using OsDevHv.Kvm;
using OsDevHv.Kvm.Host;
using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;
using OsDevHv.Suites.Running;

namespace OsDevHv.Running;

/// <summary>What the commands have from the process; tests put their own in its place.</summary>
/// <param name="Output">stdout, for what a command is asked to print. Never used while a guest runs.</param>
/// <param name="Error">stderr. Any thread.</param>
/// <param name="CreateMachine">Builds the machine of a profile, stopped before its first instruction.</param>
internal sealed record ProgramContext(TextWriter Output, TextWriter Error, Func<MachineProfile, MachineOptions, IMachine> CreateMachine)
{
    /// <summary>
    /// What runs the cases of suites, given the directory of their artifacts and who else takes what a device prints, or null.
    /// </summary>
    public Func<string, Func<string, OutputReceiver?>?, ICaseRunner> CreateCaseRunner { get; init; } = OpenCaseRunner;

    /// <summary>stdout, for what a guest prints.</summary>
    public Func<HostDescriptor> OpenOutput { get; init; } = HostDescriptor.StandardOutput;

    /// <summary>A variable of the environment; null where it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Whether <see cref="Output"/> is a terminal that understands ECMA-48.</summary>
    public bool OutputIsTerminal { get; init; }

    private static MachineCaseRunner OpenCaseRunner(string artifacts, Func<string, OutputReceiver?>? further)
    {
        // Without KVM no case can be run; that is said once, not for each of them.
        KvmDevice.Open().Dispose();
        return new MachineCaseRunner(artifacts, further);
    }
}
