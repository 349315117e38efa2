using System.CommandLine;
using OsDevHv.Running;
using OsDevHv.Testing;

namespace OsDevHv.CommandLine;

/// <summary>The options that say where results go; for every command that has some.</summary>
internal sealed class ReportOptions
{
    private readonly Option<string> _junit = new("--junit") { Description = "Write JUnit XML", HelpName = "FILE" };
    private readonly Option<string> _tap = new("--tap") { Description = "Write TAP 14", HelpName = "FILE" };
    private readonly Option<string> _json = new("--json")
    {
        Description = "Write JSON, which 'osdevhv report merge' reads",
        HelpName = "FILE",
    };

    private readonly Option<string> _html = new("--html")
    {
        Description = "Write one page with logs, screenshots and times",
        HelpName = "FILE",
    };

    private readonly Option<bool?> _github = new("--github")
    {
        Description = "Write GitHub annotations and the job summary; by itself where GITHUB_ACTIONS=true",
    };

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_junit, _tap, _json, _html, _github])
        {
            command.Add(option);
        }
    }

    /// <summary>The files of a command line.</summary>
    public ReportFiles FilesOf(ParseResult parsed) =>
        new(parsed.GetValue(_junit), parsed.GetValue(_tap), parsed.GetValue(_json), parsed.GetValue(_html));

    /// <summary>Whether GitHub is to be told.</summary>
    public bool IsForGitHub(ParseResult parsed, ProgramContext context) =>
        parsed.GetValue(_github) ?? new GitHubJob(context.Variable).IsHere;
}
