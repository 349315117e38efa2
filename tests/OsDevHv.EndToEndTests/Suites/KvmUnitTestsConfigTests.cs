using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>An unittests.cfg of kvm-unit-tests, with a kernel of ours that does what theirs do.</summary>
public sealed class KvmUnitTestsConfigTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_kernel_finds_the_test_device_and_its_checks_are_tests()
    {
        File.Copy(Installation.Kernel("test-device64.elf"), _files.Path("device.flat"));
        string config = _files.Write(
            "unittests.cfg", "[device]\nfile = device.flat\n\n[by-hand]\nfile = device.flat\ngroups = nodefault\n\n[other]\nfile = device.flat\narch = i386\n");

        using ProgramRun run = await ProgramRun.ToEndAsync("test", config, "--artifacts", _files.Path("artifacts"), "--tap", _files.Path("r.tap"));

        run.Exits(0);
        Assert.Matches(@"\n1 passed, 0 failed, 2 skipped in ", run.Output);
        string tap = await File.ReadAllTextAsync(_files.Path("r.tap"), TestContext.Current.CancellationToken);
        Assert.Contains("ok 1 - register\n", tap, StringComparison.Ordinal);
        Assert.Contains("- line-up-again\n", tap, StringComparison.Ordinal);
    }
}
