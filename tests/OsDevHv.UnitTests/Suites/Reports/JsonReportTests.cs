using System.Text.Json;
using System.Text.Json.Nodes;
using OsDevHv.Suites.Reports;
using OsDevHv.Tests.Profiles;

namespace OsDevHv.Tests.Suites.Reports;

public sealed class JsonReportTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-json");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void What_is_written_reads_back_as_the_same()
    {
        string written = Write(SampleReport.All);

        Assert.True(JsonReport.TryRead(File("a.json", written), out RunReport? read, out string? error), error);

        Assert.Equal(written, Write(read));
        Assert.Equal(SampleReport.All.Counts, read.Counts);
        Assert.Equal(SampleReport.All.Cases[1].Attempts[0].Reproduce, read.Cases[1].Attempts[0].Reproduce);
        Assert.Equal(SampleReport.All.Cases[1].Duration, read.Cases[1].Duration);
    }

    [Fact]
    public void It_is_valid_by_the_shipped_schema()
    {
        JsonNode report = JsonNode.Parse(Write(SampleReport.All))!;

        Assert.Empty(new JsonSchema(Schema()).Check(report));
    }

    [Theory]
    [InlineData("$.format", "2")]
    [InlineData("$.shard", "\"0/1\"")]
    [InlineData("$.duration", "-1")]
    [InlineData("$.cases[0].outcome", "\"well\"")]
    [InlineData("$.cases[0].extra", "1")]
    [InlineData("$.cases[0].attempts[0].subtests", "null")]
    public void The_schema_finds_what_no_report_has(string path, string value)
    {
        JsonNode report = JsonNode.Parse(Write(SampleReport.All))!;
        Set(report, path, value);

        Assert.NotEmpty(new JsonSchema(Schema()).Check(report));
    }

    [Theory]
    [InlineData("", "no report of 'osdevhv test --json'")]
    [InlineData("{}", "no report of 'osdevhv test --json'")]
    [InlineData("null", "no report")]
    [InlineData("[1]", "no report of 'osdevhv test --json'")]
    [InlineData("{\"format\": \"x\"}", "no report of 'osdevhv test --json'")]
    public void What_is_no_report_is_refused_with_the_files_name(string text, string words)
    {
        string path = File("a.json", text);

        Assert.False(JsonReport.TryRead(path, out _, out string? error));

        Assert.StartsWith(path, error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.format", "2", "format 2, and this program reads 1")]
    [InlineData("$.shard", "\"3/2\"", "there is no part 3 of 2")]
    [InlineData("$.cases[0].index", "99", "has no place in the plan")]
    [InlineData("$.cases[0].attempts[0].duration", "-1", "seconds are expected")]
    [InlineData("$.cases[0].attempts[0].duration", "1e300", "seconds are expected")]
    [InlineData("$.cases[0].outcome", "7", "$.cases[0].outcome")]
    [InlineData("$.surprise", "7", "surprise")]
    [InlineData("$.cases", "null", "cases")]
    public void A_broken_value_is_refused(string path, string value, string words)
    {
        JsonNode report = JsonNode.Parse(Write(SampleReport.All))!;
        Set(report, path, value);

        Assert.False(JsonReport.TryRead(File("a.json", report.ToJsonString()), out _, out string? error));

        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told()
    {
        Assert.False(JsonReport.TryRead("/nowhere/a.json", out _, out string? error));

        Assert.StartsWith("/nowhere/a.json: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_results_give_the_same_bytes_in_every_format()
    {
        RunReport again = JsonSerializer.Deserialize<RunReport>(Write(SampleReport.All), ReportJson.Default.RunReport)!;

        Assert.Equal(Write(SampleReport.All), Write(again));
        Assert.Equal(SampleReport.Text(o => JUnitReport.Write(SampleReport.All, o)), SampleReport.Text(o => JUnitReport.Write(again, o)));
        Assert.Equal(SampleReport.Text(o => TapReport.Write(SampleReport.All, o)), SampleReport.Text(o => TapReport.Write(again, o)));
        Assert.Equal(SampleReport.Text(o => HtmlReport.Write(SampleReport.All, "/", o)), SampleReport.Text(o => HtmlReport.Write(again, "/", o)));
        Assert.Equal(GitHubReport.Summary(SampleReport.All), GitHubReport.Summary(again));
    }

    private static JsonObject Schema() =>
        (JsonObject)JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(RepositoryFile.Configs, "report.schema.json")))!;

    private static string Write(RunReport report) => SampleReport.Text(writer => JsonReport.Write(report, writer));

    private static void Set(JsonNode root, string path, string value)
    {
        string[] steps = path.Replace("[0]", ".0", StringComparison.Ordinal).Split('.')[1..];
        JsonNode node = root;
        foreach (string step in steps[..^1])
        {
            node = node is JsonArray list ? list[0]! : node[step]!;
        }

        node[steps[^1]] = JsonNode.Parse(value);
    }

    private string File(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
