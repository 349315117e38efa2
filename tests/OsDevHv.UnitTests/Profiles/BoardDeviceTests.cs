using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>The chips of the board, the clock, the features of processors and the firmware tables.</summary>
public sealed class BoardDeviceTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Every_chip_has_the_defaults_of_qemu()
    {
        var profile = _bench.ReadValid(
            """
            devices:
              ioapic: { type: io-apic }
              pics: { type: pic }
              timer: { type: pit }
              hpet: { type: hpet }
              rtc: { type: rtc }
              acpi: { type: acpi-pm }
              text: { type: vga-text }
              frame: { type: framebuffer }
            """);

        Assert.Equal(
            [
                new IoApicProfile("ioapic", 0xfec0_0000),
                new PicProfile("pics"),
                new PitProfile("timer"),
                new HpetProfile("hpet", 0xfed0_0000, 3),
                new RtcProfile("rtc", new RtcBase(RtcBaseKind.Utc), []),
                new AcpiPmProfile("acpi", 0x600),
                new VgaTextProfile("text"),
                new FramebufferProfile("frame", 0xfd00_0000, 1024, 768, FramebufferFormat.Xrgb8888),
            ],
            profile.Devices);
    }

    [Fact]
    public void A_framebuffer_may_be_as_large_as_there_is_room()
    {
        var profile = _bench.ReadValid(
            "devices: { f: { type: framebuffer, address: 0xc0000000, width: 16384, height: 16000, format: xbgr8888 }, "
            + "a: { type: io-apic } }\n");

        var frame = Assert.IsType<FramebufferProfile>(profile.Devices[0]);
        Assert.Equal(new FramebufferProfile("f", 0xc000_0000, 16384, 16000, FramebufferFormat.Xbgr8888), frame);
        Assert.Equal(16384ul * 16000 * 4, frame.Bytes);
    }

    [Theory]
    [InlineData("utc", RtcBaseKind.Utc, null)]
    [InlineData("localtime", RtcBaseKind.LocalTime, null)]
    [InlineData("2026-01-01T00:00:00Z", RtcBaseKind.Instant, "2026-01-01T00:00:00+00:00")]
    [InlineData("'1999-12-31T23:59:58Z'", RtcBaseKind.Instant, "1999-12-31T23:59:58+00:00")]
    [InlineData("2024-02-29T01:00:00+02:00", RtcBaseKind.Instant, "2024-02-28T23:00:00+00:00")]
    [InlineData("1900-01-01T00:00:00Z", RtcBaseKind.Instant, "1900-01-01T00:00:00+00:00")]
    [InlineData("2999-12-31T23:59:59Z", RtcBaseKind.Instant, "2999-12-31T23:59:59+00:00")]
    public void A_clock_shows_the_hosts_time_or_a_stated_one(string text, RtcBaseKind kind, string? instant)
    {
        var profile = _bench.ReadValid($"devices: {{ rtc: {{ type: rtc, base: {text} }} }}\n");

        var rtc = Assert.IsType<RtcProfile>(profile.Devices[0]);
        Assert.Equal(kind, rtc.Base.Kind);
        Assert.Equal(instant is null ? default : DateTimeOffset.Parse(instant, null), rtc.Base.Instant);
        Assert.Equal(TimeSpan.Zero, rtc.Base.Instant.Offset);
    }

    [Fact]
    public void An_override_sets_the_clock()
    {
        var profile = _bench.ReadValid("devices: { rtc: { type: rtc } }\n", "devices.rtc.base=2026-01-01T00:00:00Z");

        var rtc = Assert.IsType<RtcProfile>(profile.Devices[0]);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), rtc.Base.Instant);
    }

    [Fact]
    public void Bytes_of_the_clocks_memory_come_in_order_and_merge_by_number()
    {
        _bench.With("base.yaml", "devices: { rtc: { type: rtc, nvram: { 0x80: 3, 0x40: 1, 0x41: 7, 14: 0xff } } }\n");

        var profile = _bench.ReadValid(
            "extends: base.yaml\ndevices: { rtc: { nvram: { 0x40: 2, 0x41: null } } }\n", "devices.rtc.nvram.0x10=0x20");

        var rtc = Assert.IsType<RtcProfile>(profile.Devices[0]);
        Assert.Equal([new(0x0e, 0xff), new(0x10, 0x20), new(0x40, 2), new(0x80, 3)], rtc.Nvram);
    }

    [Fact]
    public void Features_tables_and_the_clock_are_on_unless_a_profile_says_otherwise()
    {
        var profile = _bench.ReadValid("name: a\n");

        Assert.Equal(new CpuProfile(1, X2Apic: true, TscDeadline: true), profile.Cpu);
        Assert.Equal(new TablesProfile(Acpi: true, Mp: true, Smbios: true), profile.Tables);
        Assert.Equal(new ClockProfile(StopsWithDebugger: true), profile.Clock);
    }

    [Fact]
    public void Features_tables_and_the_clock_are_switched_one_by_one()
    {
        var profile = _bench.ReadValid(
            """
            cpu: { features: { x2apic: off, tsc-deadline: on } }
            tables: { acpi: off, mp: on, smbios: "off" }
            clock: { stops-with-debugger: false }
            """);

        Assert.Equal(new CpuProfile(1, X2Apic: false, TscDeadline: true), profile.Cpu);
        Assert.Equal(new TablesProfile(Acpi: false, Mp: true, Smbios: false), profile.Tables);
        Assert.False(profile.Clock.StopsWithDebugger);
    }

    [Theory]
    [InlineData("tables: { acpi: true }\n", "1:17", "tables.acpi is on or off, not 'true'")]
    [InlineData("cpu: { features: { x2apic: yes } }\n", "1:28", "cpu.features.x2apic is on or off, not 'yes'")]
    public void A_switch_is_on_or_off_and_nothing_else(string yaml, string place, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"m.yaml:{place}: error OSDV024: {words}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_side_by_side_do_not_overlap()
    {
        var profile = _bench.ReadValid(
            "devices: { a: { type: io-apic, address: 0xfedff000 }, b: { type: hpet, address: 0xfedfec00 } }\n");

        Assert.Equal(2, profile.Devices.Count);
    }
}
