using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using OsDevHv.Machine;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary>The command line: from arguments to an exit code.</summary>
internal sealed class ProgramCommands
{
    private readonly ProgramContext _context;
    private readonly RootCommand _root;

    public ProgramCommands(ProgramContext context)
    {
        _context = context;
        _root = new RootCommand("Runs, debugs and tests operating system kernels on virtual PCs described in YAML, with KVM.")
        {
            RunCommand.Create(context),
            GdbCommand.Create(context),
            TestCommand.Create(context),
            ReportCommand.Create(context),
            ViewCommand.Create(context),
            SnapshotCommand.Create(context),
            CheckCommand.Create(context),
            SchemaCommand.Create(context),
            DoctorCommand.Create(context),
            VersionCommand.Create(context),
        };
        for (int i = _root.Options.Count - 1; i >= 0; i--)
        {
            if (_root.Options[i] is VersionOption)
            {
                _root.Options.RemoveAt(i);
            }
            else if (_root.Options[i] is HelpOption help)
            {
                help.Description = "Show this help";
                help.Action = new HelpWithEpilogue((HelpAction)help.Action!);
            }
        }

        _root.Options.Add(VersionCommand.AsOption(context));
    }

    /// <summary>Parses and runs; what is wrong with the arguments is said on stderr, with the nearest right spelling.</summary>
    public async Task<int> RunAsync(string[] arguments)
    {
        Command run = _root.Subcommands.Single(static command => command.Name == RunCommand.Name);
        string[] separated = WrappedArguments.Separate(arguments, run);
        var parser = new ParserConfiguration { ResponseFileTokenReplacer = null };
        ParseResult parsed = _root.Parse(AddressArgument.Normalise(separated), parser);
        if (parsed.Action is not HelpWithEpilogue && UsageErrors.FirstOf(parsed) is { } error)
        {
            string command = parsed.CommandResult.Command == _root ? "" : PathOf(parsed.CommandResult);
            _context.Error.WriteLine($"osdevhv: {error}");
            _context.Error.WriteLine($"Try 'osdevhv{command} --help'.");
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = _context.Output,
            Error = _context.Error,

            // Signals are the run's business, and an error of ours gets our exit code.
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        int exitCode = await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        return await Flush(exitCode).ConfigureAwait(false);
    }

    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult { Parent: not null } outer ? $"{PathOf(outer)} {command.Command.Name}" : $" {command.Command.Name}";

    private async Task<int> Flush(int exitCode)
    {
        try
        {
            await _context.Output.FlushAsync().ConfigureAwait(false);
            return exitCode;
        }
        catch (IOException error)
        {
            await _context.Error.WriteLineAsync($"osdevhv: stdout: {error.Message}").ConfigureAwait(false);
            return ExitCodes.HostError;
        }
    }

    /// <summary>The ordinary help, then the command's examples and exit codes.</summary>
    private sealed class HelpWithEpilogue(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.Write(HelpTexts.EpilogueOf(parseResult.CommandResult.Command.Name));
            return ExitCodes.Passed;
        }
    }
}
