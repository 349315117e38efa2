using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>The fw_cfg device, what a profile adds to it, and ramfb.</summary>
public sealed class FirmwareConfigTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_shipped_pc_has_the_device_ramfb_and_no_items_of_its_own()
    {
        var profile = _bench.ReadValid("extends: pc.yaml\n");

        Assert.Contains(new FwCfgProfile("fw-cfg"), profile.Devices);
        Assert.Contains(new RamfbProfile("ramfb"), profile.Devices);
        Assert.Empty(profile.FirmwareConfig);
    }

    [Fact]
    public void An_item_has_a_file_text_or_bytes_and_may_be_writable()
    {
        var profile = _bench.ReadValid(
            """
            extends: pc.yaml
            firmware-config:
              opt/a: { file: blob.bin }
              opt/b: { string: 1.10 }
              opt/c: { hex: "01 23aB" }
              opt/d: { writable: 4K }
              opt/e: { string: "é", writable: 2 }
              etc/mine: { hex: 0012 }
            """);

        Assert.Equal(
            [
                new("opt/a", FirmwareItemContent.File, _bench.At("blob.bin"), 0),
                new("opt/b", FirmwareItemContent.Text, "1.10", 0),
                new("opt/c", FirmwareItemContent.Hex, "0123ab", 0),
                new("opt/d", FirmwareItemContent.Empty, "", 4096),
                new("opt/e", FirmwareItemContent.Text, "é", 2),
                new("etc/mine", FirmwareItemContent.Hex, "0012", 0),
            ],
            profile.FirmwareConfig);
    }

    [Fact]
    public void Items_merge_by_name_and_null_removes_one()
    {
        _bench.With("base.yaml", "extends: pc.yaml\nfirmware-config: { opt/a: { string: a }, opt/b: { string: b }, opt/c: { string: c } }\n");

        var profile = _bench.ReadValid(
            "extends: base.yaml\nfirmware-config: { opt/a: null, opt/b: { string: null, hex: ff }, opt/d: { string: d } }\n",
            "firmware-config={ opt/org.example/e: { string: e }, opt/c: { string: x } }");

        Assert.Equal(
            ["opt/b=ff", "opt/c=x", "opt/d=d", "opt/org.example/e=e"],
            profile.FirmwareConfig.Select(item => $"{item.Name}={item.Value}"));
    }

    [Theory]
    [InlineData("{ '': { string: x } }", "1:20", "OSDV080", "'' cannot be an item of firmware-config: a name has 1 to 55 printable ASCII")]
    [InlineData("{ opt/é: { string: x } }", "1:20", "OSDV080", "'opt/é' cannot be an item")]
    [InlineData("{ opt/345678901234567890123456789012345678901234567890123456: { string: x } }", "1:20", "OSDV080", "'opt/3456789")]
    [InlineData("{ etc/ramfb: { writable: 28 } }", "1:20", "OSDV081", "etc/ramfb is an item of the machine's own; names of yours begin with opt/")]
    [InlineData("{ etc/e820: { string: x } }", "1:20", "OSDV081", "etc/e820 is an item of the machine's own")]
    [InlineData("{ opt/a: {} }", "1:20", "OSDV082", "firmware-config.'opt/a' has no content: state one of file, string and hex, or writable")]
    [InlineData("{ opt/a: { string: x, hex: 00 } }", "1:20", "OSDV082", "firmware-config.'opt/a' has several contents")]
    [InlineData("{ opt/a: { hex: 012 } }", "1:34", "OSDV083", "firmware-config.'opt/a'.hex is bytes of two hexadecimal digits, such as \"01 23 ab\"; '012' ends within")]
    [InlineData("{ opt/a: { hex: '0 12' } }", "1:34", "OSDV083", "firmware-config.'opt/a'.hex is bytes")]
    [InlineData("{ opt/a: { hex: 0x12 } }", "1:34", "OSDV083", "firmware-config.'opt/a'.hex is bytes of two hexadecimal digits, such as \"01 23 ab\", not '0x12'")]
    [InlineData("{ opt/a: text }", "1:27", "OSDV021", "firmware-config.'opt/a' is a map of file, string, hex, writable, not a single value; write { string: text }")]
    [InlineData("{ opt/a: { text: x } }", "1:29", "OSDV020", "unknown key 'text' in firmware-config.'opt/a'")]
    [InlineData("{ opt/a: { string: abc, writable: 2 } }", "1:52", "OSDV026", "firmware-config.'opt/a' has 3 bytes of content, which do not fit into the 2")]
    [InlineData("{ opt/a: { hex: 010203, writable: 2 } }", "1:52", "OSDV026", "firmware-config.'opt/a' has 3 bytes")]
    [InlineData("{ opt/a: { writable: 17M } }", "1:39", "OSDV026", "firmware-config.'opt/a'.writable: ")]
    [InlineData("[opt/a]", "1:18", "OSDV021", "firmware-config is a map of names to maps of file, string, hex, writable, not a list")]
    public void A_wrong_item_is_told_where_it_stands(string items, string place, string code, string words)
    {
        var error = _bench.OneError($"firmware-config: {items}\ndevices: {{ f: {{ type: fw-cfg }} }}\n");

        Assert.StartsWith($"m.yaml:{place}: error {code}: {words}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_items_are_told()
    {
        var items = string.Concat(Enumerable.Range(0, 1001).Select(n => $"  opt/{n}: {{ hex: 00 }}\n"));

        var error = _bench.OneError($"extends: pc.yaml\nfirmware-config:\n{items}");

        Assert.Contains("error OSDV026: firmware-config has 1001 items; 1000 are possible", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_of_an_item_is_to_be_there_when_the_profile_is_run()
    {
        _bench.With("k", "kernel").With("m.yaml", "extends: pc.yaml\nboot: { kernel: k }\nfirmware-config: { opt/a: { file: gone } }\n");

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Run)));

        Assert.Equal("m.yaml:3:35: error OSDV070: firmware-config.'opt/a'.file: there is no file 'gone'", error);
    }

    [Fact]
    public void The_file_of_an_item_is_not_written_by_a_device()
    {
        var error = _bench.OneError(
            "extends: pc.yaml\ndevices: { com2: { connect: 'file:blob' } }\nfirmware-config: { opt/a: { file: blob } }\n");

        Assert.Contains("OSDV064: com2 would overwrite this file, which is the content of a fw_cfg item", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("devices: { s: { type: ramfb } }\n", "1:12", "a guest sets up s through a fw-cfg device, and there is none: add fw-cfg")]
    [InlineData("firmware-config: { opt/a: { hex: 00 } }\n", "1:18", "firmware-config adds to the items of a fw-cfg device, and there is none")]
    public void What_is_reached_through_the_device_needs_it(string yaml, string place, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"m.yaml:{place}: error OSDV084: {words}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ a: { type: fw-cfg }, b: { type: fw-cfg } }", "OSDV072")]
    [InlineData("{ f: { type: fw-cfg }, a: { type: ramfb }, b: { type: ramfb } }", "OSDV072")]
    [InlineData("{ f: { type: fw-cfg }, a: { type: post-code, port: 0x511 } }", "OSDV060")]
    [InlineData("{ f: { type: fw-cfg }, a: { type: debug-exit, port: 0x51b } }", "OSDV060")]
    public void There_is_one_of_each_at_its_ports(string devices, string code)
    {
        Assert.Contains($"error {code}: ", _bench.OneError($"devices: {devices}\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_ports_between_selector_and_dma_are_free()
    {
        _bench.ReadValid("devices: { f: { type: fw-cfg }, a: { type: post-code, port: 0x512 }, b: { type: post-code, port: 0x513 } }\n");
    }
}
