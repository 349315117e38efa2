using OsDevHv.Machine;
using OsDevHv.Profiles;

namespace OsDevHv.Running;

/// <summary>What the commands have from the process; tests put their own in its place.</summary>
/// <param name="Output">stdout, for what a command is asked to print. Never used while a guest runs.</param>
/// <param name="Error">stderr. Any thread.</param>
/// <param name="CreateMachine">Builds the machine of a profile, stopped before its first instruction.</param>
internal sealed record ProgramContext(TextWriter Output, TextWriter Error, Func<MachineProfile, MachineOptions, IMachine> CreateMachine);
