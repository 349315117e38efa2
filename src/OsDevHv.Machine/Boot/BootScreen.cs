using OsDevHv.Devices;
using OsDevHv.Machine.Display;

namespace OsDevHv.Machine.Boot;

/// <summary>The screen that a kernel is told of.</summary>
/// <param name="Frame">A linear framebuffer; null where there is none.</param>
/// <param name="HasText">Whether there is VGA text mode, 80 by 25 characters at B8000h; it is shown where there is no
/// framebuffer.</param>
public sealed record BootScreen(FrameLayout? Frame, bool HasText)
{
    /// <summary>None.</summary>
    public static BootScreen None { get; } = new(null, HasText: false);

    /// <summary>Whether there is any.</summary>
    public bool Exists => Frame is not null || HasText;

    /// <summary>What Multiboot 1 and 2 say of it; null when there is none.</summary>
    internal MultibootFrame? Describe()
    {
        if (Frame is { } frame)
        {
            return new MultibootFrame(frame.Address, frame.Stride, frame.Width, frame.Height, 8 * frame.Format.BytesPerPixel())
            {
                Colors = PixelLayout.Of(frame.Format),
            };
        }

        return HasText ? new MultibootFrame(VgaText.ColorMemory, 160, 80, 25, 16) : null;
    }
}

/// <summary>
/// A framebuffer in the terms of Multiboot Specification 0.6.96, 3.3, and Multiboot2 Specification 2.0, 3.6.12: type 1, RGB, or type 2, EGA
/// text, which is measured in characters.
/// </summary>
/// <param name="Address">Guest-physical address.</param>
/// <param name="Pitch">Bytes from a row to the next.</param>
/// <param name="Width">Pixels or characters of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitsPerPixel">Bits of each.</param>
internal sealed record MultibootFrame(ulong Address, int Pitch, int Width, int Height, int BitsPerPixel)
{
    /// <summary>Where the colours are in a pixel; null is text.</summary>
    public PixelLayout? Colors { get; init; }

    /// <summary>The type's number.</summary>
    public byte Type => (byte)(Colors is null ? 2 : 1);

    /// <summary>The positions and sizes of red, green and blue, a byte each; nothing for text.</summary>
    public byte[] ColorInfo() => Colors is { } colors
        ? [(byte)colors.Red, PixelLayout.ColorBits, (byte)colors.Green, PixelLayout.ColorBits, (byte)colors.Blue, PixelLayout.ColorBits]
        : [];
}
