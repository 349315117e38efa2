using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

/// <summary>Firmware tables beside a kernel that is loaded.</summary>
public sealed class FirmwareTests : IDisposable
{
    private readonly BootBench _bench = new() { Firmware = FirmwareTables.Build(Machine) };

    private static FirmwareMachine Machine { get; } = new() { CpuCount = 2, Memory = new MemoryMap(16 << 20), Uarts = [new(0x3f8, 4)] };

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Multiboot2_hands_over_the_root_pointers_and_the_smbios_entry_point()
    {
        BootedImage image = _bench.Load(TestElf.WithCode(false, [.. TestHeaders.Multiboot2(), 0xf4]).Build());

        Dictionary<uint, byte[]> tags = Tags(image.General.Rbx);
        Assert.Equal(_bench.Firmware!.OldRsdp.ToArray(), tags[14]);
        Assert.Equal(_bench.Firmware.NewRsdp.ToArray(), tags[15]);
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0, .. _bench.Firmware.SmbiosEntry.Span], tags[13]);
    }

    [Fact]
    public void Multiboot2_hands_over_nothing_that_is_not_there()
    {
        using BootBench bench = new() { Firmware = FirmwareTables.Build(Machine with { Tables = FirmwareTableSet.Mp }) };

        BootedImage image = bench.Load(TestElf.WithCode(false, [.. TestHeaders.Multiboot2(), 0xf4]).Build());

        uint[] types = [.. Tags(image.General.Rbx, bench.Ram).Keys];
        Assert.DoesNotContain(types, type => type is 13 or 14 or 15);
    }

    [Theory]
    [InlineData(BootProtocol.Multiboot1)]
    [InlineData(BootProtocol.Elf)]
    [InlineData(BootProtocol.Flat)]
    public void Every_protocol_leaves_the_tables_where_kernels_search(BootProtocol protocol)
    {
        byte[] kernel = protocol switch
        {
            BootProtocol.Multiboot1 => TestElf.WithCode(false, [.. TestHeaders.Multiboot1(), 0xf4]).Build(),
            BootProtocol.Elf => TestElf.WithCode(true, 0xf4).Build(),
            _ => [0xf4],
        };

        _bench.Load(_bench.Profile(kernel) with { Protocol = protocol });

        Assert.All(
            _bench.Firmware!.Tables, table => Assert.Equal(table.Bytes.ToArray(), _bench.Ram.Read(table.Address, table.Bytes.Length)));
    }

    [Fact]
    public void An_image_over_the_bios_data_area_wins()
    {
        byte[] image = [.. Enumerable.Repeat((byte)0xf4, 0x300)];

        _bench.Load(_bench.Profile(image) with { Protocol = BootProtocol.Flat, FlatAddress = 0x300 });

        Assert.Equal(image, _bench.Ram.Read(0x300, image.Length));
    }

    [Theory]
    [InlineData(0xe_0000)]
    [InlineData(0xf_0000)]
    public void An_image_in_the_bios_area_is_refused(ulong address)
    {
        BootProfile profile = _bench.Profile([0xf4]) with { Protocol = BootProtocol.Flat, FlatAddress = address };

        BootException error = Assert.Throws<BootException>(() => _bench.Load(profile));

        Assert.Contains("not all RAM that a kernel may use", error.Message, StringComparison.Ordinal);
    }

    private Dictionary<uint, byte[]> Tags(ulong information) => Tags(information, _bench.Ram);

    /// <summary>The content of each tag by its type; there are no modules, so each type occurs once.</summary>
    private static Dictionary<uint, byte[]> Tags(ulong information, SparseRam ram)
    {
        Dictionary<uint, byte[]> tags = [];
        for (ulong at = information + 8; ram.U32(at) != 0; at += (ram.U32(at + 4) + 7) & ~7u)
        {
            tags.Add(ram.U32(at), ram.Read(at + 8, (int)ram.U32(at + 4) - 8));
        }

        return tags;
    }
}
