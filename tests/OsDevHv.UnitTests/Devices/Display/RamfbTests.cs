using System.Buffers.Binary;
using System.Globalization;
using CsCheck;
using OsDevHv.Devices;
using OsDevHv.Machine.Memory;
using OsDevHv.Tests.Boot;

namespace OsDevHv.Tests.Devices;

/// <summary>What is written to etc/ramfb (QEMU hw/display/ramfb.c), in a machine with RAM at 0 to 3 GiB and 4 to 6 GiB.</summary>
public sealed class RamfbTests : IGuestErrorLog
{
    private const uint Xr24 = 0x34325258;
    private const ulong RamEnd = 0xc000_0000;
    private const ulong HighRam = 1UL << 32;
    private const ulong HighRamEnd = HighRam + (2UL << 30);

    private readonly SparseRam _ram = new(new MemoryMap(5UL << 30));
    private readonly List<string> _problems = [];
    private readonly Ramfb _ramfb;

    public RamfbTests() => _ramfb = new Ramfb(_ram, this);

    void IGuestErrorLog.Report(string device, string problem, ulong value) =>
        _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{device}: {problem} {value:x}"));

    [Fact]
    public void There_is_no_frame_before_the_guest_asks_for_one() => Assert.Null(_ramfb.Frame);

    [Theory]
    [InlineData("XR24", PixelFormat.Xrgb8888, 4)]
    [InlineData("AR24", PixelFormat.Argb8888, 4)]
    [InlineData("XB24", PixelFormat.Xbgr8888, 4)]
    [InlineData("AB24", PixelFormat.Abgr8888, 4)]
    [InlineData("RG24", PixelFormat.Rgb888, 3)]
    public void Every_format_of_qemu_is_taken(string fourcc, PixelFormat format, int bytes)
    {
        uint code = BinaryPrimitives.ReadUInt32LittleEndian(System.Text.Encoding.ASCII.GetBytes(fourcc));

        Configure(0x100000, code, 640, 480, 0);

        Assert.Equal(new FrameLayout(0x100000, format, 640, 480, 640 * bytes), _ramfb.Frame);
        Assert.Equal(bytes, format.BytesPerPixel());
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData(0, 1, 1, 4)]
    [InlineData(RamEnd - 4, 1, 1, 4)]
    [InlineData(HighRamEnd - 4, 1, 1, int.MaxValue)]
    [InlineData(3, 640, 480, 2560)]
    [InlineData(3, 640, 480, 2561)]
    [InlineData(0, 16384, 16384, 0)]
    [InlineData(HighRam, 16384, 16384, 65536)]
    [InlineData(HighRamEnd - (2 * 4096) - 40, 10, 3, 4096)]
    public void A_frame_may_be_anywhere_in_ram_with_gaps_between_its_rows(ulong address, uint width, uint height, uint stride)
    {
        Configure(address, Xr24, width, height, stride);

        int bytes = stride == 0 ? 4 * (int)width : (int)stride;
        Assert.Equal(new FrameLayout(address, PixelFormat.Xrgb8888, (int)width, (int)height, bytes), _ramfb.Frame);
        Assert.Equal(0, _ram.PagesTouched);
    }

    [Theory]
    [InlineData(0, 0, 640, 480, 0, "fourcc that is not XR24, AR24, XB24, AB24 or RG24 0")]
    [InlineData(0, 0x36314752, 640, 480, 0, "fourcc that is not XR24, AR24, XB24, AB24 or RG24 36314752")]
    [InlineData(0, 0x58523234, 640, 480, 0, "fourcc that is not XR24, AR24, XB24, AB24 or RG24 58523234")]
    [InlineData(0, Xr24, 0, 480, 0, "width that is not 1 to 16384 0")]
    [InlineData(0, Xr24, 16385, 480, 0, "width that is not 1 to 16384 4001")]
    [InlineData(0, Xr24, 0x40000001, 480, 0, "width that is not 1 to 16384 40000001")]
    [InlineData(0, Xr24, 640, 0, 0, "height that is not 1 to 16384 0")]
    [InlineData(0, Xr24, 640, uint.MaxValue, 0, "height that is not 1 to 16384 ffffffff")]
    [InlineData(0, Xr24, 640, 480, 2559, "stride that is shorter than a row 9ff")]
    [InlineData(0, Xr24, 640, 480, 0x80000000, "stride of 2 GiB or more 80000000")]
    [InlineData(0, Xr24, 640, 480, 0xffffffff, "stride of 2 GiB or more ffffffff")]
    [InlineData(0, Xr24, 640, 480, 0x7fffffff, "address of a frame that is not all in RAM 0")]
    [InlineData(RamEnd - 3, Xr24, 1, 1, 0, "address of a frame that is not all in RAM bffffffd")]
    [InlineData(RamEnd, Xr24, 1, 1, 0, "address of a frame that is not all in RAM c0000000")]
    [InlineData(HighRam - 4, Xr24, 2, 1, 0, "address of a frame that is not all in RAM fffffffc")]
    [InlineData(HighRamEnd - 4095, Xr24, 1024, 1, 0, "address of a frame that is not all in RAM 17ffff001")]
    [InlineData(ulong.MaxValue, Xr24, 1, 1, 0, "address of a frame that is not all in RAM ffffffffffffffff")]
    [InlineData(ulong.MaxValue - 65535, Xr24, 16384, 16384, 0, "address of a frame that is not all in RAM ffffffffffff0000")]
    public void A_wrong_field_is_told_and_what_was_accepted_stays(
        ulong address, uint fourcc, uint width, uint height, uint stride, string problem)
    {
        Configure(0x100000, Xr24, 64, 32, 0);

        Configure(address, fourcc, width, height, stride);

        Assert.Equal([$"ramfb: {problem}"], _problems);
        Assert.Equal(new FrameLayout(0x100000, PixelFormat.Xrgb8888, 64, 32, 256), _ramfb.Frame);
    }

    [Fact]
    public void It_can_be_configured_anew_at_any_time_and_flags_mean_nothing()
    {
        Configure(0x100000, Xr24, 64, 32, 0);
        Configure(0x200000, 0x34324752, 800, 600, 4000, flags: uint.MaxValue);

        Assert.Equal(new FrameLayout(0x200000, PixelFormat.Rgb888, 800, 600, 4000), _ramfb.Frame);
        Assert.Empty(_problems);
    }

    [Fact]
    public void Reset_takes_the_frame_away()
    {
        Configure(0x100000, Xr24, 64, 32, 0);

        _ramfb.OnReset();

        Assert.Null(_ramfb.Frame);
    }

    [Fact]
    public void The_guest_configures_it_by_a_dma_write_to_its_item()
    {
        Ramfb? ramfb = null;
        FwCfgBench bench = new((items, of) =>
            items.AddWritableFile(Ramfb.ItemName, new byte[Ramfb.ItemSize], ramfb = new Ramfb(of.Ram, of)));
        Assert.True(bench.Ram.TryWrite(0x100, Item(0x100000, Xr24, 0, 64, 32, 0)));

        Assert.Equal(0u, bench.Dma(Ramfb.ItemName, FwCfgBench.WriteBit, Ramfb.ItemSize, 0x100));

        Assert.Equal(new FrameLayout(0x100000, PixelFormat.Xrgb8888, 64, 32, 256), ramfb!.Frame);
        Assert.Equal(Item(0x100000, Xr24, 0, 64, 32, 0), bench.Item(bench.Key(Ramfb.ItemName), Ramfb.ItemSize));
    }

    [Fact]
    public void Whatever_its_fields_say_the_frame_is_in_ram_or_the_configuration_is_refused()
    {
        Gen<uint> number = Gen.OneOf(
            Gen.UInt[0, 40], Gen.UInt[16380, 16390], Gen.UInt[0x7ffffff0, 0x80000010],
            Gen.UInt[uint.MaxValue - 8, uint.MaxValue], Gen.UInt);
        Gen<uint> fourcc = Gen.Frequency((8, Gen.OneOf<uint>(Xr24, 0x34325241u, 0x34324258u, 0x34324241u, 0x34324752u)), (1, Gen.UInt));
        Gen<ulong> address = Gen.OneOf(
            Gen.ULong[0, 6UL << 30], Gen.ULong[RamEnd - 70000, RamEnd + 9], Gen.ULong[HighRam - 9, HighRam + 9],
            Gen.ULong[HighRamEnd - 70000, HighRamEnd], Gen.ULong[ulong.MaxValue - 70000, ulong.MaxValue], Gen.ULong);
        Gen.Select(address, fourcc, number, number, number, number).Sample(
            (at, code, flags, width, height, stride) =>
            {
                RamfbTests bench = new();
                bench._ramfb.OnWritten(Item(at, code, flags, width, height, stride));
                FrameLayout? expected = Expected(at, code, width, height, stride);
                Assert.Equal(expected, bench._ramfb.Frame);
                Assert.Equal(expected is null ? 1 : 0, bench._problems.Count);
                Assert.Equal(0, bench._ram.PagesTouched);
            },
            iter: 50_000);
    }

    private static FrameLayout? Expected(ulong address, uint fourcc, uint width, uint height, uint stride)
    {
        int format = Array.IndexOf([Xr24, 0x34325241u, 0x34324258u, 0x34324241u, 0x34324752u], fourcc);
        if (format < 0 || width is 0 or > 16384 || height is 0 or > 16384)
        {
            return null;
        }

        Int128 row = (Int128)width * (format == 4 ? 3 : 4);
        Int128 step = stride == 0 ? row : stride;
        Int128 end = address + (step * (height - 1)) + row;
        bool isInRam = end <= RamEnd || (address >= HighRam && end <= HighRamEnd);
        return step < row || step > int.MaxValue || !isInRam
            ? null
            : new FrameLayout(address, (PixelFormat)format, (int)width, (int)height, (int)step);
    }

    private void Configure(ulong address, uint fourcc, uint width, uint height, uint stride, uint flags = 0) =>
        _ramfb.OnWritten(Item(address, fourcc, flags, width, height, stride));

    private static byte[] Item(ulong address, uint fourcc, uint flags, uint width, uint height, uint stride)
    {
        byte[] item = new byte[28];
        BinaryPrimitives.WriteUInt64BigEndian(item, address);
        uint[] fields = [fourcc, flags, width, height, stride];
        for (int i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(item.AsSpan(8 + (4 * i)), fields[i]);
        }

        return item;
    }
}
