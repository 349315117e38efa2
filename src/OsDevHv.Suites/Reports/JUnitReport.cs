using System.Globalization;
using System.Text;
using System.Xml;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Reports;

/// <summary>
/// JUnit XML as Jenkins, GitLab and the actions for GitHub read it: valid by the schema of Jenkins' xunit plugin (junit-10.xsd), and each
/// suite by Maven Surefire's (surefire-test-report.xsd) but for the time stamp, which that does not know. A suite is a testsuite and a case
/// a testcase; what a kernel reported inside a case follows as testcases of the class <c>suite.case</c>. What failed and does not count
/// (expected, quarantined, not run) is skipped, with the reason: the format has no other word for it. The attempts of a flaky case that
/// failed are flakyFailure, those of a failed one before its last rerunFailure.
/// </summary>
public static class JUnitReport
{
    private const int MostOutput = 64 * 1024;

    /// <summary>Writes it.</summary>
    /// <param name="report">What.</param>
    /// <param name="output">UTF-8, as the document says.</param>
    public static void Write(RunReport report, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        output.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, NewLineChars = "\n", CloseOutput = false };
        using (var xml = XmlWriter.Create(output, settings))
        {
            List<SuiteRows> suites =
            [
                .. report.Cases
                    .GroupBy(static one => one.Suite)
                    .Select(static suite => new SuiteRows(suite.Key, Distinct(suite.SelectMany(RowsOf)))),
            ];
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "osdevhv");
            xml.WriteAttributeString("tests", Text(suites.Sum(static suite => suite.Rows.Count)));
            xml.WriteAttributeString("failures", Text(suites.Sum(static suite => suite.Count(RowState.Failure))));
            xml.WriteAttributeString("errors", Text(suites.Sum(static suite => suite.Count(RowState.Error))));
            xml.WriteAttributeString("time", ReportText.Seconds(report.Duration));
            foreach (SuiteRows suite in suites)
            {
                WriteSuite(xml, report, suite);
            }

            xml.WriteEndElement();
        }

        output.Write('\n');
    }

    private static void WriteSuite(XmlWriter xml, RunReport report, SuiteRows suite)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", ReportText.CleanLine(suite.Name));
        xml.WriteAttributeString("tests", Text(suite.Rows.Count));
        xml.WriteAttributeString("failures", Text(suite.Count(RowState.Failure)));
        xml.WriteAttributeString("errors", Text(suite.Count(RowState.Error)));
        xml.WriteAttributeString("skipped", Text(suite.Count(RowState.Skipped)));
        xml.WriteAttributeString("time", ReportText.Seconds(suite.Time));
        xml.WriteAttributeString("timestamp", report.Began.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        WriteProperties(xml, report);
        foreach (Row row in suite.Rows)
        {
            WriteRow(xml, report, row);
        }

        xml.WriteEndElement();
    }

    private static void WriteProperties(XmlWriter xml, RunReport report)
    {
        xml.WriteStartElement("properties");
        Property("osdevhv.version", report.Program);
        Property("osdevhv.shard", report.Shard.ToString());
        if (report.Seed is { } seed)
        {
            Property("osdevhv.seed", seed.ToString(CultureInfo.InvariantCulture));
        }

        xml.WriteEndElement();

        void Property(string name, string value)
        {
            xml.WriteStartElement("property");
            xml.WriteAttributeString("name", name);
            xml.WriteAttributeString("value", value);
            xml.WriteEndElement();
        }
    }

    private static void WriteRow(XmlWriter xml, RunReport report, Row row)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", ReportText.CleanLine(row.Class));
        xml.WriteAttributeString("name", ReportText.CleanLine(row.Name));
        xml.WriteAttributeString("time", ReportText.Seconds(row.Time));
        string? element = row.State switch
        {
            RowState.Failure => "failure",
            RowState.Error => "error",
            RowState.Skipped => "skipped",
            _ => null,
        };

        // Surefire's schema has failures before what was skipped, and errors behind.
        bool isFailure = row.State == RowState.Failure;
        WriteOutcome(xml, row, isFailure ? element : null);
        WriteReruns(xml, row.Case, AttemptOutcome.Failed);
        WriteOutcome(xml, row, isFailure ? null : element);
        WriteReruns(xml, row.Case, AttemptOutcome.Error);
        WriteOutput(xml, report, row.Case);
        xml.WriteEndElement();
    }

    private static void WriteOutcome(XmlWriter xml, Row row, string? element)
    {
        if (element is null)
        {
            return;
        }

        xml.WriteStartElement(element);
        if (row.Type.Length > 0)
        {
            xml.WriteAttributeString("type", row.Type);
        }

        xml.WriteAttributeString("message", ReportText.CleanLine(row.Message));
        WriteText(xml, row.Body);
        xml.WriteEndElement();
    }

    private static void WriteReruns(XmlWriter xml, ReportedCase? whole, AttemptOutcome outcome)
    {
        string? prefix = whole?.Outcome switch
        {
            CaseOutcome.Flaky => "flaky",
            CaseOutcome.Failed or CaseOutcome.Error => "rerun",
            _ => null,
        };
        if (prefix is null)
        {
            return;
        }

        // A failed case's own element tells of its last failure.
        IEnumerable<Attempt> others = whole!.Attempts.Where(one => prefix == "flaky" || !ReferenceEquals(one, whole.Telling));
        foreach (Attempt attempt in others.Where(one => one.Outcome == outcome))
        {
            xml.WriteStartElement(prefix + (outcome == AttemptOutcome.Error ? "Error" : "Failure"));
            xml.WriteAttributeString("message", ReportText.CleanLine(attempt.Message));
            xml.WriteAttributeString("type", TypeOf(attempt));
            xml.WriteStartElement("stackTrace");
            WriteText(xml, Body(attempt));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
    }

    // [[ATTACHMENT|path]] is what Jenkins' attachments plugin and GitLab look for.
    private static void WriteOutput(XmlWriter xml, RunReport report, ReportedCase? whole)
    {
        if (whole is null or { Outcome: CaseOutcome.Passed } || whole.Telling is not { } attempt)
        {
            return;
        }

        var text = new StringBuilder(ReportText.Tail(ReportText.Clean(attempt.Output), MostOutput));
        foreach (Artifact artifact in whole.Attempts.SelectMany(static one => one.Artifacts))
        {
            string path = ReportText.CleanLine(ArtifactPath.Join(report.Artifacts, artifact.Path));
            text.Append(CultureInfo.InvariantCulture, $"\n[[ATTACHMENT|{path}]]");
        }

        if (text.Length > 0)
        {
            xml.WriteStartElement("system-out");
            WriteText(xml, text.ToString());
            xml.WriteEndElement();
        }
    }

    /// <summary>
    /// Of testcases of one class and name GitLab shows the first alone: where a kernel says the same twice, they get numbers.
    /// </summary>
    private static List<Row> Distinct(IEnumerable<Row> rows)
    {
        var seen = new HashSet<(string, string)>();
        var distinct = new List<Row>();
        foreach (Row row in rows)
        {
            string name = row.Name;
            for (int number = 2; !seen.Add((row.Class, name)); number++)
            {
                name = $"{row.Name}#{number}";
            }

            distinct.Add(row with { Name = name });
        }

        return distinct;
    }

    private static IEnumerable<Row> RowsOf(ReportedCase one)
    {
        (RowState state, string type) = one.Outcome switch
        {
            CaseOutcome.Failed => (RowState.Failure, one.Telling is { } attempt ? TypeOf(attempt) : "failed"),
            CaseOutcome.UnexpectedPass => (RowState.Failure, "unexpected-pass"),
            CaseOutcome.Error => (RowState.Error, "error"),
            CaseOutcome.Passed or CaseOutcome.Flaky => (RowState.Passed, ""),
            _ => (RowState.Skipped, ""),
        };
        string body = state is RowState.Failure or RowState.Error && one.Telling is { } told ? Body(told) : "";
        yield return new Row(one.Suite, one.Name, state)
        {
            Type = type,
            Message = one.Message,
            Body = body,
            Time = one.Duration,
            Case = one,
        };
        foreach (Subtest subtest in one.Telling?.Subtests ?? [])
        {
            // Where the whole does not count as failed, no part of it does.
            RowState part = subtest.Outcome switch
            {
                AttemptOutcome.Passed => RowState.Passed,
                AttemptOutcome.Failed or AttemptOutcome.Error when state is RowState.Failure or RowState.Error => RowState.Failure,
                _ => RowState.Skipped,
            };
            yield return new Row($"{one.Suite}.{one.Name}", subtest.Name, part)
            {
                Type = part == RowState.Failure ? "subtest" : "",
                Message = part == RowState.Skipped && subtest.Outcome != AttemptOutcome.Skipped ? one.Message : subtest.Message,
            };
        }
    }

    private static string TypeOf(Attempt attempt) =>
        attempt.Outcome == AttemptOutcome.Error ? "error" : OutcomeText.Of(attempt.Verdict) ?? "failed";

    private static string Body(Attempt attempt)
    {
        string reproduce = attempt.Reproduce.Length == 0 ? "" : $"\nto run it again: {attempt.Reproduce}";
        return string.Join('\n', [attempt.Message, .. attempt.Details]) + reproduce;
    }

    private static void WriteText(XmlWriter xml, string text) => xml.WriteString(ReportText.Clean(text));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private enum RowState
    {
        Passed,
        Failure,
        Error,
        Skipped,
    }

    /// <summary>A testcase element.</summary>
    private sealed record Row(string Class, string Name, RowState State)
    {
        public string Type { get; init; } = "";

        public string Message { get; init; } = "";

        public string Body { get; init; } = "";

        public TimeSpan Time { get; init; }

        public ReportedCase? Case { get; init; }
    }

    private sealed record SuiteRows(string Name, IReadOnlyList<Row> Rows)
    {
        public TimeSpan Time => new(Rows.Sum(static row => row.Time.Ticks));

        public int Count(RowState state) => Rows.Count(row => row.State == state);
    }
}
