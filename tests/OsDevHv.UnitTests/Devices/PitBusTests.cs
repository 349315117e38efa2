using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>Read operations, the read-back command and the control word of the Intel 8254 data sheet.</summary>
public sealed class PitBusTests
{
    private const byte LatchCounter2 = 0x80;

    private readonly PitBench _pit = new();

    [Fact]
    public void A_count_is_written_and_read_low_byte_first()
    {
        _pit.Gate2 = false;
        _pit.Control = 0xb4;
        _pit.Write(2, 0x34, 0x12);
        _pit.Run(1);

        Assert.Equal(0x34, _pit.Read(2));
        Assert.Equal(0x12, _pit.Read(2));
        Assert.Equal(0x34, _pit.Read(2));
    }

    [Fact]
    public void Reading_between_the_two_bytes_of_a_count_does_not_mix_them_up()
    {
        _pit.Gate2 = false;
        _pit.Control = 0xb4;
        _pit.Write(2, 0x34, 0x12);
        _pit.Run(1);

        byte low = _pit.Read(2);
        _pit.Write(2, 0x78);
        byte high = _pit.Read(2);
        _pit.Write(2, 0x56);

        Assert.Equal(0x34, low);
        Assert.Equal(0x12, high);
        Assert.Equal(0x5678, _pit.Pit.Counter(2).Reload);
    }

    [Fact]
    public void Low_byte_access_leaves_the_high_byte_0()
    {
        _pit.Control = 0x94;
        _pit.Write(2, 0x12);
        _pit.Run(1);

        Assert.Equal(0x0012, _pit.Pit.Counter(2).Reload);
        Assert.Equal(0x12, _pit.Read(2));
        Assert.Equal(0x12, _pit.Read(2));
    }

    [Fact]
    public void High_byte_access_leaves_the_low_byte_0()
    {
        _pit.Control = 0xa4;
        _pit.Write(2, 0x12);
        _pit.Run(1);

        Assert.Equal(0x1200, _pit.Pit.Counter(2).Reload);
        Assert.Equal(0x12, _pit.Read(2));
        Assert.Equal(0x12, _pit.Read(2));
    }

    [Fact]
    public void A_latched_count_is_held_until_it_is_read()
    {
        _pit.Program2(0, 0xff);
        _pit.Run(11);

        _pit.Control = LatchCounter2;
        _pit.Run(5);
        byte latched = _pit.Read(2);

        Assert.Equal(0xf5, latched);
        Assert.Equal(0xf0, _pit.Read(2));
    }

    [Fact]
    public void A_second_latch_command_before_reading_is_ignored()
    {
        _pit.Gate2 = true;
        _pit.Control = 0xb0;
        _pit.Write(2, 0x00, 0x10);
        _pit.Run(2);

        _pit.Control = LatchCounter2;
        _pit.Run(0x200);
        _pit.Control = LatchCounter2;

        Assert.Equal(0x0fff, _pit.ReadWord(2));
        Assert.Equal(0x0dff, _pit.ReadWord(2));
    }

    [Fact]
    public void A_latched_count_is_read_from_its_low_byte_after_half_a_read()
    {
        _pit.Gate2 = false;
        _pit.Control = 0xb4;
        _pit.Write(2, 0x34, 0x12);
        _pit.Run(1);

        _pit.Read(2);
        _pit.Control = LatchCounter2;

        Assert.Equal(0x1234, _pit.ReadWord(2));
    }

    [Fact]
    public void A_latch_command_leaves_the_mode_as_it_is()
    {
        _pit.Program2(5, 7);

        _pit.Control = 0x8e;

        Assert.Equal(5, _pit.Pit.Counter(2).Mode);
    }

    [Fact]
    public void A_control_word_ends_a_latch()
    {
        _pit.Program2(0, 0x40);
        _pit.Run(1);
        _pit.Control = LatchCounter2;

        _pit.Program2(0, 0x20);
        _pit.Run(1);

        Assert.Equal(0x20, _pit.Read(2));
    }

    [Fact]
    public void Read_back_latches_the_counts_of_the_counters_it_names()
    {
        _pit.Control = 0x14;
        _pit.Write(0, 100);
        _pit.Control = 0x54;
        _pit.Write(1, 90);
        _pit.Program2(2, 80);
        _pit.Run(1);

        _pit.Control = 0xda;
        _pit.Run(3);

        Assert.Equal(100, _pit.Read(0));
        Assert.Equal(87, _pit.Read(1));
        Assert.Equal(80, _pit.Read(2));
    }

    [Fact]
    public void Read_back_status_gives_output_null_count_access_mode_and_BCD()
    {
        _pit.Gate2 = true;
        _pit.Control = 0xb3;
        _pit.Control = 0xe8;
        byte programmed = _pit.Read(2);
        _pit.Write(2, 5, 0);
        _pit.Trigger2();
        _pit.Run(1);
        _pit.Control = 0xe8;

        Assert.Equal(0xf3, programmed);
        Assert.Equal(0x33, _pit.Read(2));
    }

    [Theory]
    [InlineData(0x9c)]
    [InlineData(0x9e)]
    public void Status_shows_the_mode_as_it_was_written(byte control)
    {
        _pit.Control = control;
        _pit.Control = 0xe8;

        Assert.Equal(control & 0x3f, _pit.Read(2) & 0x3f);
    }

    [Fact]
    public void Status_comes_before_the_count_when_both_are_latched()
    {
        _pit.Gate2 = true;
        _pit.Control = 0xb0;
        _pit.Write(2, 0x34, 0x12);
        _pit.Run(1);

        _pit.Control = 0xc8;
        _pit.Run(10);

        Assert.Equal(0x30, _pit.Read(2));
        Assert.Equal(0x34, _pit.Read(2));
        Assert.Equal(0x12, _pit.Read(2));
        Assert.Equal(0x2a, _pit.Read(2));
    }

    [Fact]
    public void A_second_status_latch_before_reading_is_ignored()
    {
        _pit.Program2(0, 2);
        _pit.Control = 0xe8;
        _pit.Run(5);
        _pit.Control = 0xe8;

        Assert.Equal(0x50, _pit.Read(2));
    }

    [Fact]
    public void Null_count_rises_with_the_control_word_and_falls_when_the_count_is_loaded()
    {
        _pit.Gate2 = true;
        _pit.Control = 0xb4;
        bool programmed = _pit.Pit.Counter(2).NullCount;
        _pit.Write(2, 3, 0);
        bool written = _pit.Pit.Counter(2).NullCount;
        _pit.Run(1);
        bool loaded = _pit.Pit.Counter(2).NullCount;
        _pit.Write(2, 9);
        bool half = _pit.Pit.Counter(2).NullCount;
        _pit.Write(2, 0);
        bool pending = _pit.Pit.Counter(2).NullCount;
        _pit.Run(3);

        Assert.Equal([true, true, false, false, true, false], [programmed, written, loaded, half, pending, _pit.Pit.Counter(2).NullCount]);
    }

    [Fact]
    public void A_count_takes_effect_at_the_next_tick_of_the_crystal()
    {
        _pit.Run(1000, nanosecondsMore: 500);
        _pit.Program2(0, 1);

        _pit.Clock.Now = PitBench.TimeOf(1002) - 1;
        bool before = _pit.Pit.Counter(2).Out;
        _pit.Clock.Now = PitBench.TimeOf(1002);

        Assert.False(before);
        Assert.True(_pit.Pit.Counter(2).Out);
    }

    [Fact]
    public void Port_43h_reads_0()
    {
        Assert.Equal(0, _pit.Read(3));
    }

    [Fact]
    public void Looking_at_a_counter_changes_nothing()
    {
        _pit.Control = 0x34;
        _pit.Write(0, 10, 0);
        int calls = _pit.Irq0.Calls;
        _pit.Oversleep(1000);

        _pit.Pit.Counter(0);
        _pit.Read(0);

        Assert.Equal(calls, _pit.Irq0.Calls);
    }
}
