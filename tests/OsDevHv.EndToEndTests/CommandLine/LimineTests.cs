using System.Globalization;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>Kernels of the Limine boot protocol, which check every answer against the specification themselves.</summary>
public sealed class LimineTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    private static void Passed(ProgramRun run)
    {
        run.Exits(33);
        Assert.DoesNotContain("FAIL", run.Output, StringComparison.Ordinal);
        Assert.Contains(" passed, 0 failed", run.Output, StringComparison.Ordinal);
    }

    private string CopyOf(string kernel)
    {
        File.Copy(Installation.Kernel(kernel), _files.Path(kernel));
        return _files.Path(kernel);
    }

    [Theory]
    [InlineData("r0")]
    [InlineData("r0-section")]
    [InlineData("r1")]
    [InlineData("r2")]
    [InlineData("r3")]
    [InlineData("r4")]
    [InlineData("r5")]
    [InlineData("r6")]
    [InlineData("pie")]
    public async Task Every_base_revision_is_answered_as_specified(string variant)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel($"limine-{variant}.elf"), "--set", "cpu.count=4", "--cmdline", "cpus=4");

        Passed(run);
        Assert.Contains("processors-count = 4\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("command-line-text = cpus=4\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_processor_gets_its_answers_too()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("limine-r6.elf"));

        Passed(run);
        Assert.Contains("processors-count = 1\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r3")]
    [InlineData("r6")]
    public async Task Without_x2APIC_the_processors_stay_in_xAPIC_mode(string variant)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel($"limine-{variant}.elf"), "--set", "cpu.count=2", "--set", "cpu.features.x2apic=off",
            "--cmdline", "cpus=2");

        Passed(run);
        Assert.Contains("processors-x2apic = 0\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_above_4_GiB_is_told_and_mapped()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("limine-r0.elf"), "--set", "memory=4G");

        Passed(run);
        Assert.Contains("memory 100000000 40000000 usable\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Modules_of_the_kernel_and_of_the_profile_and_the_date_arrive()
    {
        string kernel = CopyOf("limine-r6.elf");
        Directory.CreateDirectory(_files.Path("internal"));
        _files.Write("internal/hello.txt", "hello from inside");
        _files.Write("first", "the first one");
        _files.Write("empty", "");
        long date = DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        string profile = _files.Write("machine.yaml", $$"""
            extends: pc.yaml
            boot:
              kernel: {{kernel}}
              protocol: limine
              cmdline: modules=3 internal=yes date={{date}}
              modules: [{ path: first, cmdline: the first one }, { path: empty }]
            devices:
              rtc: { base: 2026-01-01T00:00:00Z }
            """);

        using ProgramRun run = await ProgramRun.ToEndAsync("run", profile);

        Passed(run);
        Assert.Contains("module /first \"the first one\" 13\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_halts_while_the_other_processors_wait_has_halted_for_good()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("limine-r6.elf"), "--set", "cpu.count=4", "--cmdline", "end=halt");

        run.Exits(106);
    }

    [Theory]
    [InlineData(4096, "segment 0")]
    [InlineData(64, "the program header table")]
    public async Task A_truncated_kernel_is_refused_in_one_line(int bytes, string said)
    {
        byte[] kernel = await File.ReadAllBytesAsync(Installation.Kernel("limine-r6.elf"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_files.Path("cut.elf"), kernel[..bytes], TestContext.Current.CancellationToken);

        using ProgramRun run = await ProgramRun.ToEndAsync("run", _files.Path("cut.elf"), "--set", "boot.protocol=limine");

        run.Exits(66);
        Assert.Contains($"cut.elf: {said}", run.LastLine, StringComparison.Ordinal);
        Assert.Contains("truncated or damaged", run.LastLine, StringComparison.Ordinal);
    }
}
