using OsDevHv.Devices;
using OsDevHv.Machine.Boot;

namespace OsDevHv.Tests.Boot;

/// <summary>What Multiboot 1 and 2 tell of the screen: Multiboot 0.6.96, 3.3 (offsets 88 to 115); Multiboot2 2.0, 3.6.12.</summary>
public sealed class ScreenTagTests : IDisposable
{
    private const uint EgaTextSupported = 2, ConsoleRequired = 1;

    private readonly BootBench _text = new() { Screen = new BootScreen(null, HasText: true) };
    private readonly BootBench _rgb = new()
    {
        Screen = new BootScreen(new FrameLayout(0xfd00_0000, PixelFormat.Xrgb8888, 1024, 768, 4096), HasText: true),
    };

    private readonly BootBench _narrow = new()
    {
        Screen = new BootScreen(new FrameLayout(0xe000_0000, PixelFormat.Rgb888, 100, 50, 300), HasText: false),
    };

    public void Dispose()
    {
        _text.Dispose();
        _rgb.Dispose();
        _narrow.Dispose();
    }

    [Fact]
    public void Multiboot1_tells_of_a_framebuffer()
    {
        Assert.Equal(
            new Bytes().U64(0xfd00_0000).U32(4096).U32(1024).U32(768).Raw(32, 1, 16, 8, 8, 8, 0, 8).ToArray(), Multiboot1Fields(_rgb));
    }

    [Fact]
    public void Multiboot1_tells_of_text_in_characters()
    {
        Assert.Equal(new Bytes().U64(0xb8000).U32(160).U32(80).U32(25).Raw(16, 2, 0, 0, 0, 0, 0, 0).ToArray(), Multiboot1Fields(_text));
    }

    [Fact]
    public void Multiboot1_tells_nothing_where_there_is_no_screen()
    {
        using var bench = new BootBench();

        BootedImage image = bench.Load(TestElf.WithCode(false, [.. TestHeaders.Multiboot1(), 0xf4]).Build());

        Assert.Equal(0u, bench.Ram.U32(image.General.Rbx) & (1 << 12));
    }

    [Fact]
    public void A_kernel_that_asks_multiboot1_for_a_mode_gets_the_machines()
    {
        byte[] header = TestHeaders.Multiboot1(4, 0, 0, 0, 0, 0, 0, 640, 480, 32);

        BootedImage image = _rgb.Load(TestElf.WithCode(false, [.. header, 0xf4]).Build());

        Assert.Equal(1024u, _rgb.Ram.U32(image.General.Rbx + 100));
    }

    [Fact]
    public void Multiboot2_tells_of_a_framebuffer()
    {
        byte[] expected = new Bytes().U32(8).U32(38)
            .U64(0xe000_0000).U32(300).U32(100).U32(50).Raw(24, 1, 0, 0, 16, 8, 8, 8, 0, 8).ToArray();

        Assert.Equal(expected, Multiboot2Tag(_narrow));
    }

    [Fact]
    public void Multiboot2_tells_of_text_in_characters()
    {
        Assert.Equal(new Bytes().U32(8).U32(32).U64(0xb8000).U32(160).U32(80).U32(25).Raw(16, 2, 0, 0).ToArray(), Multiboot2Tag(_text));
    }

    [Fact]
    public void Any_screen_meets_a_required_framebuffer_tag() =>
        Assert.NotEmpty(Multiboot2Tag(_text, TestHeaders.Tag(5, 0, 640, 480, 32)));

    [Fact]
    public void Text_meets_a_required_console() =>
        Assert.NotEmpty(Multiboot2Tag(_text, TestHeaders.Tag(4, 0, ConsoleRequired | EgaTextSupported)));

    [Fact]
    public void A_framebuffer_meets_a_required_console_that_is_not_text() =>
        Assert.NotEmpty(Multiboot2Tag(_rgb, TestHeaders.Tag(4, 0, ConsoleRequired)));

    [Fact]
    public void Text_alone_does_not_meet_a_required_console_that_is_not_text()
    {
        var refusal = Assert.Throws<BootException>(() => Multiboot2Tag(_text, TestHeaders.Tag(4, 0, ConsoleRequired)));

        Assert.Contains("does not support EGA text", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("add a device of the type framebuffer", refusal.Message, StringComparison.Ordinal);
    }

    private static byte[] Multiboot1Fields(BootBench bench)
    {
        BootedImage image = bench.Load(TestElf.WithCode(false, [.. TestHeaders.Multiboot1(), 0xf4]).Build());
        Assert.NotEqual(0u, bench.Ram.U32(image.General.Rbx) & (1 << 12));
        return bench.Ram.Read(image.General.Rbx + 88, 28);
    }

    private static byte[] Multiboot2Tag(BootBench bench, params byte[][] tags)
    {
        BootedImage image = bench.Load(TestElf.WithCode(false, [.. TestHeaders.Multiboot2(tags), 0xf4]).Build());
        ulong at = image.General.Rbx + 8;
        while (bench.Ram.U32(at) is not (8 or 0))
        {
            at += (bench.Ram.U32(at + 4) + 7) & ~7u;
        }

        Assert.Equal(8u, bench.Ram.U32(at));
        return bench.Ram.Read(at, (int)bench.Ram.U32(at + 4));
    }
}
