using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>The profile printed in full.</summary>
public sealed class EffectiveProfileTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Everything_is_written_out_in_the_order_of_the_reference()
    {
        var profile = _bench.ReadValid(
            """
            devices: { exit: { type: debug-exit }, com1: { type: uart16550, port: 1016, irq: 4, connect: "tcp:[::1]:5000" } }
            boot: { kernel: /k.elf, cmdline: "a \"b\"", initrd: /i, modules: [{ path: "/m 1" }] }
            verdict: { pass: { exit: 16 }, timeout: 90s, panic: '^PANIC: \d' }
            name: "on"
            cpu: { features: { tsc-deadline: off } }
            tables: { mp: off }
            """);

        var yaml = EffectiveProfile.Write(profile);

        Assert.Equal(
            """
            name: "on"
            cpu:
              count: 1
              features:
                x2apic: on
                tsc-deadline: off
            memory: 128M
            clock:
              stops-with-debugger: true
            boot:
              kernel: /k.elf
              protocol: auto
              cmdline: "a \"b\""
              initrd: [/i]
              modules: [{ path: "/m 1", cmdline: "" }]
            devices:
              exit: { type: debug-exit, port: 0xf4, size: 4 }
              com1: { type: uart16550, port: 0x3f8, irq: 4, connect: "tcp:[::1]:5000" }
            input:
              keys: []
            tables:
              acpi: on
              mp: off
              smbios: on
            firmware-config: {}
            verdict:
              timeout: 90s
              pass:
                exit: [0x10]
              fail:
                exit: []
              panic: "^PANIC: \\d"
              on-reset: stop
            debug:
              gdb:
                listen: null
                wait: false
                architecture: auto
                linear-pc: true
              view:
                listen: null
              on-crash: report
              core: null
              watch-faults: auto
              symbols: null

            """,
            yaml);
    }

    [Theory]
    [InlineData("name: minimal\n")]
    [InlineData("extends: pc.yaml\n")]
    [InlineData("extends: pc.yaml\ninput: { keys: [{ at: 61s, send: 'f1  ctrl-alt-delete 1' }, { type: \"a\\n\\t\\\"'[\\e\" }, { send: '0', hold: 1ms }] }\n")]
    [InlineData("extends: pc.yaml\ndevices: null\n")]
    [InlineData("boot: { kernel: k, protocol: flat, flat: { address: 0x1000, entry: 0x1004, mode: protected } }\n")]
    [InlineData("boot: { kernel: k, protocol: flat }\n")]
    [InlineData("boot: { kernel: 'null', cmdline: \"\\t\\n\\u2028\\ufeff \\\\ # : ' [ { 🦜\", modules: [{ path: '- a' }, { path: b, cmdline: 'x, y' }] }\n")]
    [InlineData("extends: pc.yaml\nverdict: { timeout: 61001ms, pass: { exit: [0, 0xffffffff] }, fail: { exit: 3 }, panic: '[a-z\\\\]+\"', on-reset: reboot }\n")]
    [InlineData("debug: { gdb: { listen: '[::1]:0', wait: true, architecture: x86-64 } }\n")]
    [InlineData("debug: { view: { listen: 'localhost:8080' } }\n")]
    [InlineData("cpu: { features: { x2apic: off } }\nclock: { stops-with-debugger: false }\ntables: { acpi: off, smbios: off }\n")]
    [InlineData("devices: { a: { type: io-apic, address: 0xfec01000 }, b: { type: pic }, c: { type: pit }, d: { type: hpet, address: 0xfed00400, timers: 32 } }\n")]
    [InlineData("devices: { a: { type: rtc, base: '1999-12-31T23:59:58+01:30', nvram: { 0x80: 0, 64: 0x12 } }, b: { type: acpi-pm, port: 0xb000 } }\n")]
    [InlineData("devices: { a: { type: rtc, base: localtime } }\n")]
    [InlineData("devices: { a: { type: fw-cfg }, b: { type: ramfb } }\n")]
    [InlineData("extends: pc.yaml\nfirmware-config: { opt/a: { file: f }, 'opt/b: #': { string: \"x\\n\" }, opt/c: { hex: 0AFF, writable: 4K } }\n")]
    [InlineData("extends: pc.yaml\nfirmware-config: { 'null': { writable: 1 }, opt/d: { hex: '' }, opt/e: { string: '' } }\n")]
    [InlineData("memory: 1052672\nname: '123'\n")]
    [InlineData("devices: { a: { type: debug-console, connect: 'file:a, b # c: d' }, b: { type: debug-console, port: 1, connect: pty }, c: { type: debug-console, port: 2, connect: unix:s } }\n")]
    public void What_is_printed_reads_back_to_the_same_profile(string yaml)
    {
        var profile = _bench.ReadValid(yaml);

        var printed = EffectiveProfile.Write(profile);
        using var elsewhere = new ProfileBench();
        var again = elsewhere.ReadValid(printed);

        Assert.Equivalent(profile, again, strict: true);
        Assert.Equal(printed, EffectiveProfile.Write(again));
    }
}
