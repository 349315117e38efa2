using System.CommandLine;
using OsDevHv.Machine;
using OsDevHv.Running;
using OsDevHv.Suites.Reports;
using OsDevHv.Testing;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv report</c>.</summary>
internal sealed class ReportCommand
{
    public const string Name = "report";
    public const string MergeName = "merge";

    private readonly Argument<string[]> _files = new("FILES")
    {
        Description = "Reports that 'osdevhv test --shard I/N --json FILE' wrote, of every shard",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly ReportOptions _reports = new();
    private readonly ProgramContext _context;

    private ReportCommand(ProgramContext context) => _context = context;

    public static Command Create(ProgramContext context)
    {
        var options = new ReportCommand(context);
        var merge = new Command(MergeName, "Join the reports of all shards of a run into one.") { options._files };
        options._reports.AddTo(merge);
        merge.SetAction(options.Merge);
        return new Command(Name, "Work with reports that were written before.") { merge };
    }

    private int Merge(ParseResult parsed)
    {
        var read = new List<(string File, RunReport Report)>();
        foreach (string file in parsed.GetValue(_files)!)
        {
            if (!JsonReport.TryRead(file, out RunReport? report, out string? error))
            {
                return Fail(error, ExitCodes.BadImage);
            }

            read.Add((file, report));
        }

        if (!ReportMerge.TryMerge(read, ".", out RunReport? merged, out string? mismatch))
        {
            return Fail(mismatch, ExitCodes.BadImage);
        }

        ReportFiles files = _reports.FilesOf(parsed);
        if (files.Prepare() is { } problem)
        {
            return Fail(problem, ExitCodes.HostError);
        }

        IReadOnlyList<string> errors = files.Write(merged, ".", _context.Output);
        if (errors is [var first, ..])
        {
            return Fail(first, ExitCodes.HostError);
        }

        TextWriter output = files.TakeStandardOutput ? _context.Error : _context.Output;
        if (_reports.IsForGitHub(parsed, _context) && new GitHubJob(_context.Variable).Tell(merged, output) is { } refused)
        {
            return Fail(refused, ExitCodes.HostError);
        }

        output.Write($"{merged.Counts}, of {read.Count} {(read.Count == 1 ? "report" : "reports")}\n");
        return TestHost.ExitCodeOf(merged);
    }

    private int Fail(string message, int exitCode)
    {
        _context.Error.WriteLine($"osdevhv: {message} (exit code {exitCode})");
        return exitCode;
    }
}
