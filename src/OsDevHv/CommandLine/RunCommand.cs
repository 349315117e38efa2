using System.CommandLine;
using System.CommandLine.Parsing;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Testing;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv run</c>.</summary>
internal sealed class RunCommand
{
    public const string Name = "run";

    /// <summary>The option that makes a run a test.</summary>
    public const string TestName = "--test";

    /// <summary>The argument that takes the kernel's own.</summary>
    public const string ArgumentsName = "ARGS";

    private readonly Argument<string> _file = new("FILE") { Description = "A profile (YAML) or a kernel" };
    private readonly Option<string> _gdb = new("--gdb")
    {
        Description = $"Serve gdb: --gdb alone on {GdbProfile.DefaultListen}, --gdb=ADDR elsewhere; port 0 is any free one",
        HelpName = "ADDR",
    };

    private readonly Option<string> _view = new("--view")
    {
        Description = "Show the machine in a browser: --view alone on a free port, --view=ADDR elsewhere on this host",
        HelpName = "ADDR",
    };

    private readonly Option<bool> _wait = new("--wait") { Description = "Wait for gdb before the first instruction" };
    private readonly Option<string> _timeout = new("--timeout")
    {
        Description = "End the run after this time: 500ms, 10s, 2m",
        HelpName = "D",
    };

    private readonly Option<string[]> _set = new("--set") { Description = "Set a value of the profile: cpu.count=2", HelpName = "K=V" };
    private readonly Option<string> _serial = new("--serial")
    {
        Description = "Connect COM1 (the device com1): see below",
        HelpName = "CONN",
    };

    private readonly Option<string> _cmdline = new("--cmdline") { Description = "The kernel's command line", HelpName = "STR" };
    private readonly Option<string> _initrd = new("--initrd") { Description = "The initial RAM disk of a Linux kernel", HelpName = "FILE" };
    private readonly Option<string[]> _module = new("--module")
    {
        Description = "A boot module, with its own command line; these replace the profile's",
        HelpName = "FILE[=STR]",
    };

    private readonly Option<ScreenshotRequest[]> _screenshot = new("--screenshot")
    {
        Description = "Write the screen to a PNG file at the end, on failure or after a time: see below",
        HelpName = "FILE[@WHEN]",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseScreenshots,
    };

    private readonly Option<TraceCategories> _trace = new("--trace")
    {
        Description = "Trace to stderr, a comma between: unclaimed (accesses that no device answers)",
        HelpName = "LIST",
        CustomParser = ParseTrace,
    };

    private readonly Option<string> _onCrash = new("--on-crash")
    {
        Description = "When the guest dies: report (always), gdb (wait for a debugger), core (write NAME.core too)",
        HelpName = "WHAT",
    };

    private readonly Option<bool> _test = new(TestName)
    {
        Description = "Judge it as a test, for cargo, Meson, CTest, Bazel: exit code 0 passed, 77 skipped, 100 failed",
    };

    private readonly Argument<string[]> _arguments = new(ArgumentsName)
    {
        Description = "The kernel's arguments, where --test stands before FILE: all that is behind it",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Say on stderr what the program does" };

    private readonly ProgramContext _context;

    public RunCommand(ProgramContext context) => _context = context;

    public static Command Create(ProgramContext context)
    {
        var options = new RunCommand(context);
        var command = new Command(Name, "Boot a kernel and run it to its verdict.");
        options.AddTo(command);
        command.Add(options._test);
        command.Add(options._arguments);
        command.SetAction((parsed, _) => parsed.GetValue(options._test) ? options.TestAsync(parsed) : options.RunAsync(parsed));
        return command;
    }

    /// <summary>Gives a command the file and the options of a run.</summary>
    public void AddTo(Command command)
    {
        command.Add(_file);
        foreach (Option option in (Option[])
            [_gdb, _view, _wait, _timeout, _set, _serial, _cmdline, _initrd, _module, _screenshot, _onCrash, _trace, _verbose])
        {
            command.Add(option);
        }
    }

    /// <summary>Whether the command line states the debugger's address.</summary>
    public bool NamesServer(ParseResult parsed) => parsed.GetValue(_gdb) is not null;

    /// <summary>What a command line asks for; null, with an exit code, where it cannot be had, which has been said.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="further">Values of the profile that the options must not change.</param>
    /// <param name="exitCode">The exit code where there is nothing to run.</param>
    public RunRequest? Read(ParseResult parsed, IReadOnlyList<ProfileOverride> further, out int exitCode)
    {
        return Read(parsed, parsed.GetValue(_file)!, (ProfileUse.Run, further), out exitCode);
    }

    /// <summary>The argument that names the file.</summary>
    public Argument<string> File => _file;

    /// <summary>The same for the profile that a snapshot has kept.</summary>
    public RunRequest? ReadSaved(ParseResult parsed, string profile, out int exitCode)
    {
        string file = Path.Combine(Path.GetTempPath(), $"osdevhv-{Path.GetRandomFileName()}.yaml");
        try
        {
            System.IO.File.WriteAllText(file, profile);
            return Read(parsed, file, (ProfileUse.Restore, []), out exitCode);
        }
        finally
        {
            System.IO.File.Delete(file);
        }
    }

    private RunRequest? Read(ParseResult parsed, string file, (ProfileUse Use, IReadOnlyList<ProfileOverride> Further) reading, out int exitCode)
    {
        ProfileResult result = ProfileArguments.Read(file, [.. Overrides(parsed), .. reading.Further], reading.Use);
        if (!result.Succeeded)
        {
            exitCode = ProfileArguments.Report(result, file, _context.Error);
            return null;
        }

        exitCode = ExitCodes.Passed;
        return new RunRequest(result.Profile, parsed.GetValue(_trace), parsed.GetValue(_verbose))
        {
            Screenshots = parsed.GetValue(_screenshot) ?? [],
        };
    }

    /// <summary>The options that stand for values of the profile; <c>--set</c> comes first, so that they win.</summary>
    private List<ProfileOverride> Overrides(ParseResult parsed)
    {
        List<ProfileOverride> overrides = [.. (parsed.GetValue(_set) ?? []).Select(assignment => new ProfileOverride(assignment))];
        Add(_timeout, "verdict.timeout", value => value);
        Add(_serial, "devices.com1.connect", value => value);
        Add(_cmdline, "boot.cmdline", ProfileArguments.Quote);
        Add(_initrd, "boot.initrd", ProfileArguments.Quote);
        Add(_gdb, "debug.gdb.listen", AddressArgument.Complete);
        Add(_onCrash, "debug.on-crash", value => value);
        Add(_view, "debug.view.listen", AddressArgument.Complete);
        if (parsed.GetValue(_wait))
        {
            overrides.Add(new ProfileOverride("debug.gdb.wait=true", _wait.Name));
        }

        if (parsed.GetValue(_module) is { Length: > 0 } modules)
        {
            overrides.Add(new ProfileOverride($"boot.modules=[{string.Join(", ", modules.Select(Module))}]", _module.Name));
        }

        return overrides;

        void Add(Option<string> option, string path, Func<string, string> complete)
        {
            if (parsed.GetValue(option) is { } value)
            {
                overrides.Add(new ProfileOverride($"{path}={complete(value)}", option.Name));
            }
        }
    }

    private static string Module(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? argument : argument[..equals];
        string commandLine = equals < 0 ? "" : argument[(equals + 1)..];
        return $"{{ path: {ProfileArguments.Quote(path)}, cmdline: {ProfileArguments.Quote(commandLine)} }}";
    }

    private static ScreenshotRequest[] ParseScreenshots(ArgumentResult result)
    {
        var requests = new List<ScreenshotRequest>();
        foreach (Token token in result.Tokens)
        {
            if (ScreenshotArgument.TryParse(token.Value, out ScreenshotRequest? request, out string? error))
            {
                requests.Add(request);
            }
            else
            {
                result.AddError(error);
            }
        }

        return [.. requests];
    }

    private static TraceCategories ParseTrace(ArgumentResult result)
    {
        var categories = TraceCategories.None;
        foreach (string name in result.Tokens[0].Value.Split(','))
        {
            switch (name)
            {
                case "unclaimed":
                    categories |= TraceCategories.Unclaimed;
                    break;
                case "guest-errors":
                    categories |= TraceCategories.GuestErrors;
                    break;
                default:
                    result.AddError($"--trace: unknown category '{name}'; known: unclaimed, guest-errors");
                    break;
            }
        }

        return categories;
    }

    private async Task<int> TestAsync(ParseResult parsed)
    {
        foreach (Option option in (Option[])[_gdb, _view, _wait, _serial, _screenshot, _trace, _onCrash])
        {
            // Who judges a test has its output, its screen and its crash report; nobody else is there.
            if (parsed.GetResult(option) is { Implicit: false })
            {
                await _context.Error.WriteLineAsync($"osdevhv: --test and {option.Name} exclude each other").ConfigureAwait(false);
                return ExitCodes.Usage;
            }
        }

        var test = new SingleTest(_context, VersionCommand.Number);
        return await test.RunAsync(parsed.GetValue(_file)!, Overrides(parsed), parsed.GetValue(_arguments) ?? []).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        return Read(parsed, [], out int exitCode) is { } request
            ? await new MachineHost(_context).RunAsync(request).ConfigureAwait(false)
            : exitCode;
    }
}
