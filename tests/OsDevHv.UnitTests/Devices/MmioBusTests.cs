using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class MmioBusTests
{
    private readonly MmioBus _bus = new();

    [Fact]
    public void A_device_above_4_GiB_gets_an_8_byte_access_whole()
    {
        RecordingDevice device = Map("bar", 0x10_0000_0000, 0x1000, accessSize: 8, answer: 0x1122334455667788);

        ulong value = _bus.Read(0x10_0000_0ff8, 8);

        Assert.Equal(0x1122334455667788u, value);
        Assert.Equal(["r8@FF8"], device.Calls);
    }

    [Fact]
    public void An_8_byte_access_to_a_32_bit_device_is_two()
    {
        RecordingDevice device = Map("apic", 0xfee00000, 0x1000, accessSize: 4);

        _bus.Write(0xfee00080, 8, 0x1122334455667788);

        Assert.Equal(["w4@80=55667788", "w4@84=11223344"], device.Calls);
    }

    [Theory]
    [InlineData(3, 0xffffffUL)]
    [InlineData(5, 0xff_ffff_ffffUL)]
    [InlineData(8, ulong.MaxValue)]
    public void An_unclaimed_read_gives_ones_of_its_size(int size, ulong expected)
    {
        Assert.Equal(expected, _bus.Read(0xfed40000, size));
    }

    [Fact]
    public void The_last_address_can_be_claimed_and_what_is_past_it_is_address_0()
    {
        RecordingDevice device = Map("last", ulong.MaxValue, 1, accessSize: 1);

        _bus.Write(ulong.MaxValue, 2, 0x2211);

        Assert.Equal(["w1@0=11"], device.Calls);
        Assert.Equal([new UnclaimedAccess(0, 1, true, 1)], _bus.Unclaimed.Snapshot());
    }

    [Fact]
    public void A_range_beyond_the_last_address_is_refused()
    {
        Assert.False(_bus.TryMap(new DeviceSlot("far", new RecordingDevice(1)), ulong.MaxValue, 2, 0, out string? error));
        Assert.Contains("far claims 2 addresses from FFFFFFFFFFFFFFFFh on", error);
    }

    [Fact]
    public void Overlapping_devices_are_refused_by_name_and_range()
    {
        Map("hpet", 0xfed00000, 0x400, accessSize: 8);

        Assert.False(_bus.TryMap(new DeviceSlot("flash", new RecordingDevice(1)), 0xfec00000, 0x100400, 0, out string? error));
        Assert.Equal("flash and hpet both claim addresses FED00000h-FED003FFh.", error);
    }

    /// <summary>However it is split, an access reaches each byte, and a device gets only what it said that it takes.</summary>
    [Fact]
    public void Every_byte_of_every_access_goes_where_a_byte_wise_bus_would_take_it()
    {
        Gen.Select(Gen.Int[0, 63], Gen.Int[1, 8], Gen.ULong, Gen.Int[0, 3], Gen.Int[0, 3]).Sample(
            (start, size, value, firstWidth, secondWidth) =>
            {
                MmioBus bus = new();
                ByteMemory first = new(1 << firstWidth, 13);
                ByteMemory second = new(1 << secondWidth, 20);
                Assert.True(bus.TryMap(new DeviceSlot("first", first), 5, 13, 0, out _));
                Assert.True(bus.TryMap(new DeviceSlot("second", second), 18, 20, 0, out _));

                bus.Write((ulong)start, size, value);
                ulong readBack = bus.Read((ulong)start, size);

                for (int i = 0; i < size; i++)
                {
                    int at = start + i;
                    byte written = (byte)(value >> (8 * i));
                    byte expected = at is >= 5 and < 38 ? written : (byte)0xff;
                    Assert.Equal(expected, (byte)(readBack >> (8 * i)));
                    if (at is >= 5 and < 38)
                    {
                        Assert.Equal(written, at < 18 ? first.Bytes[at - 5] : second.Bytes[at - 18]);
                    }
                }

                Assert.Equal(0UL, size == 8 ? 0 : readBack >> (8 * size));
            },
            iter: 5_000);
    }

    private RecordingDevice Map(string name, ulong address, ulong count, int accessSize, ulong answer = 0)
    {
        RecordingDevice device = new(accessSize, answer);
        Assert.True(_bus.TryMap(new DeviceSlot(name, device), address, count, 0, out string? error), error);
        return device;
    }

    private sealed class ByteMemory(int accessSize, int length) : IBusDevice
    {
        public byte[] Bytes { get; } = new byte[length];

        public int AccessSize => accessSize;

        public ulong Read(ulong offset, int size)
        {
            CheckShape(offset, size);
            ulong value = 0;
            for (int i = 0; i < size; i++)
            {
                value |= (ulong)Bytes[(int)offset + i] << (8 * i);
            }

            return value;
        }

        public void Write(ulong offset, int size, ulong value)
        {
            CheckShape(offset, size);
            for (int i = 0; i < size; i++)
            {
                Bytes[(int)offset + i] = (byte)(value >> (8 * i));
            }
        }

        public void ExchangeState(StateExchange state)
        {
        }

        public void Reset()
        {
        }

        private void CheckShape(ulong offset, int size)
        {
            Assert.True(size is 1 or 2 or 4 or 8);
            Assert.True(size <= accessSize);
            Assert.Equal(0UL, offset % (ulong)size);
        }
    }
}
