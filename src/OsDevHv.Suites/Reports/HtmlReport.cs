using System.Security.Cryptography;
using System.Text;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Reports;

/// <summary>
/// One page that needs nothing else: filters, logs, screenshots and times. Its content security policy allows its own style and script by
/// their hashes, pictures from the page itself, and no request to anywhere. The results are JSON in it, put on the page as text only.
/// </summary>
public static class HtmlReport
{
    private const int MostOutput = 32 * 1024;
    private const long MostPicture = 2 * 1024 * 1024;
    private const long MostText = 64 * 1024;

    // Together: a page of hundreds of megabytes opens nowhere. What does not fit is linked to.
    private const long MostEmbedded = 24 * 1024 * 1024;

    /// <summary>Writes it.</summary>
    /// <param name="report">What; its artifacts as seen from the page.</param>
    /// <param name="directory">The directory of the page, from which the files of artifacts are read to be embedded.</param>
    /// <param name="output">UTF-8, as the page says.</param>
    public static void Write(RunReport report, string directory, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        string page = ReadTemplate();
        string policy =
            $"default-src 'none'; img-src data:; style-src 'sha256-{HashOf(page, "style")}'; script-src 'sha256-{HashOf(page, "script")}'; "
            + "base-uri 'none'; form-action 'none'";
        Dictionary<string, string> files = Embed(report, directory);
        string data = JsonReport.Embed(report with { Cases = [.. report.Cases.Select(Shorten)] });

        // The data comes last: what a kernel printed is not looked through for places to fill in.
        (string head, string tail) = Split(page.Replace("{policy}", policy, StringComparison.Ordinal), "{data}");
        (string middle, string end) = Split(tail, "{files}");
        output.Write(head);
        output.Write(data);
        output.Write(middle);
        output.Write(JsonReport.Embed(files));
        output.Write(end);
    }

    private static ReportedCase Shorten(ReportedCase one) => one with
    {
        Attempts = [.. one.Attempts.Select(static attempt => attempt with { Output = Shorten(attempt.Output) })],
    };

    private static string Shorten(string output) => ReportText.Tail(ReportText.Clean(output), MostOutput);

    private static Dictionary<string, string> Embed(RunReport report, string directory)
    {
        var files = new Dictionary<string, string>();
        long left = MostEmbedded;
        IEnumerable<Attempt> attempts = report.Cases.SelectMany(static one => one.Attempts);
        foreach (Artifact artifact in attempts.SelectMany(static attempt => attempt.Artifacts))
        {
            string path = Path.Combine(directory, report.Artifacts, artifact.Path);
            if (!files.ContainsKey(artifact.Path) && Content(artifact, path, left) is { } content)
            {
                files.Add(artifact.Path, content);
                left -= content.Length;
            }
        }

        return files;
    }

    private static string? Content(Artifact artifact, string path, long left)
    {
        (long most, bool isPicture) = artifact.Kind switch
        {
            ArtifactKind.Screenshot or ArtifactKind.Difference => (MostPicture, true),
            ArtifactKind.CrashReport or ArtifactKind.Messages => (MostText, false),
            _ => (0, false),
        };
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length > Math.Min(most, left / 2))
            {
                return null;
            }

            byte[] bytes = File.ReadAllBytes(path);
            return isPicture
                ? $"data:image/png;base64,{Convert.ToBase64String(bytes)}"
                : ReportText.Clean(Encoding.UTF8.GetString(bytes));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The page links to it, and whoever follows that sees why.
            return null;
        }
    }

    private static string ReadTemplate()
    {
        using Stream resource = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.html")!;
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string HashOf(string page, string element)
    {
        string content = Split(Split(page, $"<{element}>").After, $"</{element}>").Before;
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    private static (string Before, string After) Split(string text, string mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        return (text[..at], text[(at + mark.Length)..]);
    }
}
