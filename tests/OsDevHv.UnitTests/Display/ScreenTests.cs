using BigGustave;
using OsDevHv.Devices;
using OsDevHv.Machine;
using OsDevHv.Machine.Display;
using OsDevHv.Tests.Devices;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Display;

/// <summary>What is shown, and that it gets into files. Formats by Linux' drm_fourcc.h: "[31:0] x:R:G:B 8:8:8:8 little endian".</summary>
public sealed class ScreenTests : IDisposable
{
    private readonly FlatMemory _memory = new();
    private readonly ScreenSources _sources = new();
    private readonly StringWriter _messages = new() { NewLine = "\n" };
    private readonly string _folder = Directory.CreateTempSubdirectory("osdevhv-screen-").FullName;
    private readonly Screen _screen;

    public ScreenTests() => _screen = new Screen(_sources, _memory);

    public void Dispose()
    {
        _messages.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(PixelFormat.Xrgb8888, 0x00332211u)]
    [InlineData(PixelFormat.Xrgb8888, 0xff332211u)]
    [InlineData(PixelFormat.Argb8888, 0x80332211u)]
    [InlineData(PixelFormat.Xbgr8888, 0xff112233u)]
    [InlineData(PixelFormat.Abgr8888, 0x00112233u)]
    [InlineData(PixelFormat.Rgb888, 0x332211u)]
    public void A_pixel_of_every_format_is_its_colour(PixelFormat format, uint value)
    {
        int bytes = format.BytesPerPixel();
        byte[] pixel = BitConverter.GetBytes(value)[..bytes];
        _memory.TryWrite(0x1000, [.. new byte[bytes], .. pixel, 0xee]);

        Picture picture = Capture(new FrameLayout(0x1000, format, 2, 1, 2 * bytes));

        Assert.Equal((0x000000, 0x332211), (picture[0, 0], picture[1, 0]));
    }

    [Fact]
    public void Rows_begin_a_stride_apart()
    {
        _memory.TryWrite(0x1000, [1, 2, 3, 0, 9, 9, 9, 9, 9, 4, 5, 6, 0]);

        Picture picture = Capture(new FrameLayout(0x1000, PixelFormat.Xrgb8888, 1, 2, 9));

        Assert.Equal((0x030201, 0x060504), (picture[0, 0], picture[0, 1]));
    }

    [Fact]
    public void Rows_that_are_not_memory_are_black()
    {
        _memory.TryWrite(0xfffc, [1, 2, 3, 0]);

        Picture picture = Capture(new FrameLayout(0xfffc, PixelFormat.Xrgb8888, 1, 2, 4));

        Assert.Equal((0x030201, 0), (picture[0, 0], picture[0, 1]));
    }

    [Fact]
    public void Ramfb_comes_before_the_framebuffer_and_that_before_text()
    {
        FrameLayout? ramfb = null;
        _sources.Text = new VgaText(new TestClock()).Snapshot;
        Assert.StartsWith("text, 80x25, cursor at row 0, column 0\n", _screen.ToText(), StringComparison.Ordinal);

        _sources.Framebuffer = new FrameLayout(0x1000, PixelFormat.Rgb888, 3, 2, 9);
        _sources.Ramfb = () => ramfb;
        Assert.Equal("framebuffer, 3x2, rgb888, 9 bytes a row, at 1000h\n", _screen.ToText());

        ramfb = new FrameLayout(0x2000, PixelFormat.Xrgb8888, 5, 4, 32);
        Assert.Equal("ramfb, 5x4, xrgb8888, 32 bytes a row, at 2000h\n", _screen.ToText());
        Assert.True(_screen.TryCapture(out Picture? picture, out _));
        Assert.Equal((5, 4), (picture.Width, picture.Height));
    }

    [Fact]
    public void A_ramfb_that_is_not_set_up_leaves_text()
    {
        _sources.Text = new VgaText(new TestClock()).Snapshot;
        _sources.Ramfb = () => null;

        Assert.StartsWith("text, 80x25", _screen.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_graphics_mode_of_the_vga_is_said_to_be_one()
    {
        _sources.Text = () => new VgaText(new TestClock()).Snapshot() with { IsGraphics = true };

        Assert.Equal("a graphics mode of the VGA, which is not modelled and shown as black\n", _screen.ToText());
    }

    [Fact]
    public void A_screenshot_is_the_picture_pixel_by_pixel()
    {
        byte[] pixels = [.. Enumerable.Range(0, 5 * 3 * 4).Select(index => (byte)(index * 37))];
        _memory.TryWrite(0x1000, pixels);
        _sources.Framebuffer = new FrameLayout(0x1000, PixelFormat.Xrgb8888, 5, 3, 20);
        string file = FileNamed("a.png");

        string said = NewScreenshots().Take(file);

        Assert.Equal($"screenshot: {file}: framebuffer, 5x3, xrgb8888, 20 bytes a row, at 1000h", said);
        Png png = Png.Open(file);
        Assert.Equal((5, 3), (png.Width, png.Height));
        for (int at = 0; at < 15; at++)
        {
            Assert.Equal(new Pixel(pixels[(4 * at) + 2], pixels[(4 * at) + 1], pixels[4 * at]), png.GetPixel(at % 5, at / 5));
        }
    }

    [Fact]
    public void A_screenshot_overwrites_a_longer_file()
    {
        _sources.Framebuffer = new FrameLayout(0x1000, PixelFormat.Rgb888, 1, 1, 3);
        string file = FileNamed("a.png");
        File.WriteAllBytes(file, new byte[100_000]);

        NewScreenshots().Take(file);

        Assert.InRange(new FileInfo(file).Length, 50, 200);
        Assert.Equal(1, Png.Open(file).Width);
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_said_to_be_so()
    {
        _sources.Framebuffer = new FrameLayout(0x1000, PixelFormat.Rgb888, 1, 1, 3);
        string file = Path.Combine(_folder, "nowhere", "a.png");

        Assert.StartsWith($"screenshot: cannot write {file}: ", NewScreenshots().Take(file), StringComparison.Ordinal);
        Assert.StartsWith($"screenshot: cannot write {_folder}: ", NewScreenshots().Take(_folder), StringComparison.Ordinal);
        Assert.StartsWith("screenshot: cannot write : ", NewScreenshots().Take(""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_a_screen_has_no_screenshots()
    {
        string file = FileNamed("a.png");

        Assert.StartsWith("screenshot: this machine has no screen", NewScreenshots().Take(file), StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.StartsWith("this machine has no screen", _screen.ToText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VerdictKind.Passed, false)]
    [InlineData(VerdictKind.Exited, false)]
    [InlineData(VerdictKind.PoweredOff, false)]
    [InlineData(VerdictKind.Stopped, false)]
    [InlineData(VerdictKind.Failed, true)]
    [InlineData(VerdictKind.Panicked, true)]
    [InlineData(VerdictKind.TripleFaulted, true)]
    [InlineData(VerdictKind.DeadHalt, true)]
    [InlineData(VerdictKind.Reset, true)]
    [InlineData(VerdictKind.TimedOut, true)]
    [InlineData(VerdictKind.MachineError, true)]
    public async Task At_the_end_a_file_is_written_always_or_on_failure(VerdictKind verdict, bool isFailure)
    {
        _sources.Framebuffer = new FrameLayout(0x1000, PixelFormat.Rgb888, 1, 1, 3);
        var (always, failure) = (FileNamed("always.png"), FileNamed("failure.png"));

        await NewScreenshots().FinishAsync(
            [new(always, ScreenshotMoment.Exit), new(failure, ScreenshotMoment.Failure)], verdict);

        Assert.True(File.Exists(always));
        Assert.Equal(isFailure, File.Exists(failure));
    }

    [Fact]
    public async Task A_moment_that_does_not_come_is_told()
    {
        ScreenshotRequest[] requests = [new(FileNamed("a.png"), ScreenshotMoment.Time, TimeSpan.FromHours(2))];
        Screenshots screenshots = NewScreenshots();

        screenshots.Start(requests, () => TimeSpan.Zero);
        await screenshots.FinishAsync(requests, VerdictKind.Passed);

        Assert.Equal($"screenshot: the run ended before 7200 s; {requests[0].File} is not written\n", _messages.ToString());
    }

    private Picture Capture(FrameLayout frame)
    {
        _sources.Framebuffer = frame;
        Assert.True(_screen.TryCapture(out Picture? picture, out _));
        return picture;
    }

    private string FileNamed(string name) => Path.Combine(_folder, name);

    private Screenshots NewScreenshots() => new(_screen, _messages);
}
