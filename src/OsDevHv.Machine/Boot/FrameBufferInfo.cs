namespace OsDevHv.Machine.Boot;

/// <summary>Where in a pixel a color is.</summary>
/// <param name="Bits">How many bits it has, 0 to 32.</param>
/// <param name="Shift">The number of its lowest bit.</param>
public readonly record struct ColorField(byte Bits, byte Shift);

/// <summary>A linear frame buffer, as boot protocols tell kernels of it.</summary>
/// <param name="Address">Guest-physical address of the first pixel, page-aligned.</param>
/// <param name="Width">Pixels in a line.</param>
/// <param name="Height">Lines.</param>
/// <param name="Pitch">Bytes from one line to the next.</param>
/// <param name="BitsPerPixel">A multiple of 8, up to 32.</param>
public sealed record FrameBufferInfo(ulong Address, uint Width, uint Height, uint Pitch, byte BitsPerPixel)
{
    /// <summary>Red; bits 16 to 23 unless told.</summary>
    public ColorField Red { get; init; } = new(8, 16);

    /// <summary>Green; bits 8 to 15 unless told.</summary>
    public ColorField Green { get; init; } = new(8, 8);

    /// <summary>Blue; bits 0 to 7 unless told.</summary>
    public ColorField Blue { get; init; } = new(8, 0);

    /// <summary>Bytes of all lines.</summary>
    public ulong Bytes => (ulong)Pitch * Height;
}
