using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>Overrides: what they do, and what is said of those that cannot be.</summary>
public sealed class OverrideTests : IDisposable
{
    private const string Pc = "extends: pc.yaml\n";

    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("cpu.cuont=4", 5, "OSDV020", "unknown key 'cuont' in cpu; did you mean 'count'?")]
    [InlineData("cpu.count=0", 11, "OSDV026", "cpu.count: '0' is out of range, 1 to 64")]
    [InlineData("cpu.count=", 11, "OSDV025", "cpu.count is an integer")]
    [InlineData("cpu.count= 4", 11, "OSDV025", "' 4' is not an integer")]
    [InlineData("cpu.count='4'", 11, "OSDV025", "remove them")]
    [InlineData("cpu=4", 5, "OSDV021", "cpu is a map")]
    [InlineData("name.first=a", 6, "OSDV021", "name is text, not a map")]
    [InlineData("cpu.count", 1, "OSDV050", "an override is PATH=VALUE")]
    [InlineData("", 1, "OSDV050", "an override is PATH=VALUE")]
    [InlineData("=4", 1, "OSDV050", "a key is missing here")]
    [InlineData("cpu..count=4", 5, "OSDV050", "a key is missing here")]
    [InlineData("cpu.=4", 5, "OSDV050", "a key is missing here")]
    [InlineData("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=4", 33, "OSDV050", "at most 16 keys")]
    [InlineData("extends=pc.yaml", 1, "OSDV050", "'extends' cannot be overridden")]
    [InlineData("boot.modules=[{pth: a}]", 16, "OSDV020", "unknown key 'pth' in boot.modules.0; did you mean 'path'?")]
    [InlineData("boot.modules=[{path: a]", 23, "OSDV006", "not YAML")]
    [InlineData("boot.modules=[a] [b]", 18, "OSDV006", "not YAML")]
    [InlineData("boot.modules.1.path=a", 14, "OSDV051", "'1' is not an item of this list of 0")]
    [InlineData("boot.modules.x.path=a", 14, "OSDV051", "'x' is not an item")]
    [InlineData("boot.modules.0.pth=a", 16, "OSDV020", "did you mean 'path'?")]
    [InlineData("devices.cmo2=null", 9, "OSDV042", "did you mean 'com2'?")]
    [InlineData("devices.cmo2.irq=5", 9, "OSDV022", "is this to be 'com2'?")]
    [InlineData("devices.com2.connect=stdio", 22, "OSDV062", "com2 and com1 would both read stdin")]
    [InlineData("devices.com2.connect=sdtio", 22, "OSDV033", "did you mean 'stdio'?")]
    [InlineData("verdict.panic=[a-z]+", 20, "OSDV006", "not YAML")]
    [InlineData("debug.gdb.listen=1234", 18, "OSDV032", "write 127.0.0.1:1234")]
    public void An_override_that_cannot_be_is_refused_in_its_own_words(string assignment, int column, string code, string words)
    {
        var result = _bench.Read(Pc + "boot: { modules: [] }\n", "memory=64M", assignment);

        var error = Assert.Single(result.Diagnostics);
        Assert.StartsWith($"--set #2 '{assignment}': error {code}: ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal((1, column), (error.Line, error.Column));
    }

    [Fact]
    public void An_override_that_stands_for_an_option_is_named_by_it_and_not_counted()
    {
        _bench.With("m.yaml", Pc);
        ProfileOverride[] overrides = [new("verdict.timeout=0s", "--timeout"), new("cpu.count=0")];

        var result = ProfileReader.Read(_bench.At("m.yaml"), overrides, ProfileUse.Check);

        Assert.Equal(
            [
                "--set #1 'cpu.count=0': error OSDV026: cpu.count: '0' is out of range, 1 to 64",
                "--timeout '0s': error OSDV026: verdict.timeout: '0s' is out of range, 1ms to 500h",
            ],
            result.Diagnostics.Select(error => error.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_override_sets_a_value()
    {
        var profile = _bench.ReadValid(Pc, "cpu.count=4");

        Assert.Equal(4, profile.Cpu.Count);
    }

    [Fact]
    public void The_last_override_wins()
    {
        var profile = _bench.ReadValid(Pc, "cpu.count=4", "cpu.count=8");

        Assert.Equal(8, profile.Cpu.Count);
    }

    [Fact]
    public void Null_gives_a_key_its_default_back()
    {
        var profile = _bench.ReadValid("cpu: { count: 4 }\n", "cpu.count=null");

        Assert.Equal(1, profile.Cpu.Count);
    }

    [Fact]
    public void Null_removes_a_device()
    {
        var profile = _bench.ReadValid(Pc, "devices.com3=null");

        Assert.DoesNotContain(profile.Devices, device => device.Name == "com3");
    }

    [Fact]
    public void A_map_merges_as_a_profile_would()
    {
        var profile = _bench.ReadValid(Pc, "devices={ com2: { irq: 9 } }");

        Assert.Equal(new UartProfile("com2", 0x2f8, 9, Connection.None), profile.Devices[1]);
    }

    [Fact]
    public void Text_is_taken_as_it_stands()
    {
        var profile = _bench.ReadValid(Pc, "boot.cmdline=root=/dev/sda: # *a &b !c ");

        Assert.Equal("root=/dev/sda: # *a &b !c ", profile.Boot.CommandLine);
    }

    [Fact]
    public void Nothing_is_empty_text()
    {
        var profile = _bench.ReadValid("boot: { cmdline: quiet }\n", "boot.cmdline=");

        Assert.Equal("", profile.Boot.CommandLine);
    }

    [Fact]
    public void Quoted_text_may_begin_with_a_bracket()
    {
        var profile = _bench.ReadValid(Pc, "verdict.panic='[a-z]+'");

        Assert.Equal("[a-z]+", profile.Verdict.Panic);
    }

    [Fact]
    public void A_list_is_replaced_as_a_whole()
    {
        var profile = _bench.ReadValid("boot: { modules: [{ path: /a }, { path: /b }] }\n", "boot.modules=[{path: /c, cmdline: x}]");

        Assert.Equal([new BootModule("/c", "x")], profile.Boot.Modules);
    }

    [Fact]
    public void A_list_item_is_changed_by_its_number()
    {
        var profile = _bench.ReadValid("boot: { modules: [{ path: /a }, { path: /b, cmdline: y }] }\n", "boot.modules.1.path=/c");

        Assert.Equal([new BootModule("/a", ""), new BootModule("/c", "y")], profile.Boot.Modules);
    }

    [Fact]
    public void The_number_after_the_last_adds_an_item()
    {
        var profile = _bench.ReadValid("boot: { modules: [{ path: /a }] }\n", "boot.modules.1.path=/b", "boot.modules.2={ path: /c }");

        Assert.Equal(["/a", "/b", "/c"], profile.Boot.Modules.Select(module => module.Path));
    }

    [Fact]
    public void Number_0_begins_a_list()
    {
        var profile = _bench.ReadValid(Pc, "boot.modules.0.path=/a");

        Assert.Equal([new BootModule("/a", "")], profile.Boot.Modules);
    }

    [Fact]
    public void A_path_begins_at_the_current_directory()
    {
        var profile = _bench.ReadValid("extends: pc.yaml\n", "boot.kernel=k.elf", "devices.com2.connect=file:x.log");

        Assert.Equal(Path.GetFullPath("k.elf"), profile.Boot.Kernel);
        Assert.Equal(new Connection(ConnectionKind.File, Path.GetFullPath("x.log")), ((UartProfile)profile.Devices[1]).Connection);
    }

    [Fact]
    public void A_device_is_added()
    {
        var profile = _bench.ReadValid("name: a\n", "devices.exit.type=debug-exit", "devices.exit.port=0x501");

        Assert.Equal([new DebugExitProfile("exit", 0x501, 4)], profile.Devices);
    }
}
