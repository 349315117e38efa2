using System.CommandLine;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv gdb</c>: a run, and the user's debugger connected to it.</summary>
internal sealed class GdbCommand
{
    public const string Name = "gdb";

    private readonly Option<string> _with = new("--with")
    {
        Description = "The debugger: gdb, lldb, or any other command; by default $GDB or gdb",
        HelpName = "CMD",
    };

    private readonly Argument<string[]> _arguments = new("ARGS")
    {
        Description = "More arguments of the debugger, behind --",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly ProgramContext _context;
    private readonly RunCommand _run;

    private GdbCommand(ProgramContext context)
    {
        _context = context;
        _run = new RunCommand(context);
    }

    public static Command Create(ProgramContext context)
    {
        var options = new GdbCommand(context);
        var command = new Command(Name, "Boot a kernel, stopped before its first instruction, and debug it with gdb or LLDB.");
        options._run.AddTo(command);
        command.Add(options._with);
        command.Add(options._arguments);
        command.SetAction((parsed, _) => options.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string named = parsed.GetValue(_with) ?? NotEmpty(Environment.GetEnvironmentVariable("GDB")) ?? DebuggerCommand.Default;
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (DebuggerCommand.Find(named, path, parsed.GetValue(_arguments) ?? []) is not { } debugger)
        {
            await _context.Error.WriteLineAsync($"osdevhv: {DebuggerCommand.DescribeMissing(named)}").ConfigureAwait(false);
            return ExitCodes.HostError;
        }

        List<ProfileOverride> further = [new("debug.gdb.wait=true")];
        if (!_run.NamesServer(parsed))
        {
            // Several sessions at a time do not meet on one port.
            further.Add(new ProfileOverride("debug.gdb.listen=127.0.0.1:0"));
        }

        RunRequest? request = _run.Read(parsed, further, out int exitCode);
        return request is null
            ? exitCode
            : await new MachineHost(_context).RunAsync(request with { Debugger = debugger }).ConfigureAwait(false);
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
