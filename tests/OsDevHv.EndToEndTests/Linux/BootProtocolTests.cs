using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Linux;

/// <summary>The Linux and PVH boot protocols by kernels of our own, which check every field.</summary>
public sealed class BootProtocolTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("auto", "entry = 64")]
    [InlineData("linux64", "entry = 64")]
    [InlineData("linux32", "entry = 32")]
    public async Task A_bzImage_finds_all_that_the_Linux_boot_protocol_tells(string protocol, string entry)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("linux-info64-linux.bin"), "--initrd", _files.Write("initrd", "an initrd"),
            "--cmdline", "log=debug quiet", "--set", $"boot.protocol={protocol}");

        run.Exits(33);
        Assert.DoesNotContain("FAIL", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{entry}\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("command line: log=debug quiet\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("initrd: address 7fff000 size 9 text \"an initrd\"\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "map: base 0 length 9fc00 type 1\nmap: base 9fc00 length 60400 type 2\nmap: base 100000 length 7f00000 type 1\n",
            run.Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pvh-info32-pvh.elf")]
    [InlineData("pvh-info64-pvh.elf")]
    public async Task A_PVH_kernel_finds_all_that_the_protocol_tells(string kernel)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel(kernel), "--initrd", _files.Write("initrd", "an initrd"), "--cmdline", "log=debug quiet",
            "--module", $"{_files.Write("module", "a module")}=root of it");

        run.Exits(33);
        Assert.DoesNotContain("FAIL", run.Output, StringComparison.Ordinal);
        Assert.Contains("command line: log=debug quiet\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("module: address 7fff000 size 9 line \"\" text \"an initrd\"\n", run.Output, StringComparison.Ordinal);
        Assert.Matches("module: address [0-9a-f]+ size 8 line \"root of it\" text \"a module\"\n", run.Output);
    }

    [Theory]
    [InlineData("hello64-pvh.elf", 64)]
    [InlineData("hello32-pvh.elf", 32)]
    public async Task A_kernel_with_Xens_note_is_booted_by_PVH(string kernel, int bits)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel(kernel));

        run.Exits(33);
        Assert.Contains($"hello from {bits}-bit mode, booted by pvh\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_no_memory_is_large_enough_for_is_refused_in_words()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("linux-info64-linux.bin"), "--initrd", _files.Write("initrd", "x"), "--set", "memory=1M");

        run.Exits(66);
        run.Says("linux-info64-linux.bin: the kernel needs guest-physical 0x100000");
    }
}
