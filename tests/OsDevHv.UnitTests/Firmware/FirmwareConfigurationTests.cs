using System.Buffers.Binary;
using System.Text;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;
using OsDevHv.Tests.Profiles;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Firmware;

/// <summary>The items of the fw_cfg device say what is true of the machine, in the form of QEMU's hw/i386/fw_cfg.c.</summary>
public sealed class FirmwareConfigurationTests : IDisposable
{
    private readonly ProfileBench _bench = new();
    private readonly StringWriter _messages = new() { NewLine = "\n" };

    public void Dispose()
    {
        _bench.Dispose();
        _messages.Dispose();
    }

    [Fact]
    public void Numbers_are_those_of_the_machine()
    {
        FwCfg device = Device("extends: pc.yaml\ncpu: { count: 3 }\nmemory: 5G\nboot: { cmdline: log=é }\n");

        Assert.Equal(new byte[16], Read(device, 0x02, 16));
        Assert.Equal(5UL << 30, Number(device, 0x03, 8));
        Assert.Equal(0u, Number(device, 0x04, 2));
        Assert.Equal(3u, Number(device, 0x05, 2));
        Assert.Equal(3u, Number(device, 0x0f, 2));
        Assert.Equal(0u, Number(device, 0x0e, 2));
        Assert.Equal(7u, Number(device, 0x14, 4));
        Assert.Equal("log=é\0\0", Encoding.UTF8.GetString(Read(device, 0x15, 8)));
        Assert.Equal(1u, Number(device, 0x8002, 4));
    }

    [Fact]
    public void The_hpet_is_described()
    {
        FwCfg device = Device("extends: pc.yaml\ndevices: { hpet: { timers: 8 } }\n");

        byte[] hpet = Read(device, 0x8004, 122);

        Assert.Equal(1, hpet[0]);
        Assert.Equal(0x8086a701u, BinaryPrimitives.ReadUInt32LittleEndian(hpet.AsSpan(1)));
        Assert.Equal(0xfed00000u, BinaryPrimitives.ReadUInt64LittleEndian(hpet.AsSpan(5)));
        Assert.All(hpet[13..], zero => Assert.Equal(0, zero));
    }

    [Fact]
    public void Files_are_those_that_are_true()
    {
        string[] names = [.. Items("extends: pc.yaml\n").Files.Select(file => file.Name)];

        Assert.Equal(["etc/e820", "etc/smbios/smbios-anchor", "etc/smbios/smbios-tables", "etc/system-states"], names);
    }

    [Fact]
    public void Without_the_hardware_there_is_no_item_about_it()
    {
        FwCfgItems items = Items("tables: { smbios: off }\ndevices: { f: { type: fw-cfg } }\n");
        FwCfg device = new(items, new FlatMemory());

        Assert.Equal(["etc/e820"], items.Files.Select(file => file.Name));
        Assert.Equal(1u, Number(device, 0x04, 2));
        Assert.Equal(0u, Number(device, 0x8002, 4));
        Assert.Equal(0u, Number(device, 0x8004, 1));
    }

    [Fact]
    public void The_memory_map_has_entries_of_20_bytes()
    {
        FwCfg device = Device("extends: pc.yaml\nmemory: 4G\n");

        byte[] map = Read(device, 0x20, 80);

        (ulong, ulong, uint)[] entries =
        [
            .. Enumerable.Range(0, 4).Select(index => (
                BinaryPrimitives.ReadUInt64LittleEndian(map.AsSpan(20 * index)),
                BinaryPrimitives.ReadUInt64LittleEndian(map.AsSpan((20 * index) + 8)),
                BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan((20 * index) + 16)))),
        ];
        Assert.Equal(
            [(0, 0x9fc00, 1), (0x9fc00, 0x60400, 2), (0x100000, 0xbff00000, 1), (0x1_0000_0000, 0x4000_0000, 1)], entries);
    }

    [Fact]
    public void The_anchor_of_smbios_points_to_the_tables_in_memory()
    {
        FwCfg device = Device("extends: pc.yaml\n");
        var firmware = FirmwareTables.Build(FirmwareMachine.Of(_bench.ReadValid("extends: pc.yaml\n"), new MemoryMap(128 << 20)));

        Assert.Equal(firmware.SmbiosEntry.ToArray(), Read(device, 0x21, 24));
        Assert.Equal(
            firmware.Tables.Single(table => table.Address == BinaryPrimitives.ReadUInt64LittleEndian(Read(device, 0x21, 24).AsSpan(16)))
                .Bytes.ToArray(),
            Read(device, 0x22, (int)Items("extends: pc.yaml\n").Files[2].Length));
    }

    [Fact]
    public void Only_soft_off_is_a_sleeping_state() =>
        Assert.Equal([0x80, 0, 0, 0, 0, 0x80, 0], Read(Device("extends: pc.yaml\n"), 0x23, 7));

    [Fact]
    public void What_the_profile_adds_is_there()
    {
        _bench.With("blob.bin", [1, 2, 3]);
        FwCfgItems items = Items(
            """
            extends: pc.yaml
            firmware-config:
              opt/a: { file: blob.bin }
              opt/b: { string: "é" }
              opt/c: { hex: "ff 00" }
              opt/d: { string: x, writable: 4 }
              opt/e: { file: blob.bin, writable: 3 }
            """);
        FwCfg device = new(items, new FlatMemory());

        Assert.Equal(
            [new("opt/a", 0x24, 3, false), new("opt/b", 0x25, 2, false), new("opt/c", 0x26, 2, false), new("opt/d", 0x27, 4, true),
             new("opt/e", 0x28, 3, true)],
            items.Files.Skip(4));
        Assert.Equal([1, 2, 3], Read(device, 0x24, 3));
        Assert.Equal([0xc3, 0xa9, 0], Read(device, 0x25, 3));
        Assert.Equal([0xff, 0], Read(device, 0x26, 2));
        Assert.Equal([(byte)'x', 0, 0, 0], Read(device, 0x27, 4));
        Assert.Equal([1, 2, 3], Read(device, 0x28, 3));
        Assert.Empty(_messages.ToString());
    }

    [Fact]
    public void A_name_that_is_not_for_users_is_taken_with_a_warning()
    {
        Items("extends: pc.yaml\nfirmware-config: { bootorder: { string: x } }\n");

        Assert.Equal(
            "firmware-config: warning: bootorder does not begin with opt/; the names that do are yours, the others are the machine's\n",
            _messages.ToString());
    }

    [Theory]
    [InlineData("gone", "gone: there is no such file.")]
    [InlineData("blob, writable: 2", "blob: the file has 3 bytes, and the item opt/a of firmware-config can have 2.")]
    [InlineData(".", "this is a directory, not a file.")]
    public void A_file_that_cannot_be_an_item_is_told(string file, string words)
    {
        _bench.With("blob", [1, 2, 3]);

        var error = Assert.Throws<BootException>(() => Items($"extends: pc.yaml\nfirmware-config: {{ opt/a: {{ file: {file} }} }}\n"));

        Assert.EndsWith(words, error.Message, StringComparison.Ordinal);
    }

    private FwCfg Device(string yaml) => new(Items(yaml), new FlatMemory());

    private FwCfgItems Items(string yaml)
    {
        MachineProfile profile = _bench.ReadValid(yaml);
        var map = new MemoryMap(profile.MemoryBytes);
        return FirmwareConfiguration.Build(profile, map, FirmwareTables.Build(FirmwareMachine.Of(profile, map)), _messages);
    }

    private static ulong Number(FwCfg device, ushort key, int size)
    {
        byte[] bytes = Read(device, key, size + 1);
        Assert.Equal(0, bytes[size]);
        return BinaryPrimitives.ReadUInt64LittleEndian([.. bytes, .. new byte[8]]);
    }

    private static byte[] Read(FwCfg device, ushort key, int count)
    {
        device.Write(FwCfg.SelectorOffset, 2, key);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)device.Read(1, 1))];
    }
}
