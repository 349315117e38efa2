using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>The reports of real runs at those who read them.</summary>
public sealed class ReportConsumerTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task JUnit_of_a_run_is_valid_by_the_schema()
    {
        await RunAsync("--junit", _files.Path("r.xml"));
        var problems = new List<string>();
        var schemas = new XmlSchemaSet();
        using (var reader = XmlReader.Create(Path.Combine(AppContext.BaseDirectory, "Suites/junit.xsd")))
        {
            schemas.Add(null, reader);
        }

        var report = XDocument.Load(_files.Path("r.xml"));
        report.Validate(schemas, (_, problem) => problems.Add(problem.Message));

        Assert.Empty(problems);
        Assert.Equal("1", report.Root!.Attribute("failures")!.Value);
    }

    [Fact]
    public async Task Perls_prove_reads_TAP_of_a_run()
    {
        BuildTool.Needs("prove", "sed");
        await RunAsync("--tap", _files.Path("r.tap"));

        // As configs/ci/README.md says: it knows versions to 13 only, and what 14 added is comments to it.
        await BuildTool.RunAsync(_files.Path(""), "sed", "-i", "1s/14/13/", "r.tap");
        (int exitCode, string output) = await BuildTool.TryAsync(_files.Path(""), "prove", "--exec", "cat", "r.tap");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("Tests: 3 Failed: 1)", output, StringComparison.Ordinal);
        Assert.Contains("Failed test:  2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Parse errors", output, StringComparison.Ordinal);
    }

    private async Task RunAsync(params string[] options)
    {
        string good = Installation.Kernel("hello64-mb2.elf");
        using ProgramRun run = await ProgramRun.ToEndAsync(
            ["test", good, Installation.Kernel("triple-fault64.elf"), good, "--artifacts", _files.Path("artifacts"), .. options]);
        run.Exits(100);
    }
}
