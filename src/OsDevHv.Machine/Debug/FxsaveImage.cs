using System.Buffers.Binary;
using OsDevHv.Gdb;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// Converts between the 512-byte FXSAVE image in its 64-bit form (Intel SDM vol. 1, 10.5.1) and what gdb calls the x87 and SSE registers.
/// </summary>
internal static class FxsaveImage
{
    /// <summary>Bytes of the image.</summary>
    public const int Size = 512;

    private const int StOffset = 32;
    private const int XmmOffset = 160;

    /// <summary>Fills the floating-point group from an image.</summary>
    public static void Read(ReadOnlySpan<byte> image, RegisterFile registers)
    {
        registers.Fctrl = BinaryPrimitives.ReadUInt16LittleEndian(image);
        registers.Fstat = BinaryPrimitives.ReadUInt16LittleEndian(image[2..]);
        registers.Ftag = FullTags(image);
        registers.Fop = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(image[6..]) & 0x7ff);
        registers.Fioff = BinaryPrimitives.ReadUInt32LittleEndian(image[8..]);
        registers.Fiseg = BinaryPrimitives.ReadUInt16LittleEndian(image[12..]);
        registers.Fooff = BinaryPrimitives.ReadUInt32LittleEndian(image[16..]);
        registers.Foseg = BinaryPrimitives.ReadUInt16LittleEndian(image[20..]);
        registers.Mxcsr = BinaryPrimitives.ReadUInt32LittleEndian(image[24..]);
        for (int i = 0; i < 8; i++)
        {
            image.Slice(StOffset + (16 * i), 10).CopyTo(registers.X87.AsSpan(10 * i));
        }
        image.Slice(XmmOffset, 256).CopyTo(registers.Xmm);
    }

    /// <summary>Puts the floating-point group into an image; other parts of it stay.</summary>
    public static void Write(RegisterFile registers, Span<byte> image)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(image, registers.Fctrl);
        BinaryPrimitives.WriteUInt16LittleEndian(image[2..], registers.Fstat);
        image[4] = AbridgedTags(registers.Ftag);
        BinaryPrimitives.WriteUInt16LittleEndian(image[6..], registers.Fop);
        BinaryPrimitives.WriteUInt32LittleEndian(image[8..], registers.Fioff);
        BinaryPrimitives.WriteUInt16LittleEndian(image[12..], registers.Fiseg);
        BinaryPrimitives.WriteUInt32LittleEndian(image[16..], registers.Fooff);
        BinaryPrimitives.WriteUInt16LittleEndian(image[20..], registers.Foseg);
        BinaryPrimitives.WriteUInt32LittleEndian(image[24..], registers.Mxcsr);
        for (int i = 0; i < 8; i++)
        {
            registers.X87.AsSpan(10 * i, 10).CopyTo(image[(StOffset + (16 * i))..]);
        }
        registers.Xmm.CopyTo(image[XmmOffset..]);
    }

    /// <summary>The 16-bit tag word from the image's 8 bits and the registers' contents (SDM vol. 1, 10.5.1.1 and table 10-2).</summary>
    private static ushort FullTags(ReadOnlySpan<byte> image)
    {
        int top = (image[3] >> 3) & 7;
        int tags = 0;
        for (int physical = 0; physical < 8; physical++)
        {
            int stack = (physical - top) & 7;
            int tag = (image[4] & (1 << physical)) == 0 ? 3 : Classify(image.Slice(StOffset + (16 * stack), 10));
            tags |= tag << (2 * physical);
        }
        return (ushort)tags;
    }

    private static int Classify(ReadOnlySpan<byte> value)
    {
        ulong significand = BinaryPrimitives.ReadUInt64LittleEndian(value);
        int exponent = BinaryPrimitives.ReadUInt16LittleEndian(value[8..]) & 0x7fff;
        const int valid = 0;
        const int zero = 1;
        const int special = 2;
        return exponent switch
        {
            0x7fff => special,
            0 => significand == 0 ? zero : special,
            _ => significand >> 63 == 1 ? valid : special,
        };
    }

    private static byte AbridgedTags(ushort full)
    {
        int abridged = 0;
        for (int i = 0; i < 8; i++)
        {
            abridged |= ((full >> (2 * i)) & 3) == 3 ? 0 : 1 << i;
        }
        return (byte)abridged;
    }
}
