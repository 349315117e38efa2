using System.Text.Json.Nodes;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.View;
using static OsDevHv.EndToEndTests.Suites.ReportFile;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary><c>osdevhv report merge</c>, and the page that it writes, in a real browser.</summary>
public sealed class MergeTests : IDisposable
{
    private const string Nasty = "</script><script>window.owned = 1</script><img src=x onerror='window.owned = 1'>";

    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_reports_of_two_shards_become_one_in_every_format()
    {
        string first = Write(_files, "1.json", "1/2", 3, Case(0, "s/a", "passed"), Case(2, "s/c", "skipped", "not here"));
        string second = Write(_files, "2.json", "2/2", 3, Case(1, "s/b", "failed", "exit code 3, not 0"));

        using ProgramRun run = await ProgramRun.ToEndAsync(
            "report", "merge", second, first, "--json", _files.Path("all.json"), "--junit", _files.Path("all.xml"), "--tap", _files.Path("all.tap"));

        run.Exits(100);
        Assert.Equal("1 passed, 1 failed, 1 skipped, of 2 reports\n", run.Output);
        JsonNode merged = JsonNode.Parse(await Read("all.json"))!;
        Assert.Equal(["s/a", "s/b", "s/c"], merged["cases"]!.AsArray().Select(static one => one!["id"]!.GetValue<string>()));
        Assert.Equal("1/1", merged["shard"]!.GetValue<string>());
        Assert.Contains("<failure type=\"triple-fault\" message=\"exit code 3, not 0\">", await Read("all.xml"), StringComparison.Ordinal);
        Assert.Contains("\nnot ok 2 - s/b\n", await Read("all.tap"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shard_that_is_missing_is_told_and_nothing_is_written()
    {
        string first = Write(_files, "1.json", "1/2", 2, Case(0, "s/a", "passed"));

        using ProgramRun run = await ProgramRun.ToEndAsync("report", "merge", first, "--json", _files.Path("all.json"));

        run.Exits(66);
        run.Says("shard 2 of 2 is missing");
        Assert.False(File.Exists(_files.Path("all.json")));
    }

    [Fact]
    public async Task A_report_on_stdout_is_all_that_is_there()
    {
        string only = Write(_files, "1.json", "1/1", 1, Case(0, "s/a", "passed"));

        using ProgramRun run = await ProgramRun.ToEndAsync("report", "merge", only, "--tap", "-");

        run.Exits(0);
        Assert.StartsWith("TAP version 14\n# osdevhv 0.1.0\n1..1\nok 1 - s/a\n", run.Output, StringComparison.Ordinal);
        run.Says("1 passed, 0 failed, of 1 report");
    }

    [Fact]
    public async Task The_page_shows_filters_logs_and_pictures_and_runs_nothing_that_a_kernel_printed()
    {
        Browser.IsNeeded();
        string report = Write(
            _files, "1.json", "1/1", 3,
            Case(0, "s/good", "passed", tags: "fast"), Case(1, "s/bad", "failed", Nasty, $"panic!\n{Nasty}\n", "smp", Nasty), Case(2, "s/odd", "skipped", "not here"));
        Directory.CreateDirectory(_files.Path("artifacts"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Display", "framebuffer.png"), _files.Path("artifacts/screen.png"));
        using ProgramRun run = await ProgramRun.ToEndAsync("report", "merge", report, "--html", _files.Path("report.html"));
        run.Exits(100);

        await using Browser browser = await Browser.OpenAsync(new Uri(_files.Path("report.html")));
        const string rows = "[...document.querySelectorAll('tr.case')].map(row => row.cells[1].firstChild.textContent).join()";
        await browser.UntilAsync("document.querySelectorAll('tr.case').length === 3");
        string heading = await browser.EvaluateAsync("document.getElementById('counts').textContent");
        string all = await browser.EvaluateAsync(rows);

        await browser.EvaluateAsync("document.getElementById('outcome-passed').click()");
        string failing = await browser.EvaluateAsync(rows);
        await browser.EvaluateAsync("document.getElementById('outcome-passed').click()");
        await browser.EvaluateAsync("(document.getElementById('text').value = 'PANIC!', document.getElementById('text').dispatchEvent(new Event('input')))");
        string withText = await browser.EvaluateAsync(rows);
        await browser.EvaluateAsync("(document.getElementById('text').value = '', document.getElementById('tag').value = 'fast', document.getElementById('tag').dispatchEvent(new Event('input')))");
        string withTag = await browser.EvaluateAsync(rows);
        await browser.EvaluateAsync("(document.getElementById('tag').value = '', document.getElementById('tag').dispatchEvent(new Event('input')))");
        await browser.EvaluateAsync("document.querySelectorAll('tr.case')[1].click()");
        await browser.UntilAsync("document.querySelector('tr.details img').naturalWidth > 0");
        string details = await browser.EvaluateAsync("document.querySelector('tr.details').innerText");
        string link = await browser.EvaluateAsync("document.querySelector('tr.details a').getAttribute('href')");
        string bars = await browser.EvaluateAsync("[...document.querySelectorAll('rect.bar')].map(bar => bar.getAttribute('x')).join()");
        string owned = await browser.EvaluateAsync("typeof window.owned");
        string requests = await browser.EvaluateAsync("performance.getEntriesByType('resource').filter(entry => !entry.name.startsWith('data:')).length");

        Assert.Equal("1 passed, 1 failed", heading);
        Assert.Equal(("s/good,s/bad,s/odd", "s/bad,s/odd", "s/bad", "s/good"), (all, failing, withText, withTag));
        Assert.Contains("panic!", details, StringComparison.Ordinal);
        Assert.Contains("osdevhv gdb a.elf", details, StringComparison.Ordinal);
        Assert.Contains("onerror=", details, StringComparison.Ordinal);
        Assert.EndsWith("artifacts/screen.png", link, StringComparison.Ordinal);
        Assert.Equal("0,200", bars);
        Assert.Equal(("undefined", "0"), (owned, requests));
    }

    private Task<string> Read(string name) => File.ReadAllTextAsync(_files.Path(name), TestContext.Current.CancellationToken);
}
