using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;

namespace OsDevHv.Tests.Suites.Reports;

/// <summary>The page as text; what a browser makes of it is tested with one.</summary>
public sealed class HtmlReportTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-html");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("style")]
    [InlineData("script")]
    public void The_policy_names_what_is_on_the_page(string element)
    {
        string page = Write(SampleReport.All);

        string content = Regex.Match(page, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline).Groups[1].Value;
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
        Assert.Contains($"{element}-src 'sha256-{hash}'", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_a_kernel_printed_ends_its_element()
    {
        string page = Write(SampleReport.All);

        Assert.Equal(3, Regex.Count(page, "</script>"));
        Assert.DoesNotContain("alert(1)</", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_names_no_other()
    {
        string page = Write(SampleReport.All).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);

        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_screenshot_is_in_the_page_if_it_can_be_read()
    {
        string picture = Path.Combine(_directory.FullName, "out", "boot", "bad", "attempt-1", "screen.png");
        Directory.CreateDirectory(Path.GetDirectoryName(picture)!);
        File.WriteAllBytes(picture, [1, 2, 3]);

        string page = Write(SampleReport.All with { Artifacts = "out" });
        string without = Write(SampleReport.All with { Artifacts = "elsewhere" });

        Assert.Contains("\"boot/bad/attempt-1/screen.png\":\"data:image/png;base64,AQID\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("base64,AQID", without, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_of_a_thousand_floods_stays_small_enough_to_open()
    {
        Attempt attempt = SomeCases.Attempt(AttemptOutcome.Failed) with { Output = new string('<', 64 * 1024) };

        string page = Write(SampleReport.Of([.. Enumerable.Repeat(SampleReport.Case("s/a", CaseOutcome.Failed, attempt), 100)]));

        Assert.InRange(page.Length, 1, 100 * 6 * 33 * 1024);
    }

    private string Write(RunReport report) => SampleReport.Text(writer => HtmlReport.Write(report, _directory.FullName, writer));
}
