namespace OsDevHv.Tests.Profiles;

/// <summary>Keys and values that cannot be: each is one error with its place, code and way out.</summary>
public sealed class BrokenValueTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("nmae: a\n", "1:1", "OSDV020", "unknown key 'nmae'; did you mean 'name'?")]
    [InlineData("cpu: { cuont: 4 }\n", "1:8", "OSDV020", "unknown key 'cuont' in cpu; did you mean 'count'?")]
    [InlineData("memroy: 64M\n", "1:1", "OSDV020", "did you mean 'memory'?")]
    [InlineData("clock: { base: 0 }\n", "1:10", "OSDV020", "unknown key 'base' in clock; valid here: stops-with-debugger")]
    [InlineData("vga: { memory: 0 }\n", "1:1", "OSDV020",
        "valid here: extends, name, cpu, memory, clock, boot, devices, input, tables, firmware-config, verdict, debug")]
    [InlineData("boot:\n  kernel: k\n  ramdisk: x\n", "3:3", "OSDV020",
        "unknown key 'ramdisk' in boot; valid here: kernel, protocol, cmdline, initrd, modules, flat")]
    [InlineData("boot: { protocol: flat, flat: { adress: 0 } }\n", "1:33", "OSDV020", "did you mean 'address'?")]
    [InlineData("verdict: { time-out: 3s }\n", "1:12", "OSDV020", "did you mean 'timeout'?")]
    [InlineData("verdict: { pass: { exist: 1 } }\n", "1:20", "OSDV020", "did you mean 'exit'?")]
    [InlineData("debug: { dgb: {} }\n", "1:10", "OSDV020", "did you mean 'gdb'?")]
    [InlineData("debug: { gdb: { lisen: x } }\n", "1:17", "OSDV020", "did you mean 'listen'?")]
    [InlineData("Memory: 64M\n", "1:1", "OSDV020", "did you mean 'memory'?")]
    [InlineData("cpu: { cuont: null }\n", "1:8", "OSDV020", "did you mean 'count'?")]
    [InlineData("cpu: 4\n", "1:6", "OSDV021", "cpu is a map, not a single value; its keys: count")]
    [InlineData("boot: [kernel]\n", "1:7", "OSDV021", "boot is a map, not a list")]
    [InlineData("debug: { gdb: true }\n", "1:15", "OSDV021", "debug.gdb is a map")]
    [InlineData("verdict: { pass: 0x10 }\n", "1:18", "OSDV021", "verdict.pass is a map, not a single value; its keys: exit")]
    [InlineData("name: [a]\n", "1:7", "OSDV021", "name is text, not a list")]
    [InlineData("memory: { size: 64M }\n", "1:9", "OSDV021", "memory is a size")]
    [InlineData("cpu: { count: [1, 2] }\n", "1:15", "OSDV021", "cpu.count is an integer, 1 to 64, not a list")]
    [InlineData("boot: { modules: initrd.img }\n", "1:18", "OSDV021", "boot.modules is a list")]
    [InlineData("boot: { modules: [initrd.img] }\n", "1:19", "OSDV021", "write { path: initrd.img }")]
    [InlineData("boot: { modules: [{ path: a }, [b]] }\n", "1:32", "OSDV021", "boot.modules.1")]
    [InlineData("verdict: { fail: { exit: [1, [2]] } }\n", "1:30", "OSDV021", "verdict.fail.exit.1")]
    [InlineData("verdict: { fail: { exit: [1, null] } }\n", "1:30", "OSDV021",
        "verdict.fail.exit.1 is an integer, 0x0 to 0xffffffff, not nothing")]
    [InlineData("verdict: { panic: [a-z] }\n", "1:19", "OSDV021", "in quotes")]
    [InlineData("debug: { gdb: { listen: [::1] } }\n", "1:25", "OSDV021", "in quotes")]
    [InlineData("boot: { modules: [{ cmdline: a }] }\n", "1:19", "OSDV022", "boot.modules.0.path is missing")]
    [InlineData("boot: { protocol: multiboot }\n", "1:19", "OSDV024", "did you mean 'multiboot1'?")]
    [InlineData("boot: { protocol: uefi }\n", "1:19", "OSDV024",
        "auto, multiboot1, multiboot2, limine, elf, flat, linux, linux64, linux32 or pvh, not 'uefi'")]
    [InlineData("boot: { protocol: ELF }\n", "1:19", "OSDV024", "did you mean 'elf'?")]
    [InlineData("boot: { protocol: flat, flat: { mode: reel } }\n", "1:39", "OSDV024", "did you mean 'real'?")]
    [InlineData("verdict: { on-reset: restart }\n", "1:22", "OSDV024", "stop or reboot, not 'restart'")]
    [InlineData("debug: { gdb: { architecture: x86_64 } }\n", "1:31", "OSDV024", "did you mean 'x86-64'?")]
    [InlineData("cpu: { count: two }\n", "1:15", "OSDV025", "'two' is not an integer")]
    [InlineData("cpu: { count: \"2\" }\n", "1:15", "OSDV025", "remove them")]
    [InlineData("cpu: { count: 2.0 }\n", "1:15", "OSDV025", "'2.0' is not an integer")]
    [InlineData("cpu: { count: 010 }\n", "1:15", "OSDV025", "'010' is not an integer")]
    [InlineData("cpu: { count: 0o7 }\n", "1:15", "OSDV025", "'0o7' is not an integer")]
    [InlineData("cpu: { count: 1_0 }\n", "1:15", "OSDV025", "'1_0' is not an integer")]
    [InlineData("cpu: { count: 0x }\n", "1:15", "OSDV025", "'0x' is not an integer")]
    [InlineData("cpu: { count: 0xg }\n", "1:15", "OSDV025", "'0xg' is not an integer")]
    [InlineData("cpu: { count: 0 }\n", "1:15", "OSDV026", "cpu.count: '0' is out of range, 1 to 64")]
    [InlineData("cpu: { count: 65 }\n", "1:15", "OSDV026", "1 to 64")]
    [InlineData("cpu: { count: -1 }\n", "1:15", "OSDV026", "'-1' is out of range, 1 to 64")]
    [InlineData("cpu: { count: 99999999999999999999999999999999999999999999 }\n", "1:15", "OSDV026", "1 to 64")]
    [InlineData("cpu: { count: 18446744073709551617 }\n", "1:15", "OSDV026", "1 to 64")]
    [InlineData("verdict: { pass: { exit: 0x100000000 } }\n", "1:26", "OSDV026", "0x0 to 0xffffffff")]
    [InlineData("verdict: { pass: { exit: [0, -16] } }\n", "1:30", "OSDV026", "verdict.pass.exit.1: '-16'")]
    [InlineData("boot: { protocol: flat, flat: { address: 0x10000000000 } }\n", "1:42", "OSDV026", "0x0 to 0xffffffffff")]
    [InlineData("debug: { gdb: { wait: yes } }\n", "1:23", "OSDV027", "true or false, not 'yes'")]
    [InlineData("debug: { gdb: { wait: \"true\" } }\n", "1:23", "OSDV027", "remove them")]
    [InlineData("debug: { gdb: { wait: 1 } }\n", "1:23", "OSDV027", "true or false")]
    [InlineData("memory: lots\n", "1:9", "OSDV028", "64M")]
    [InlineData("memory: 64m\n", "1:9", "OSDV028", "not '64m'")]
    [InlineData("memory: 64MB\n", "1:9", "OSDV028", "512KiB")]
    [InlineData("memory: 64 M\n", "1:9", "OSDV028", "not '64 M'")]
    [InlineData("memory: 1.5G\n", "1:9", "OSDV028", "not '1.5G'")]
    [InlineData("memory: 0x10M\n", "1:9", "OSDV028", "not '0x10M'")]
    [InlineData("memory: M\n", "1:9", "OSDV028", "not 'M'")]
    [InlineData("memory: iB\n", "1:9", "OSDV028", "not 'iB'")]
    [InlineData("memory: -64M\n", "1:9", "OSDV028", "not '-64M'")]
    [InlineData("memory: ''\n", "1:9", "OSDV028", "not ''")]
    [InlineData("memory: 512K\n", "1:9", "OSDV026", "'512K' is out of range, 1M to 1T")]
    [InlineData("memory: 2T\n", "1:9", "OSDV026", "1M to 1T")]
    [InlineData("memory: 0\n", "1:9", "OSDV026", "1M to 1T")]
    [InlineData("memory: 18446744073709551615T\n", "1:9", "OSDV026", "1M to 1T")]
    [InlineData("memory: 1048577\n", "1:9", "OSDV026", "not a multiple of 4K")]
    [InlineData("verdict: { timeout: 30 }\n", "1:21", "OSDV029", "a unit is missing, as in 30s")]
    [InlineData("verdict: { timeout: soon }\n", "1:21", "OSDV029", "write 500ms, 30s, 2m or 1h")]
    [InlineData("verdict: { timeout: 1.5s }\n", "1:21", "OSDV029", "not '1.5s'")]
    [InlineData("verdict: { timeout: 3 s }\n", "1:21", "OSDV029", "not '3 s'")]
    [InlineData("verdict: { timeout: 2d }\n", "1:21", "OSDV029", "not '2d'")]
    [InlineData("verdict: { timeout: 0s }\n", "1:21", "OSDV026", "'0s' is out of range, 1ms to 500h")]
    [InlineData("verdict: { timeout: -5s }\n", "1:21", "OSDV026", "'-5s' is out of range, 1ms to 500h")]
    [InlineData("verdict: { timeout: 501h }\n", "1:21", "OSDV026", "1ms to 500h")]
    [InlineData("verdict: { timeout: 18446744073709551615h }\n", "1:21", "OSDV026", "1ms to 500h")]
    [InlineData("name: \"a\\nb\"\n", "1:7", "OSDV030", "U+000A")]
    [InlineData("boot: { cmdline: \"a\\0b\" }\n", "1:18", "OSDV030", "U+0000")]
    [InlineData("boot: { kernel: '' }\n", "1:17", "OSDV031", "boot.kernel is a path, not empty")]
    [InlineData("boot: { kernel: \"a\\0\" }\n", "1:17", "OSDV031", "boot.kernel is a path")]
    [InlineData("boot: { modules: [{ path: '' }] }\n", "1:27", "OSDV031", "boot.modules.0.path")]
    [InlineData("debug: { view: { listen: 0.0.0.0:80 } }\n", "1:26", "OSDV085", "0.0.0.0:80 is not of this host alone; use 127.0.0.1:PORT")]
    [InlineData("debug: { view: { listen: my-host.example:80 } }\n", "1:26", "OSDV085", "ssh -L")]
    [InlineData("debug: { view: { listen: '[::]:80' } }\n", "1:26", "OSDV085", "localhost:PORT")]
    [InlineData("debug: { gdb: { listen: 1234 } }\n", "1:25", "OSDV032", "write 127.0.0.1:1234")]
    [InlineData("debug: { gdb: { listen: localhost } }\n", "1:25", "OSDV032", "HOST:PORT")]
    [InlineData("debug: { gdb: { listen: 'localhost:' } }\n", "1:25", "OSDV032", "not a decimal number")]
    [InlineData("debug: { gdb: { listen: localhost:gdb } }\n", "1:25", "OSDV032", "not a decimal number")]
    [InlineData("debug: { gdb: { listen: 127.0.0.1:65536 } }\n", "1:25", "OSDV026", "0 to 65535")]
    [InlineData("debug: { gdb: { listen: 300.0.0.1:1 } }\n", "1:25", "OSDV032", "'300.0.0.1:1'")]
    [InlineData("debug: { gdb: { listen: 127.1:1 } }\n", "1:25", "OSDV032", "'127.1:1'")]
    [InlineData("debug: { gdb: { listen: '::1:1234' } }\n", "1:25", "OSDV032", "'::1:1234'")]
    [InlineData("debug: { gdb: { listen: '[::g]:1' } }\n", "1:25", "OSDV032", "'[::g]:1'")]
    [InlineData("debug: { gdb: { listen: 'my host:1' } }\n", "1:25", "OSDV032", "'my host:1'")]
    [InlineData("verdict: { panic: '(' }\n", "1:19", "OSDV034", "at character 2")]
    [InlineData("verdict: { panic: '' }\n", "1:19", "OSDV034", "1 to 1000 characters")]
    [InlineData("verdict: { panic: '(a)\\1' }\n", "1:19", "OSDV034", "NonBacktracking")]
    [InlineData("verdict: { panic: '(?=a)' }\n", "1:19", "OSDV034", "NonBacktracking")]
    [InlineData("verdict: { panic: '*' }\n", "1:19", "OSDV034", "QuantifierAfterNothing")]
    public void A_key_or_value_that_cannot_be_is_refused_at_its_place(string yaml, string place, string code, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"m.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_too_long_is_refused()
    {
        var error = _bench.OneError($"name: {new string('n', 101)}\n");

        Assert.Equal("m.yaml:1:7: error OSDV030: name has 101 characters; 100 are possible", error);
    }

    [Fact]
    public void A_pattern_that_is_too_long_is_refused()
    {
        var error = _bench.OneError($"verdict: {{ panic: {new string('n', 1001)} }}\n");

        Assert.StartsWith("m.yaml:1:19: error OSDV034: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_of_the_file_are_quoted_shortly_and_without_control_characters()
    {
        var error = _bench.OneError($"\"\\e[31m{new string('k', 200)}\": 1\n");

        Assert.Contains($"unknown key '?[31m{new string('k', 75)}...'; valid here", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Independent_errors_are_all_reported_from_top_to_bottom()
    {
        var errors = _bench.Errors(_bench.Read(
            """
            memory: 64X
            cpu: { count: 99, cores: 2 }
            verdict: { timeout: 0s, panic: '(' }
            debug: { gdb: { wait: maybe } }
            devices:
              a: { type: uart }
              b: { type: debug-exit, port: 0x10000 }
              c: { type: post-code, ports: 3 }
            """));

        Assert.Equal(
            ["1:9", "2:15", "2:19", "3:21", "3:32", "4:23", "6:14", "7:32", "8:25"],
            errors.Select(error => string.Join(':', error.Split(':')[1..3])));
    }
}
