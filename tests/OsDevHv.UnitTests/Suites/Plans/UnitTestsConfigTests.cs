using OsDevHv.Profiles;
using OsDevHv.Suites.Plans;

namespace OsDevHv.Tests.Suites.Plans;

/// <summary>unittests.cfg of kvm-unit-tests: docs/unittests.txt there.</summary>
public sealed class UnitTestsConfigTests : IDisposable
{
    private readonly SuiteBench _bench = new SuiteBench().With("x86/a.flat", "");

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("x86/unittests.cfg", true)]
    [InlineData("unittests.yaml", false)]
    [InlineData("x86/config.mak", false)]
    public void It_is_known_by_its_name(string path, bool isOne) => Assert.Equal(isOne, UnitTestsConfig.IsOne(path));

    [Fact]
    public void A_test_is_a_case_on_the_machine_that_it_asks_for()
    {
        var one = One(
            "# tests\n[apic]   # the local one\nfile = a.flat\nsmp = 2\ntest_args = 'one two'\n"
            + "extra_params = -cpu qemu64,-x2apic,+tsc-deadline,+pcid -m 2g -append 'x y' -device isa-debug-exit,iobase=0xf4,iosize=0x4\n"
            + "groups = apic smp\ntimeout = 30\n");

        Assert.Equal(("x86/apic", "x86", "apic", 2), (one.Id, one.Suite, one.Name, one.Place.Line));
        Assert.Equal((_bench.At("x86/a.flat"), "a.flat one two x y"), (one.Profile.Boot.Kernel, one.Profile.Boot.CommandLine));
        Assert.Equal(BootProtocol.Multiboot1, one.Profile.Boot.Protocol);
        Assert.Equal((2, 2ul << 30, false, true), (one.Profile.Cpu.Count, one.Profile.MemoryBytes, one.Profile.Cpu.X2Apic, one.Profile.Cpu.TscDeadline));
        Assert.Equal(["apic", "smp"], one.Tags);
        Assert.Equal((TimeSpan.FromSeconds(30), null), (one.Profile.Verdict.Timeout, one.Skip));
    }

    [Fact]
    public void A_test_that_states_nothing_has_one_processor_and_90_seconds()
    {
        var one = One("[a]\nfile = a.flat\n");

        Assert.Equal((1, TimeSpan.FromSeconds(90), "a.flat"), (one.Profile.Cpu.Count, one.Profile.Verdict.Timeout, one.Profile.Boot.CommandLine));
        Assert.Null(one.Skip);
    }

    [Fact]
    public void Parameters_in_three_quotes_may_have_several_lines()
    {
        Assert.Equal(256ul << 20, One("[a]\nfile = a.flat\nqemu_params = \"\"\"-cpu max\n  -m 256\n\"\"\"\n").Profile.MemoryBytes);
    }

    [Theory]
    [InlineData("qemu_params = -cpu host,migratable=no")]
    [InlineData("qemu_params = -cpu max,host-phys-bits")]
    [InlineData("qemu_params = -M q35 --no-reboot")]
    [InlineData("smp = $MAX_SMP")]
    [InlineData("accel = kvm")]
    [InlineData("arch = x86_64")]
    [InlineData("timeout = 2m")]
    public void What_is_there_is_not_skipped(string parameter) => Assert.Null(One($"[a]\nfile = a.flat\n{parameter}\n").Skip);

    [Theory]
    [InlineData("arch = i386", "for i386")]
    [InlineData("accel = tcg", "tcg")]
    [InlineData("machine = microvm", "microvm")]
    [InlineData("groups = migration", "migration")]
    [InlineData("groups = panic", "pvpanic")]
    [InlineData("smp = 1,maxcpus=256", "maxcpus=256")]
    [InlineData("smp = 65", "65")]
    [InlineData("check = /proc/no/such/file=Y", "/proc/no/such/file=Y")]
    [InlineData("test_args = \"10 `date +%s`\"", "shell")]
    [InlineData("qemu_params = -cpu 'max", "shell")]
    [InlineData("qemu_params = -cpu Skylake-Server", "Skylake-Server")]
    [InlineData("qemu_params = -cpu max,-pcid", "-pcid")]
    [InlineData("qemu_params = -cpu max,vendor=Nobody", "vendor=Nobody")]
    [InlineData("qemu_params = -cpu host,hv_passthrough", "hv_passthrough")]
    [InlineData("qemu_params = -device intel-iommu", "intel-iommu")]
    [InlineData("qemu_params = -device isa-debug-exit,iobase=0x501", "0x501")]
    [InlineData("qemu_params = -machine vmport=on", "vmport=on")]
    [InlineData("qemu_params = -m lots", "lots")]
    [InlineData("qemu_params = -append", "-append")]
    [InlineData("timeout = soon", "soon")]
    [InlineData("file = b.flat", "b.flat is not built")]
    public void What_is_not_there_is_skipped_with_the_reason(string parameter, string reason)
    {
        Assert.Contains(reason, One($"[a]\nfile = a.flat\n{parameter}\n").Skip, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_without_a_file_is_skipped() => Assert.Contains("no file", One("[a]\nsmp = 1\n").Skip, StringComparison.Ordinal);

    [Fact]
    public void The_architecture_is_that_of_the_build()
    {
        _bench.With("config.mak", "PREFIX=/usr\nARCH=i386\n");

        Assert.Null(One("[a]\nfile = a.flat\narch = i386\n").Skip);
    }

    [Fact]
    public void A_check_that_holds_lets_the_test_run()
    {
        var path = _bench.With("flag", "Y\n").At("flag");

        Assert.Null(One($"[a]\nfile = a.flat\ncheck = {path}=Y\n").Skip);
        Assert.NotNull(One($"[a]\nfile = a.flat\ncheck = {path}=Y {path}=N\n").Skip);
    }

    [Fact]
    public void Overrides_apply_to_each_test()
    {
        var (cases, errors) = _bench.Config("[a]\nfile = a.flat\n[b]\nfile = b.flat\n", ProfileUse.Run, "memory=512M");

        Assert.Empty(errors);
        Assert.All(cases, one => Assert.Equal(512ul << 20, one.Profile.MemoryBytes));
    }

    [Theory]
    [InlineData("[a]\nfile = a.flat\nflie = b\n", "3:1", "OSDV020", "'file'")]
    [InlineData("file = a.flat\n", "1:1", "OSDV021", "before the first")]
    [InlineData("[a]\nfile = a.flat\nwords\n", "3:1", "OSDV021", "'words'")]
    [InlineData("# nothing\n", "1:1", "OSDV093", "no tests")]
    public void A_mistake_is_told_at_its_place(string text, string place, string code, string words)
    {
        var error = _bench.Config(text, ProfileUse.Check).Errors[0];

        Assert.StartsWith($"x86/unittests.cfg:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    private TestCase One(string text)
    {
        var (cases, errors) = _bench.Config(text, ProfileUse.Run);
        Assert.Empty(errors);
        return Assert.Single(cases);
    }
}
