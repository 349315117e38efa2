using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>Profiles whose values are right alone and wrong together, and files to boot that are not there.</summary>
public sealed class BrokenMachineTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("boot: { protocol: elf, flat: { address: 0x1000 } }\n", "1:24", "OSDV066", "the protocol is elf")]
    [InlineData("boot: { flat: { address: 0x1000 } }\n", "1:9", "OSDV066", "the protocol is auto")]
    [InlineData("boot: { protocol: flat, flat: { address: 0x100000 } }\n", "1:42", "OSDV067",
        "past where real mode can execute, which ends at 0x100000")]
    [InlineData("boot: { protocol: flat, flat: { address: 0x7c00, entry: 0x7bff } }\n", "1:57", "OSDV067", "begins at 0x7c00")]
    [InlineData("boot: { protocol: flat, flat: { address: 0x7c00, entry: 0x100000 } }\n", "1:57", "OSDV067", "ends at 0x100000")]
    [InlineData("memory: 1M\nboot: { protocol: flat, flat: { mode: long, address: 0x100000 } }\n", "2:54", "OSDV067",
        "past RAM, which ends at 0x100000")]
    [InlineData("memory: 8G\nboot: { protocol: flat, flat: { mode: protected, address: 0x100000000 } }\n", "2:59", "OSDV067",
        "where protected mode can execute")]
    [InlineData("debug: { gdb: { wait: true } }\n", "1:23", "OSDV065", "add listen: 127.0.0.1:1234")]
    [InlineData("devices: { e: { type: debug-exit } }\nverdict: { pass: { exit: [1, 2] }, fail: { exit: [3, 2] } }\n", "2:50", "OSDV068",
        "0x2 means fail here and pass at m.yaml:2:26")]
    [InlineData("verdict: { pass: { exit: 1 } }\n", "1:26", "OSDV069", "add exit: { type: debug-exit }")]
    [InlineData("verdict: { fail: { exit: 1 } }\n", "1:26", "OSDV069", "debug-exit")]
    public void Values_that_do_not_go_together_are_refused(string yaml, string place, string code, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"m.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_needs_a_kernel()
    {
        _bench.With("m.yaml", "name: a\nboot:\n  cmdline: x\n");

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Run)));

        Assert.Equal("m.yaml:3:3: error OSDV022: boot.kernel is missing: there is nothing to boot", error);
    }

    [Fact]
    public void A_run_needs_a_kernel_where_nothing_is_said_of_booting()
    {
        _bench.With("m.yaml", "name: a\n");

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Run)));

        Assert.Equal("m.yaml:1:1: error OSDV022: boot.kernel is missing: there is nothing to boot", error);
    }

    [Fact]
    public void A_run_needs_its_files_to_be_there()
    {
        _bench.With("m.yaml", "boot:\n  kernel: k.elf\n  modules:\n  - path: m.img\n  - { path: sub }\n").With("sub/x", "");

        var errors = _bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Run));

        Assert.Equal(
            [
                "m.yaml:2:11: error OSDV070: boot.kernel: there is no file 'k.elf'",
                "m.yaml:4:11: error OSDV070: boot.modules.0.path: there is no file 'm.img'",
                "m.yaml:5:13: error OSDV070: boot.modules.1.path: 'sub' is a directory",
            ],
            errors);
    }

    [Fact]
    public void A_check_does_not_need_its_files_to_be_there()
    {
        var profile = _bench.ReadValid("boot: { kernel: k.elf, modules: [{ path: m.img }] }\n");

        Assert.Equal(_bench.At("k.elf"), profile.Boot.Kernel);
    }

    [Fact]
    public void A_check_does_not_need_a_kernel()
    {
        var profile = _bench.ReadValid("name: base\n");

        Assert.Equal("", profile.Boot.Kernel);
    }
}
