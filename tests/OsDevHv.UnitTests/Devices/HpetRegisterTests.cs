using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class HpetRegisterTests
{
    private readonly HpetBench _hpet = new();

    [Fact]
    public void Capabilities_tell_100_MHz_Intel_64_bits_legacy_replacement_and_three_timers()
    {
        ulong value = _hpet.Hpet.Read(0, 8);

        Assert.Equal(10_000_000u, value >> 32);
        Assert.Equal(0x8086u, value >> 16 & 0xffff);
        Assert.Equal(0x2000u, value & 0x2000);
        Assert.Equal(0x8000u, value & 0x8000);
        Assert.Equal(3u - 1, value >> 8 & 0x1f);
        Assert.NotEqual(0u, value & 0xff);
    }

    [Fact]
    public void Capabilities_count_32_timers()
    {
        HpetBench many = new(32);

        Assert.Equal(31u, many.Hpet.Capabilities >> 8 & 0x1f);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(33)]
    public void A_block_of_other_than_3_to_32_timers_is_refused(int timers)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HpetBench(timers));
    }

    [Fact]
    public void The_halves_of_a_register_are_read_and_written_on_their_own()
    {
        _hpet.Hpet.Write(0xf0, 4, 0x11111111);
        _hpet.Hpet.Write(0xf4, 4, 0x22222222);

        Assert.Equal(0x22222222_11111111u, _hpet.Counter);
        Assert.Equal(0x22222222u, _hpet.Hpet.Read(0xf4, 4) & uint.MaxValue);
        Assert.Equal(10_000_000u, _hpet.Hpet.Read(4, 4) & uint.MaxValue);
        Assert.Equal(0x00ff0104u, _hpet.Hpet.Read(0x104, 4) & uint.MaxValue);
    }

    [Fact]
    public void The_counter_stands_until_it_is_enabled_and_then_counts_100_MHz()
    {
        _hpet.Run(1000);
        ulong halted = _hpet.Counter;
        _hpet.Configuration = 1;
        _hpet.Run(100_000_000);
        ulong second = _hpet.Counter;
        _hpet.Configuration = 0;
        _hpet.Run(1000);

        Assert.Equal(0u, halted);
        Assert.Equal(100_000_000u, second);
        Assert.Equal(100_000_000u, _hpet.Counter);
    }

    [Fact]
    public void The_counter_is_written_while_halted_only()
    {
        _hpet.Counter = 500;
        _hpet.Configuration = 1;
        _hpet.Counter = 7;
        _hpet.Run(1);

        Assert.Equal(501u, _hpet.Counter);
        Assert.Equal(["main counter written while it runs"], _hpet.Problems);
    }

    [Fact]
    public void The_counter_wraps_at_64_bits()
    {
        _hpet.Counter = ulong.MaxValue;
        _hpet.Configuration = 1;
        _hpet.Run(2);

        Assert.Equal(1u, _hpet.Counter);
    }

    [Fact]
    public void After_reset_timers_are_off_and_can_be_periodic_wide_and_send_messages()
    {
        Assert.Equal(0x00ff0104_00008030u, _hpet.Config(0));
        Assert.Equal(0x00ff0104_00008030u, _hpet.Config(2));
        Assert.Equal(ulong.MaxValue, _hpet.Comparator(1));
    }

    [Fact]
    public void Only_writable_bits_of_a_timers_configuration_change()
    {
        _hpet.SetConfig(0, ulong.MaxValue & ~HpetBench.Route(31) | HpetBench.Route(23));

        Assert.Equal(0x00ff0104_0000ef7eu, _hpet.Config(0));
        Assert.Contains("reserved bits of a timer's configuration", _hpet.Problems);
    }

    [Fact]
    public void A_route_to_a_pin_that_is_not_capable_is_not_taken()
    {
        _hpet.SetConfig(0, HpetBench.Route(20));
        _hpet.SetConfig(0, HpetBench.Route(3));

        Assert.Equal(HpetBench.Route(20), _hpet.Config(0) & HpetBench.Route(31));
        Assert.Equal(["route to a pin that the timer cannot reach"], _hpet.Problems);
    }

    [Fact]
    public void VAL_SET_is_cleared_by_writing_the_comparator_and_not_kept_for_a_one_shot()
    {
        _hpet.SetConfig(0, HpetBench.ValueSet);
        ulong oneShot = _hpet.Config(0) & HpetBench.ValueSet;
        _hpet.SetConfig(0, HpetBench.ValueSet | HpetBench.Periodic);
        ulong periodic = _hpet.Config(0) & HpetBench.ValueSet;
        _hpet.SetComparator(0, 5);

        Assert.Equal(0u, oneShot);
        Assert.Equal(HpetBench.ValueSet, periodic);
        Assert.Equal(0u, _hpet.Config(0) & HpetBench.ValueSet);
    }

    [Fact]
    public void A_32_bit_timer_has_a_32_bit_comparator()
    {
        _hpet.SetComparator(0, 0x12345678_9abcdef0);
        _hpet.SetConfig(0, HpetBench.Narrow);
        ulong cut = _hpet.Comparator(0);
        _hpet.SetComparator(0, 0x11111111_22222222);

        Assert.Equal(0x9abcdef0u, cut);
        Assert.Equal(0x22222222u, _hpet.Comparator(0));
    }

    [Fact]
    public void Timers_that_are_not_there_read_0()
    {
        _hpet.SetConfig(3, HpetBench.Enable);

        Assert.Equal(0u, _hpet.Config(3));
        Assert.Equal(["write to a timer that is not there"], _hpet.Problems);
    }

    [Fact]
    public void Reserved_bits_of_the_general_configuration_read_0()
    {
        _hpet.Configuration = ulong.MaxValue;

        Assert.Equal(3u, _hpet.Configuration);
        Assert.Single(_hpet.Problems);
    }

    [Fact]
    public void Reset_halts_lowers_lines_and_gives_IRQ_0_and_8_back()
    {
        _hpet.SetConfig(2, HpetBench.Enable | HpetBench.Level | HpetBench.Route(16));
        _hpet.SetComparator(2, 10);
        _hpet.Configuration = 3;
        _hpet.Run(10);
        _hpet.TakeEvents();

        _hpet.Hpet.Reset();

        Assert.Equal("-16 native", _hpet.TakeEvents());
        Assert.False(_hpet.Hpet.Enabled);
        Assert.Equal(0u, _hpet.Counter);
        Assert.Equal(0u, _hpet.Status);
        Assert.Equal(IDeviceClock.Never, _hpet.Clock.Alarm);
    }
}
