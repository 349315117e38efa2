using System.Text;
using OsDevHv.Suites.Reports;

namespace OsDevHv.Testing;

/// <summary>The files that a report is written to; <c>-</c> is stdout, null is none.</summary>
internal sealed record ReportFiles(string? JUnit, string? Tap, string? Json, string? Html)
{
    /// <summary>What stands for stdout.</summary>
    public const string StandardOutput = "-";

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private string[] All => [.. new[] { JUnit, Tap, Json, Html }.OfType<string>()];

    /// <summary>Whether stdout is a report, and so nothing else.</summary>
    public bool TakeStandardOutput => All.Contains(StandardOutput);

    /// <summary>
    /// Why they cannot be written, said before a run of hours; null where nothing is in the way. Makes their directories.
    /// </summary>
    public string? Prepare()
    {
        if (All.Count(static file => file == StandardOutput) > 1)
        {
            return "only one report can be on stdout (-)";
        }

        foreach (string file in All.Where(static file => file != StandardOutput))
        {
            try
            {
                if (Directory.Exists(file) || Path.GetDirectoryName(Path.GetFullPath(file)) is not { } directory)
                {
                    return $"{file} is a directory";
                }

                Directory.CreateDirectory(directory);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return $"{file}: {error.Message}";
            }
        }

        return null;
    }

    /// <summary>Writes them all. Returns what went wrong, a line each.</summary>
    /// <param name="report">What; paths of artifacts are in <paramref name="artifacts"/>.</param>
    /// <param name="artifacts">The directory of the artifacts.</param>
    /// <param name="output">stdout.</param>
    public IReadOnlyList<string> Write(RunReport report, string artifacts, TextWriter output)
    {
        var errors = new List<string>();

        // Their readers look from the directory that the job is in; a page and a JSON file are looked at where they lie.
        RunReport here = report with { Artifacts = ArtifactPath.From(artifacts, "here") };
        Write(JUnit, writer => JUnitReport.Write(here, writer));
        Write(Tap, writer => TapReport.Write(here, writer));
        Write(Json, writer => JsonReport.Write(SeenFrom(Json!), writer));
        Write(Html, writer => HtmlReport.Write(SeenFrom(Html!), DirectoryOf(Html!), writer));
        return errors;

        RunReport SeenFrom(string file) => file == StandardOutput ? here : report with { Artifacts = ArtifactPath.From(artifacts, file) };

        void Write(string? file, Action<TextWriter> write)
        {
            if (file is null)
            {
                return;
            }

            try
            {
                if (file == StandardOutput)
                {
                    write(output);
                }
                else
                {
                    Replace(file, write);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                errors.Add($"{file}: {error.Message}");
            }
        }
    }

    private static string DirectoryOf(string file) =>
        file == StandardOutput ? "." : Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";

    // Whoever reads the file meanwhile sees the old one or the new one whole.
    private static void Replace(string file, Action<TextWriter> write)
    {
        string temporary = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            using (var writer = new StreamWriter(temporary, append: false, s_utf8) { NewLine = "\n" })
            {
                write(writer);
            }

            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
