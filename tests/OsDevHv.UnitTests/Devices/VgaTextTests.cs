using CsCheck;
using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>The registers of a VGA in text mode: FreeVGA's register pages; values of mode 3 from IBM's VGA technical reference.</summary>
public sealed class VgaTextTests
{
    private const ushort AttributePort = 0x3c0, Status = 0x3da;
    private const long FrameTime = 449 * 31_778L;

    private readonly TestClock _clock = new();
    private readonly VgaText _vga;

    public VgaTextTests() => _vga = new VgaText(_clock);

    [Fact]
    public void Power_on_is_mode_3_with_the_cursor_at_the_top_left()
    {
        VgaTextState state = _vga.Snapshot();

        Assert.Equal((80, 25, 400, 9, 16), (state.Columns, state.Rows, state.Lines, state.CharacterWidth, state.CharacterHeight));
        Assert.Equal((0, 80, 0), (state.Start, state.Pitch, state.Cursor!.Value));
        Assert.Equal((13, 14), (state.CursorFirstLine, state.CursorLastLine));
        Assert.Equal((0xb8000ul, 0x4000), (state.MemoryAddress, state.MemoryCharacters));
        Assert.Equal((false, false, true, true), (state.IsGraphics, state.IsBlank, state.Blinks, state.ExtendsLines));
    }

    [Fact]
    public void Power_on_colours_are_the_sixteen_of_a_pc()
    {
        int[] expected =
        [
            0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
            0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
        ];

        Assert.Equal(expected, _vga.Snapshot().Colors);
    }

    [Fact]
    public void A_16_bit_write_selects_and_sets_a_register()
    {
        PortBus bus = OnBus();

        bus.Write(0x3d4, 2, 0x120e);
        bus.Write(0x3d4, 2, 0x340f);

        Assert.Equal(0x1234, _vga.Snapshot().Cursor);
        Assert.Equal(0x0fu, bus.Read(0x3d4, 1));
        Assert.Equal(0x34u, bus.Read(0x3d5, 1));
    }

    [Fact]
    public void The_start_address_and_the_cursors_shape_are_registers_0a_to_0d()
    {
        Crt(0x0a, 0x03);
        Crt(0x0b, 0x65);
        Crt(0x0c, 0x07);
        Crt(0x0d, 0xd0);

        VgaTextState state = _vga.Snapshot();
        Assert.Equal((3, 5, 2000), (state.CursorFirstLine, state.CursorLastLine, state.Start));
    }

    [Fact]
    public void Bit_5_of_the_cursor_start_register_turns_the_cursor_off()
    {
        Crt(0x0a, 0x20);

        Assert.Null(_vga.Snapshot().Cursor);
    }

    [Fact]
    public void A_maximum_scan_line_of_7_gives_50_rows()
    {
        Crt(0x09, 0x47);

        Assert.Equal((50, 8), (_vga.Snapshot().Rows, _vga.Snapshot().CharacterHeight));
    }

    [Fact]
    public void The_last_line_has_its_high_bits_in_the_overflow_register()
    {
        Crt(0x11, 0x0e);
        Crt(0x07, 0x40);
        Crt(0x12, 0x00);

        Assert.Equal(513, _vga.Snapshot().Lines);
    }

    [Fact]
    public void Timing_is_protected_but_for_the_line_compare_bit()
    {
        Crt(0x00, 0x00);
        Crt(0x07, 0x00);

        Assert.Equal(0x5f, ReadCrt(0x00));
        Assert.Equal(0x0f, ReadCrt(0x07));
    }

    [Fact]
    public void Without_protection_timing_reads_back()
    {
        Crt(0x11, 0x0e);
        Crt(0x00, 0x12);

        Assert.Equal(0x12, ReadCrt(0x00));
    }

    [Fact]
    public void The_attribute_port_takes_index_and_data_in_turn()
    {
        Out(AttributePort, 0x30);
        Out(AttributePort, 0x04);

        Assert.False(_vga.Snapshot().Blinks);
        Assert.Equal(0x30, In(AttributePort));
        Assert.Equal(0x04, In(0x3c1));
    }

    [Fact]
    public void Reading_the_status_makes_the_next_attribute_write_an_index()
    {
        Out(AttributePort, 0x30);
        In(Status);
        Out(AttributePort, 0x21);
        Out(AttributePort, 0x3f);

        Assert.Equal(0xffffff, _vga.Snapshot().Colors[1]);
        Assert.True(_vga.Snapshot().Blinks);
    }

    [Fact]
    public void The_screen_is_dark_while_the_processor_has_the_palette()
    {
        In(Status);
        Out(AttributePort, 0x00);

        Assert.True(_vga.Snapshot().IsBlank);
    }

    [Fact]
    public void Bit_5_of_the_clocking_mode_makes_the_screen_dark_and_bit_0_characters_narrow()
    {
        Sequencer(1, 0x21);

        Assert.True(_vga.Snapshot().IsBlank);
        Assert.Equal(8, _vga.Snapshot().CharacterWidth);
    }

    [Fact]
    public void A_colour_changes_with_its_third_component_and_the_index_moves_on()
    {
        Out(0x3c8, 0x04);
        Out(0x3c9, 0x3f);
        Out(0x3c9, 0x20);
        Assert.Equal(0xaa0000, _vga.Snapshot().Colors[4]);

        Out(0x3c9, 0xc1);

        Assert.Equal(0xff8204, _vga.Snapshot().Colors[4]);
        Assert.Equal(0x05, In(0x3c8));
    }

    [Fact]
    public void Colours_read_back_from_the_read_index_on()
    {
        Out(0x3c7, 0x14);

        Assert.Equal([0x2a, 0x15, 0x00, 0x2a, 0x15, 0x2a], Enumerable.Range(0, 6).Select(_ => (int)In(0x3c9)));
        Assert.Equal(3, In(0x3c7));
    }

    [Fact]
    public void The_pixel_mask_takes_away_bits_of_colour_numbers()
    {
        Out(0x3c6, 0x00);

        Assert.All(_vga.Snapshot().Colors, color => Assert.Equal(0, color));
    }

    [Fact]
    public void The_colour_select_register_gives_the_high_bits_of_colour_numbers()
    {
        Out(0x3c8, 0x41);
        Out(0x3c9, 0x3f);
        Out(0x3c9, 0x3f);
        Out(0x3c9, 0x3f);
        In(Status);
        Out(AttributePort, 0x34);
        Out(AttributePort, 0x04);

        Assert.Equal(0xffffff, _vga.Snapshot().Colors[1]);
    }

    [Fact]
    public void Monochrome_moves_the_ports_and_the_memory_map_register_the_text()
    {
        Out(0x3c2, 0x66);
        Graphics(6, 0x0a);
        Out(0x3b4, 0x0f);
        Out(0x3b5, 0x55);

        Assert.Equal((0x55, 0xb0000ul), (_vga.Snapshot().Cursor, _vga.Snapshot().MemoryAddress));
        Assert.Equal(0xff, In(0x3d5));
        Assert.Equal(0x66, In(0x3cc));
    }

    [Fact]
    public void A_graphics_mode_is_told_as_a_guest_error_once()
    {
        var log = new RecordingErrors();
        var vga = new VgaText(_clock, log);

        vga.Write(0x1e, 1, 6);
        vga.Write(0x1f, 1, 0x05);
        vga.Write(0x1f, 1, 0x05);

        Assert.True(vga.Snapshot().IsGraphics);
        Assert.Equal(["a graphics mode, which is not modelled"], log.Problems);
    }

    [Theory]
    [InlineData(0, 0x00)]
    [InlineData(25_421, 0x00)]
    [InlineData(25_422, 0x01)]
    [InlineData(31_778, 0x00)]
    [InlineData((400 * 31_778L) - 1, 0x01)]
    [InlineData(400 * 31_778L, 0x09)]
    [InlineData(FrameTime - 1, 0x09)]
    [InlineData(FrameTime, 0x00)]
    public void The_status_follows_the_machines_time(long time, byte status)
    {
        _clock.Now = time;

        Assert.Equal(status, In(Status));
    }

    [Fact]
    public void Reset_returns_to_mode_3()
    {
        Crt(0x0d, 0x50);
        Sequencer(1, 0x21);
        Out(0x3c6, 0x00);

        _vga.Reset();

        Assert.Equivalent(new VgaText(_clock).Snapshot(), _vga.Snapshot());
    }

    [Fact]
    public void Whatever_is_written_the_screen_stays_within_its_bounds() =>
        Gen.Select(Gen.Int[0x3b0, 0x3df], Gen.Byte).Array[0, 200].Sample(
            writes =>
            {
                var vga = new VgaText(new TestClock());
                foreach ((int port, byte value) in writes)
                {
                    vga.Write((ulong)(port - VgaText.FirstPort), 1, value);
                    vga.Read((ulong)(port - VgaText.FirstPort), 1);
                }

                VgaTextState state = vga.Snapshot();
                Assert.InRange(state.Columns, 1, 256);
                Assert.InRange(state.Rows, 1, 1024);
                Assert.InRange(state.CharacterHeight, 1, 32);
                Assert.InRange(state.CharacterAt(state.Rows - 1, state.Columns - 1), 0, state.MemoryCharacters - 1);
                Assert.All(state.Colors, color => Assert.InRange(color, 0, 0xffffff));
            },
            iter: 300);

    private PortBus OnBus()
    {
        var bus = new PortBus();
        var slot = new DeviceSlot("vga", _vga);
        foreach ((ushort first, int count) in VgaText.Ports)
        {
            Assert.True(bus.TryMap(slot, first, count, (ulong)(first - VgaText.FirstPort), out _));
        }

        return bus;
    }

    private void Out(ushort port, byte value) => _vga.Write((ulong)(port - VgaText.FirstPort), 1, value);

    private byte In(ushort port) => (byte)_vga.Read((ulong)(port - VgaText.FirstPort), 1);

    private void Crt(byte index, byte value)
    {
        Out(0x3d4, index);
        Out(0x3d5, value);
    }

    private byte ReadCrt(byte index)
    {
        Out(0x3d4, index);
        return In(0x3d5);
    }

    private void Sequencer(byte index, byte value)
    {
        Out(0x3c4, index);
        Out(0x3c5, value);
    }

    private void Graphics(byte index, byte value)
    {
        Out(0x3ce, index);
        Out(0x3cf, value);
    }

    private sealed class RecordingErrors : IGuestErrorLog
    {
        public List<string> Problems { get; } = [];

        public void Report(string device, string problem, ulong value) => Problems.Add(problem);
    }
}
