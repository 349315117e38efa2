using System.Diagnostics.CodeAnalysis;
using OsDevHv.Machine;
using OsDevHv.Profiles;

namespace OsDevHv.CommandLine;

/// <summary>The value of <c>--screenshot</c>: <c>FILE.png</c>, <c>FILE.png@exit</c>, <c>FILE.png@failure</c>, <c>FILE.png@5s</c>.</summary>
internal static class ScreenshotArgument
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Reads it. An @ that a '.' or '/' follows belongs to the file's name.</summary>
    /// <param name="argument">The value.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="error">What is wrong with it, in a line.</param>
    public static bool TryParse(
        string argument, [NotNullWhen(true)] out ScreenshotRequest? request, [NotNullWhen(false)] out string? error)
    {
        int at = argument.LastIndexOf('@');
        bool hasMoment = at >= 0 && argument.AsSpan(at).IndexOfAny('.', '/') < 0;
        string file = hasMoment ? argument[..at] : argument;
        string moment = hasMoment ? argument[(at + 1)..] : "exit";
        request = moment switch
        {
            "exit" => new ScreenshotRequest(file, ScreenshotMoment.Exit),
            "failure" => new ScreenshotRequest(file, ScreenshotMoment.Failure),
            _ => DurationText.TryParse(moment, s_shortest, DurationText.Longest, out TimeSpan time) ? new ScreenshotRequest(file, ScreenshotMoment.Time, time) : null,
        };
        error = request is null
            ? $"--screenshot: '{moment}' is no moment: exit, failure, or a time from 1ms to 500h such as 500ms, 5s or 2m"
            : CheckFile(file);
        return error is null;
    }

    private static string? CheckFile(string file)
    {
        if (file.Length == 0)
        {
            return "--screenshot: the file's name is missing";
        }

        // Said now, not at the end of a run of hours.
        string? directory = Path.GetDirectoryName(Path.GetFullPath(file));
        return directory is null || Directory.Exists(file) ? $"--screenshot: {file} is a directory"
            : !Directory.Exists(directory) ? $"--screenshot: there is no directory {directory}"
            : null;
    }
}
