using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>The ways in which a right value may be written.</summary>
public sealed class ValidValueTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("1M", 0x100000ul)]
    [InlineData("64MiB", 0x4000000ul)]
    [InlineData("1024K", 0x100000ul)]
    [InlineData("2048KiB", 0x200000ul)]
    [InlineData("4G", 0x100000000ul)]
    [InlineData("1T", 0x10000000000ul)]
    [InlineData("1TiB", 0x10000000000ul)]
    [InlineData("1048576", 0x100000ul)]
    [InlineData("0x4000000", 0x4000000ul)]
    [InlineData("'64M'", 0x4000000ul)]
    public void A_size_is_in_powers_of_1024(string text, ulong bytes)
    {
        var profile = _bench.ReadValid($"memory: {text}\n");

        Assert.Equal(bytes, profile.MemoryBytes);
    }

    [Theory]
    [InlineData("1ms", 1)]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("500h", 1_800_000_000)]
    public void A_duration_has_a_unit(string text, long milliseconds)
    {
        var profile = _bench.ReadValid($"verdict: {{ timeout: {text} }}\n");

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), profile.Verdict.Timeout);
    }

    [Theory]
    [InlineData("16", 16u)]
    [InlineData("0x10", 16u)]
    [InlineData("0xFf", 255u)]
    [InlineData("0", 0u)]
    [InlineData("-0", 0u)]
    [InlineData("0x0000000000000000000010", 16u)]
    [InlineData("0xffffffff", uint.MaxValue)]
    public void An_integer_is_decimal_or_hexadecimal(string text, uint value)
    {
        var profile = _bench.ReadValid($"devices: {{ e: {{ type: debug-exit }} }}\nverdict: {{ pass: {{ exit: {text} }} }}\n");

        Assert.Equal([value], profile.Verdict.PassValues);
    }

    [Fact]
    public void Exit_values_may_be_several()
    {
        var profile = _bench.ReadValid("extends: pc.yaml\nverdict: { pass: { exit: [0x10, 18] }, fail: { exit: [] } }\n");

        Assert.Equal([0x10u, 18u], profile.Verdict.PassValues);
        Assert.Empty(profile.Verdict.FailValues);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("TRUE", true)]
    [InlineData("false", false)]
    [InlineData("FALSE", false)]
    public void A_boolean_is_as_in_yaml_1_2(string text, bool value)
    {
        var profile = _bench.ReadValid($"debug: {{ gdb: {{ listen: ':1', wait: {text} }} }}\n");

        Assert.Equal(value, profile.Gdb.Wait);
    }

    [Theory]
    [InlineData("a b", "a b")]
    [InlineData("1.10", "1.10")]
    [InlineData("0x10", "0x10")]
    [InlineData("no", "no")]
    [InlineData("true", "true")]
    [InlineData("'null'", "null")]
    [InlineData("null", "")]
    [InlineData("''", "")]
    [InlineData("\"tab\\there\"", "tab\there")]
    [InlineData("|\n  two\n  lines\n", "two\nlines\n")]
    [InlineData(">-\n  one\n  line\n", "one line")]
    [InlineData("smörgås 🦜", "smörgås 🦜")]
    public void Text_is_taken_as_it_is_written(string text, string value)
    {
        var profile = _bench.ReadValid($"boot:\n cmdline: {text}\n");

        Assert.Equal(value, profile.Boot.CommandLine);
    }

    [Theory]
    [InlineData("127.0.0.1:1234", "127.0.0.1:1234")]
    [InlineData("localhost:0", "localhost:0")]
    [InlineData("'[::1]:65535'", "[::1]:65535")]
    [InlineData("my-host.example:80", "my-host.example:80")]
    [InlineData("':1234'", "127.0.0.1:1234")]
    public void An_address_is_a_host_and_a_port(string text, string value)
    {
        var profile = _bench.ReadValid($"debug: {{ gdb: {{ listen: {text} }} }}\n");

        Assert.Equal(value, profile.Gdb.Listen);
    }

    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("127.1.2.3:0", "127.1.2.3:0")]
    [InlineData("localhost:0", "localhost:0")]
    [InlineData("'[::1]:1'", "[::1]:1")]
    [InlineData("':1'", "127.0.0.1:1")]
    public void A_page_is_served_on_a_loopback_address(string text, string value)
    {
        var profile = _bench.ReadValid($"debug: {{ view: {{ listen: {text} }} }}\n");

        Assert.Equal(value, profile.View.Listen);
    }

    [Fact]
    public void By_default_there_is_no_page() => Assert.Null(_bench.ReadValid("name: a\n").View.Listen);

    [Theory]
    [InlineData("null", ConnectionKind.Null, "")]
    [InlineData("'null'", ConnectionKind.Null, "")]
    [InlineData("~", ConnectionKind.Null, "")]
    [InlineData("stdio", ConnectionKind.Stdio, "")]
    [InlineData("pty", ConnectionKind.Pty, "")]
    [InlineData("file:/x.log", ConnectionKind.File, "/x.log")]
    [InlineData("'file:/a: b.log'", ConnectionKind.File, "/a: b.log")]
    [InlineData("unix:/run/s", ConnectionKind.Unix, "/run/s")]
    [InlineData("tcp:localhost:5000", ConnectionKind.Tcp, "localhost:5000")]
    [InlineData("'tcp:[::]:5000'", ConnectionKind.Tcp, "[::]:5000")]
    [InlineData("tcp::5000", ConnectionKind.Tcp, "127.0.0.1:5000")]
    public void A_connection_is_a_kind_and_a_target(string text, ConnectionKind kind, string target)
    {
        var profile = _bench.ReadValid($"devices: {{ c: {{ type: debug-console, connect: {text} }} }}\n");

        Assert.Equal([new DebugConsoleProfile("c", 0xe9, 0xe9, new Connection(kind, target))], profile.Devices);
    }

    [Fact]
    public void Every_device_has_the_defaults_of_its_convention()
    {
        var profile = _bench.ReadValid(
            """
            devices:
              con: { type: debug-console }
              exit: { type: debug-exit }
              post: { type: post-code }
              a: { type: system-control }
              kbd: { type: keyboard-controller }
              acpi: { type: acpi-shutdown }
              bochs: { type: bochs-shutdown }
            """);

        Assert.Equal(
            [
                new DebugConsoleProfile("con", 0xe9, 0xe9, Connection.None),
                new DebugExitProfile("exit", 0xf4, 4),
                new PostCodeProfile("post", 0x80),
                new SystemControlProfile("a", 0x92),
                new KeyboardControllerProfile("kbd"),
                new AcpiShutdownProfile("acpi", 0x604),
                new BochsShutdownProfile("bochs", 0x8900),
            ],
            profile.Devices);
    }

    [Fact]
    public void A_flat_binary_is_placed()
    {
        var profile = _bench.ReadValid(
            "boot: { kernel: /k.bin, protocol: flat, flat: { address: 0x100000, entry: 0x100010, mode: long } }\n");

        Assert.Equal(
            (BootProtocol.Flat, 0x100000ul, 0x100010ul, FlatMode.Long),
            (profile.Boot.Protocol, profile.Boot.FlatAddress, profile.Boot.FlatEntry, profile.Boot.FlatMode));
    }
}
