using System.CommandLine;
using System.CommandLine.Parsing;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv run</c>.</summary>
internal sealed class RunCommand
{
    public const string Name = "run";

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

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Say on stderr what the program does" };

    private readonly ProgramContext _context;

    private RunCommand(ProgramContext context) => _context = context;

    public static Command Create(ProgramContext context)
    {
        var options = new RunCommand(context);
        var command = new Command(Name, "Boot a kernel and run it to its verdict.")
        {
            options._file, options._gdb, options._view, options._wait, options._timeout, options._set, options._serial, options._cmdline,
            options._initrd, options._module, options._screenshot, options._onCrash, options._trace, options._verbose,
        };
        command.SetAction((parsed, _) => options.RunAsync(parsed));
        return command;
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

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string file = parsed.GetValue(_file)!;
        ProfileResult result = ProfileArguments.Read(file, Overrides(parsed), ProfileUse.Run);
        if (!result.Succeeded)
        {
            return ProfileArguments.Report(result, file, _context.Error);
        }

        var request = new RunRequest(result.Profile, parsed.GetValue(_trace), parsed.GetValue(_verbose))
        {
            Screenshots = parsed.GetValue(_screenshot) ?? [],
        };
        return await new MachineHost(_context).RunAsync(request).ConfigureAwait(false);
    }
}
