using System.CommandLine;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Probe;
using OsDevHv.Machine;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv doctor</c>.</summary>
internal static class DoctorCommand
{
    public const string Name = "doctor";

    public static Command Create(ProgramContext context)
    {
        var device = new Option<string>("--device")
        {
            Description = "The KVM device to look at",
            HelpName = "PATH",
            DefaultValueFactory = _ => KvmDevice.DefaultPath,
        };
        var command = new Command(Name, "Find out by small experiments whether machines can be run on this host, and what a debugger can do.")
        {
            device,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(device)!;
            try
            {
                return DoctorReport.Write(context.Output, path, HostProbe.Run(path));
            }
            catch (KvmUnavailableException error)
            {
                return DoctorReport.WriteUnusable(context.Output, path, error);
            }
        });
        return command;
    }
}
