namespace OsDevHv.Machine.Boot;

/// <summary>A color's place in a pixel.</summary>
/// <param name="Position">Its lowest bit.</param>
/// <param name="Bits">How many bits it has.</param>
public readonly record struct ColorField(byte Position, byte Bits);

/// <summary>A linear frame buffer.</summary>
/// <param name="Address">Guest-physical address of its first pixel.</param>
/// <param name="Width">Pixels in a line, below 65536.</param>
/// <param name="Height">Lines, below 65536.</param>
/// <param name="Pitch">Bytes from a line to the next, below 65536.</param>
/// <param name="BitsPerPixel">Bits of a pixel: 16, 24 or 32.</param>
public sealed record FrameBufferInfo(ulong Address, uint Width, uint Height, uint Pitch, byte BitsPerPixel)
{
    /// <summary>Where a pixel's red is.</summary>
    public ColorField Red { get; init; } = new(16, 8);

    /// <summary>Where its green is.</summary>
    public ColorField Green { get; init; } = new(8, 8);

    /// <summary>Where its blue is.</summary>
    public ColorField Blue { get; init; } = new(0, 8);
}

/// <summary>The screen that a kernel is told of at boot.</summary>
/// <param name="FrameBuffer">A linear frame buffer; null is VGA text of 80 by 25 at B8000h.</param>
public sealed record BootScreen(FrameBufferInfo? FrameBuffer = null);
