using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Security.Cryptography;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Suites.Running;
using OsDevHv.Testing;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv test</c>.</summary>
internal sealed class TestCommand
{
    public const string Name = "test";

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Suites (YAML, unittests.cfg), profiles, kernels, directories, quoted globs",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<CaseFilter[]> _filter = new("--filter")
    {
        Description = "Run only these cases: see below; several are joined by 'or'",
        HelpName = "EXPR",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseFilters,
    };

    private readonly Option<Shard?> _shard = new("--shard")
    {
        Description = "Run part I of N, I from 1: every N-th case",
        HelpName = "I/N",
        CustomParser = ParseShard,
    };

    private readonly Option<int?> _jobs = new("--jobs", "-j")
    {
        Description = "How much runs at a time; a case counts as many as it has CPUs; by default the host's processors",
        HelpName = "N",
        CustomParser = static result => ParseNumber(result, 4096),
    };

    private readonly Option<ulong?> _memory = new("--memory-budget")
    {
        Description = "Guest memory in use at a time: 512M, 8G; by default three quarters of what is free",
        HelpName = "SIZE",
        CustomParser = ParseSize,
    };

    private readonly Option<bool> _failFast = new("--fail-fast") { Description = "Begin nothing new once a case has failed" };
    private readonly Option<int?> _repeat = new("--repeat")
    {
        Description = "Run each case so many times; it passes if it always does",
        HelpName = "N",
        CustomParser = static result => ParseNumber(result, 1_000_000),
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Begin the cases in an order that this number decides, or a random one, which is printed",
        HelpName = "S|random",
        CustomParser = ParseSeed,
    };

    private readonly Option<bool> _list = new("--list") { Description = "Say what would be run; with --json FILE also there" };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Set a value of every case's profile: cpu.count=2",
        HelpName = "K=V",
    };

    private readonly Option<string> _artifacts = new("--artifacts")
    {
        Description = $"The directory for the files of failures; by default {TestRequest.DefaultArtifacts}",
        HelpName = "DIR",
    };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "On a terminal, a line for passed cases too" };
    private readonly ReportOptions _reports = new();
    private readonly ProgramContext _context;

    private TestCommand(ProgramContext context) => _context = context;

    public static Command Create(ProgramContext context)
    {
        var options = new TestCommand(context);
        var command = new Command(Name, "Run test suites, each case on a machine of its own, in parallel, and report.") { options._paths };
        foreach (Option option in (Option[])
            [options._filter, options._shard, options._jobs, options._memory, options._failFast, options._repeat, options._seed,
             options._list, options._set, options._artifacts, options._verbose])
        {
            command.Add(option);
        }

        options._reports.AddTo(command);
        command.SetAction((parsed, _) => new TestHost(context, VersionCommand.Number).RunAsync(options.Read(parsed)));
        return command;
    }

    private TestRequest Read(ParseResult parsed)
    {
        ProfileOverride[] overrides = [.. (parsed.GetValue(_set) ?? []).Select(static assignment => new ProfileOverride(assignment))];
        var run = new RunOptions
        {
            Jobs = parsed.GetValue(_jobs) ?? Environment.ProcessorCount,
            MemoryBudget = parsed.GetValue(_memory) ?? HostMemory.DefaultBudget(),
            FailFast = parsed.GetValue(_failFast),
            Repeat = parsed.GetValue(_repeat) ?? 1,
            Seed = parsed.GetValue(_seed),
        };
        return new TestRequest(parsed.GetValue(_paths)!, overrides, run)
        {
            Filter = CaseFilter.AnyOf(parsed.GetValue(_filter) ?? []),
            Shard = parsed.GetValue(_shard) ?? Shard.Whole,
            List = parsed.GetValue(_list),
            Verbose = parsed.GetValue(_verbose),
            Artifacts = parsed.GetValue(_artifacts) ?? TestRequest.DefaultArtifacts,
            Reports = _reports.FilesOf(parsed),
            GitHub = _reports.IsForGitHub(parsed, _context),
        };
    }

    private static CaseFilter[] ParseFilters(ArgumentResult result)
    {
        var filters = new List<CaseFilter>();
        foreach (Token token in result.Tokens)
        {
            if (CaseFilter.TryParse(token.Value, out CaseFilter? filter, out string? error))
            {
                filters.Add(filter);
            }
            else
            {
                result.AddError($"--filter {error}");
            }
        }

        return [.. filters];
    }

    private static Shard? ParseShard(ArgumentResult result)
    {
        if (Shard.TryParse(result.Tokens[0].Value, out Shard shard, out string? error))
        {
            return shard;
        }

        result.AddError($"--shard: {error}");
        return null;
    }

    private static int? ParseNumber(ArgumentResult result, int most)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most)
        {
            return number;
        }

        result.AddError($"{NameOf(result)}: '{text}' is no number from 1 to {most}");
        return null;
    }

    private static ulong? ParseSeed(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text == "random")
        {
            return (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        }

        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint seed))
        {
            return seed;
        }

        result.AddError($"--seed: '{text}' is neither 'random' nor a number from 0 to {uint.MaxValue}");
        return null;
    }

    private static ulong? ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        int shift = text is [.., 'K'] ? 10 : text is [.., 'M'] ? 20 : text is [.., 'G'] ? 30 : text is [.., 'T'] ? 40 : 0;
        string digits = shift == 0 ? text : text[..^1];
        if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            && number > 0 && number <= ulong.MaxValue >> 1 >> shift)
        {
            return number << shift;
        }

        result.AddError($"--memory-budget: '{text}' is no size such as 512M or 8G");
        return null;
    }

    private static string NameOf(ArgumentResult result) => result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
}
