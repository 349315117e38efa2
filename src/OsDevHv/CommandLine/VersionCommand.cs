using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using OsDevHv.Machine;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv version</c> and <c>osdevhv --version</c>.</summary>
internal static class VersionCommand
{
    public const string Name = "version";

    /// <summary>The version, as in <c>0.1.0</c>.</summary>
    public static string Number { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private static string Text => $"osdevhv {Number}\n";

    public static Command Create(ProgramContext context)
    {
        var command = new Command(Name, "Print the version.");
        command.SetAction(_ => Print(context));
        return command;
    }

    public static Option AsOption(ProgramContext context) =>
        new VersionOption { Description = "Print the version", Action = new PrintAction(context) };

    private static int Print(ProgramContext context)
    {
        context.Output.Write(Text);
        return ExitCodes.Passed;
    }

    private sealed class PrintAction(ProgramContext context) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult) => Print(context);
    }
}
