using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace OsDevHv.TestReport;

/// <summary>
/// Reads a report in xunit's own XML format (<c>-result-xml</c>, schema version 3) and trusts nothing in it that it can check: a
/// report that is cut off, contradicts itself or contradicts the test program's exit status has failures added that say so.
/// </summary>
internal static class XunitReport
{
    /// <summary>The results in <paramref name="xml"/>, with what is wrong with the report itself as further failures.</summary>
    /// <param name="xml">The report's text.</param>
    /// <param name="exitStatus">The test program's exit status: 0 or, when tests failed, 1; null when it never came.</param>
    public static IReadOnlyList<TestRecord> Read(string xml, int? exitStatus)
    {
        XDocument document;
        try
        {
            // The runner escapes what XML cannot hold; a document that still holds it is read anyway.
            using var reader = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { CheckCharacters = false });
            document = XDocument.Load(reader);
        }
        catch (XmlException exception)
        {
            return [Problem($"the report is damaged: {exception.Message}")];
        }

        var assemblies = document.Root?.Elements("assembly").ToList() ?? [];
        if (assemblies.Count == 0)
        {
            return [Problem("the report names no test assembly")];
        }

        List<TestRecord> results = [.. assemblies.Descendants("test").Select(ReadTest)];
        results.AddRange(assemblies.Elements("errors").Elements("error").Select(ReadError));
        results.AddRange(assemblies.SelectMany(Contradictions));
        AddStatus(results, exitStatus);
        return results;
    }

    /// <summary>A failure of the run itself rather than of a test in it.</summary>
    public static TestRecord Problem(string message) => new("(the test run)", Outcome.Failed, message, TimeSpan.Zero);

    private static TestRecord ReadTest(XElement test)
    {
        var name = Unescaped((string?)test.Attribute("name") ?? "(unnamed)");
        var seconds = Number(test, "time") ?? 0;
        var duration = TimeSpan.FromSeconds(double.IsFinite(seconds) ? Math.Clamp(seconds, 0, 1e6) : 0);
        return (string?)test.Attribute("result") switch
        {
            "Pass" => new(name, Outcome.Passed, "", duration),
            "Skip" => new(name, Outcome.Skipped, Unescaped(test.Element("reason")?.Value ?? "no reason given"), duration),
            "Fail" => new(name, Outcome.Failed, Failure(test), duration),
            "NotRun" => new(name, Outcome.Skipped, "runs only when asked for", duration),
            var other => new(name, Outcome.Failed, $"the report has an unknown result, '{other}'", duration),
        };
    }

    private static TestRecord ReadError(XElement error)
    {
        var name = (string?)error.Attribute("name") is { Length: > 0 } named ? named : (string?)error.Attribute("type") ?? "(error)";
        return new(name, Outcome.Failed, Failure(error), TimeSpan.Zero);
    }

    private static string Failure(XElement element)
    {
        var failure = element.Element("failure");
        var message = Unescaped(failure?.Element("message")?.Value ?? "no message");
        var stack = failure?.Element("stack-trace")?.Value;
        var output = element.Element("output")?.Value;
        return string.Join('\n', new[] { message, stack, output }.Where(part => !string.IsNullOrWhiteSpace(part)));
    }

    private static IEnumerable<TestRecord> Contradictions(XElement assembly)
    {
        foreach (var (attribute, result) in new[] { ("passed", "Pass"), ("failed", "Fail"), ("skipped", "Skip") })
        {
            var listed = assembly.Descendants("test").Count(test => (string?)test.Attribute("result") == result);
            var counted = Number(assembly, attribute);
            if (counted != listed)
            {
                yield return Problem($"the report counts {counted?.ToString(CultureInfo.InvariantCulture) ?? "no"} {attribute} but lists {listed}");
            }
        }
    }

    private static void AddStatus(List<TestRecord> results, int? exitStatus)
    {
        var failed = results.Any(result => result.Outcome == Outcome.Failed);
        switch (exitStatus)
        {
            case null:
                results.Add(Problem("the test program did not end"));
                break;
            case 0:
            case 1 when failed:
                break;
            case 124 or 143:
                results.Add(Problem($"the test program was ended at its time limit (exit status {exitStatus})"));
                break;
            default:
                results.Add(Problem($"the test program ended with exit status {exitStatus}, which no test in its report explains"));
                break;
        }
    }

    /// <summary>Undoes xunit's escapes of quotes, tabs and backslashes; what stands for a control character stays as it is.</summary>
    private static string Unescaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            char? escaped = text[index] == '\\' && index + 1 < text.Length
                ? text[index + 1] switch { '\\' => '\\', '"' => '"', 't' => '\t', _ => null }
                : null;
            index += escaped is null ? 0 : 1;
            plain.Append(escaped ?? text[index]);
        }

        return plain.ToString();
    }

    private static double? Number(XElement element, string attribute) =>
        double.TryParse((string?)element.Attribute(attribute), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
