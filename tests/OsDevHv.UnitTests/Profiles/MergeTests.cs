using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>What extends gives: maps merge, everything else replaces, null un-sets, paths stay where they were written.</summary>
public sealed class MergeTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Maps_merge_key_by_key()
    {
        _bench.With("base.yaml", "boot: { cmdline: quiet, protocol: elf }\nmemory: 64M\n");

        var profile = _bench.ReadValid("extends: base.yaml\nboot: { cmdline: loud }\n");

        Assert.Equal(("loud", BootProtocol.Elf, 64ul << 20), (profile.Boot.CommandLine, profile.Boot.Protocol, profile.MemoryBytes));
    }

    [Fact]
    public void Lists_replace()
    {
        _bench.With("base.yaml", "boot: { modules: [{ path: /a }, { path: /b }] }\n");

        var profile = _bench.ReadValid("extends: base.yaml\nboot: { modules: [{ path: /c }] }\n");

        Assert.Equal([new BootModule("/c", "")], profile.Boot.Modules);
    }

    [Fact]
    public void Null_gives_an_inherited_key_its_default_back()
    {
        _bench.With("base.yaml", "cpu: { count: 8 }\nverdict: { timeout: 5s, panic: x }\n");

        var profile = _bench.ReadValid("extends: base.yaml\ncpu: { count: null }\nverdict: null\n");

        Assert.Equal((1, null, null), (profile.Cpu.Count, profile.Verdict.Timeout, profile.Verdict.Panic));
    }

    [Fact]
    public void A_key_without_a_value_is_null()
    {
        _bench.With("base.yaml", "memory: 64M\n");

        var profile = _bench.ReadValid("extends: base.yaml\nmemory:\n");

        Assert.Equal(128ul << 20, profile.MemoryBytes);
    }

    [Fact]
    public void Null_removes_an_inherited_device()
    {
        var profile = _bench.ReadValid("extends: pc.yaml\ndevices: { com3: null, com4: null }\n");

        Assert.Equal(
            [
                "com1", "com2", "debugcon", "exit", "post", "port92", "keyboard", "acpi", "acpi-old", "bochs",
                "pic", "pit", "io-apic", "hpet", "rtc", "fw-cfg", "screen", "ramfb",
            ],
            profile.Devices.Select(device => device.Name));
    }

    [Fact]
    public void Devices_as_a_whole_can_be_removed()
    {
        var profile = _bench.ReadValid("extends: pc.yaml\ndevices: null\n");

        Assert.Empty(profile.Devices);
    }

    [Fact]
    public void A_device_is_changed_in_place_and_a_new_one_comes_last()
    {
        _bench.With("base.yaml", "devices: { a: { type: post-code }, b: { type: debug-console } }\n");

        var profile = _bench.ReadValid("extends: base.yaml\ndevices: { c: { type: system-control }, a: { port: 0x81 } }\n");

        Assert.Equal(
            [
                new PostCodeProfile("a", 0x81),
                new DebugConsoleProfile("b", 0xe9, 0xe9, Connection.None),
                new SystemControlProfile("c", 0x92),
            ],
            profile.Devices);
    }

    [Fact]
    public void A_device_of_another_type_begins_anew()
    {
        _bench.With("base.yaml", "devices: { a: { type: uart16550, port: 0x3f8, irq: 4, connect: stdio } }\n");

        var profile = _bench.ReadValid("extends: base.yaml\ndevices: { a: { type: debug-console } }\n");

        Assert.Equal([new DebugConsoleProfile("a", 0xe9, 0xe9, Connection.None)], profile.Devices);
    }

    [Fact]
    public void Stating_the_same_type_again_changes_nothing()
    {
        _bench.With("base.yaml", "devices: { a: { type: uart16550, port: 0x3f8, irq: 4 } }\n");

        var profile = _bench.ReadValid("extends: base.yaml\ndevices: { a: { type: uart16550, irq: 5 } }\n");

        Assert.Equal([new UartProfile("a", 0x3f8, 5, Connection.None)], profile.Devices);
    }

    [Fact]
    public void A_device_that_was_removed_can_be_declared_again()
    {
        _bench.With("base.yaml", "extends: pc.yaml\ndevices: { exit: null }\n");

        var profile = _bench.ReadValid("extends: base.yaml\ndevices: { exit: { type: debug-exit, port: 0x501, size: 1 } }\n");

        Assert.Equal(new DebugExitProfile("exit", 0x501, 1), profile.Devices[^1]);
    }

    [Fact]
    public void Of_several_bases_the_last_wins()
    {
        _bench.With("a.yaml", "memory: 64M\ncpu: { count: 2 }\n").With("b.yaml", "memory: 32M\n");

        var profile = _bench.ReadValid("extends: [a.yaml, b.yaml]\n");

        Assert.Equal((32ul << 20, 2), (profile.MemoryBytes, profile.Cpu.Count));
    }

    [Fact]
    public void A_base_may_remove_what_an_earlier_one_brings()
    {
        _bench.With("silent.yaml", "devices: { com1: { connect: null }, debugcon: null }\n");

        var profile = _bench.ReadValid("extends: [pc.yaml, silent.yaml]\n");

        Assert.Equal(new UartProfile("com1", 0x3f8, 4, Connection.None), profile.Devices[0]);
        Assert.DoesNotContain(profile.Devices, device => device.Name == "debugcon");
    }

    [Fact]
    public void A_base_of_two_bases_counts_once()
    {
        _bench.With("root.yaml", "memory: 64M\ncpu: { count: 1 }\n")
            .With("a.yaml", "extends: root.yaml\nmemory: 32M\n")
            .With("b.yaml", "extends: root.yaml\ncpu: { count: 2 }\n");

        var profile = _bench.ReadValid("extends: [a.yaml, b.yaml]\n");

        Assert.Equal((32ul << 20, 2), (profile.MemoryBytes, profile.Cpu.Count));
    }

    [Fact]
    public void A_path_belongs_to_the_file_in_which_it_stands()
    {
        _bench.With(
            "sub/base.yaml",
            "boot: { kernel: k.elf, modules: [{ path: ../m.img }] }\ndevices: { c: { type: debug-console, connect: file:c.log } }\n");

        var profile = _bench.ReadValid("extends: sub/base.yaml\nboot: { cmdline: x }\n");

        Assert.Equal((_bench.At("sub/k.elf"), _bench.At("m.img")), (profile.Boot.Kernel, profile.Boot.Modules[0].Path));
        Assert.Equal(new Connection(ConnectionKind.File, _bench.At("sub/c.log")), ((DebugConsoleProfile)profile.Devices[0]).Connection);
    }

    [Fact]
    public void Extends_is_relative_to_the_file_that_says_it()
    {
        _bench.With("sub/base.yaml", "extends: deeper/root.yaml\n").With("sub/deeper/root.yaml", "memory: 64M\n");

        var profile = _bench.ReadValid("extends: sub/base.yaml\n");

        Assert.Equal(64ul << 20, profile.MemoryBytes);
    }

    [Fact]
    public void A_file_beside_comes_before_a_shipped_profile_of_its_name()
    {
        _bench.With("pc.yaml", "name: mine\n");

        var profile = _bench.ReadValid("extends: pc.yaml\n");

        Assert.Equal("mine", profile.Name);
    }

    [Fact]
    public void Without_a_name_the_file_gives_it()
    {
        var profile = _bench.ReadValid("memory: 64M\n");

        Assert.Equal("m", profile.Name);
    }
}
