using System.CommandLine;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv schema</c>.</summary>
internal static class SchemaCommand
{
    public const string Name = "schema";

    public static Command Create(ProgramContext context)
    {
        var command = new Command(Name, "Print the JSON Schema of profiles, for editors.");
        command.SetAction(_ =>
        {
            context.Output.Write(ProfileSchema.Text);
            return ExitCodes.Passed;
        });
        return command;
    }
}
