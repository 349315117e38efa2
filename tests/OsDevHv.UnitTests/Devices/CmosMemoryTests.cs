using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class CmosMemoryTests
{
    private const ulong MiB = 1 << 20;
    private const ulong GiB = 1 << 30;

    [Theory]
    [InlineData(64 * MiB, 0, 640, 64_512, 768, 0)]
    [InlineData(128 * MiB, 0, 640, 65_535, 1_792, 0)]
    [InlineData(8 * MiB, 0, 640, 7_168, 0, 0)]
    [InlineData(512 * 1024, 0, 512, 0, 0, 0)]
    [InlineData(8 * GiB, 5 * GiB, 640, 65_535, 48_896, 81_920)]
    [InlineData(GiB, 2 * GiB, 0, 0, 0, 16_384)]
    public void Memory_sizes_are_where_firmware_and_kernels_look(
        ulong memory, ulong above4GiB, int baseKiB, int extendedKiB, int above16MiB, int above4GiBIn64KiB)
    {
        RtcBench rtc = new(memory: memory, options: new CmosRtcOptions { MemoryAbove4GiB = above4GiB });

        Assert.Equal(baseKiB, rtc[0x15] | (rtc[0x16] << 8));
        Assert.Equal(extendedKiB, rtc[0x17] | (rtc[0x18] << 8));
        Assert.Equal(extendedKiB, rtc[0x30] | (rtc[0x31] << 8));
        Assert.Equal(above16MiB, rtc[0x34] | (rtc[0x35] << 8));
        Assert.Equal(above4GiBIn64KiB, rtc[0x5b] | (rtc[0x5c] << 8) | (rtc[0x5d] << 16));
    }

    [Fact]
    public void The_checksum_is_that_of_10h_to_2Dh()
    {
        RtcBench rtc = new(options: new CmosRtcOptions { Contents = new Dictionary<byte, byte> { [0x10] = 0xff, [0x2d] = 0xff } });

        int sum = Enumerable.Range(0x10, 0x1e).Sum(i => rtc[i]);

        Assert.True(sum > 0x1fe);
        Assert.Equal(sum, (rtc[0x2e] << 8) | rtc[0x2f]);
    }

    [Fact]
    public void Contents_given_replace_the_firmwares_even_the_checksum()
    {
        RtcBench rtc = new(options: new CmosRtcOptions
        {
            Contents = new Dictionary<byte, byte> { [0x0f] = 0x05, [0x14] = 0x77, [0x2e] = 0x12, [0x2f] = 0x34, [0x7f] = 0x99 },
            ExtendedContents = new Dictionary<byte, byte> { [0x00] = 0x42 },
        });

        Assert.Equal([0x05, 0x77, 0x12, 0x34, 0x99], new[] { rtc[0x0f], rtc[0x14], rtc[0x2e], rtc[0x2f], rtc[0x7f] });
        rtc.Rtc.Write(2, 1, 0x00);
        Assert.Equal(0x42u, rtc.Rtc.Read(3, 1));
    }

    [Theory]
    [InlineData(0x0d)]
    [InlineData(0x32)]
    [InlineData(0x80)]
    public void Contents_for_registers_or_beyond_the_bank_are_refused(byte index)
    {
        CmosRtcOptions options = new() { Contents = new Dictionary<byte, byte> { [index] = 0 } };

        Assert.Throws<ArgumentException>(() => new RtcBench(options: options));
    }

    [Fact]
    public void The_guest_writes_both_banks()
    {
        RtcBench rtc = new();

        rtc[0x40] = 0x12;
        rtc.Rtc.Write(2, 1, 0xc0);
        rtc.Rtc.Write(3, 1, 0x34);
        rtc.Rtc.Write(2, 1, 0x40);

        Assert.Equal(0x12, rtc[0x40]);
        Assert.Equal(0x34u, rtc.Rtc.Read(3, 1));
    }

    [Fact]
    public void Bit_7_of_the_index_masks_NMI_and_is_no_part_of_the_index()
    {
        RtcBench rtc = new();

        rtc.Rtc.Write(0, 1, 0x8d);
        bool masked = rtc.Rtc.NmiMasked;
        ulong read = rtc.Rtc.Read(1, 1);
        rtc.Rtc.Write(0, 1, 0x0d);

        Assert.True(masked);
        Assert.Equal(0x80u, read);
        Assert.False(rtc.Rtc.NmiMasked);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Index_ports_read_all_ones(ulong offset)
    {
        Assert.Equal(0xffu, new RtcBench().Rtc.Read(offset, 1));
    }

    [Fact]
    public void Registers_C_and_D_cannot_be_written()
    {
        RtcBench rtc = new();

        rtc[0x0c] = 0xff;
        rtc[0x0d] = 0x00;

        Assert.Equal(0x00, rtc[0x0c]);
        Assert.Equal(0x80, rtc[0x0d]);
    }

    [Fact]
    public void Reset_keeps_memory_but_for_the_shutdown_status()
    {
        RtcBench rtc = new();
        rtc[0x0f] = 0x0a;
        rtc[0x50] = 0x55;

        rtc.Rtc.Reset();

        Assert.Equal(0x00, rtc[0x0f]);
        Assert.Equal(0x55, rtc[0x50]);
    }
}
