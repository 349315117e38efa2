using System.Buffers.Binary;

namespace OsDevHv.Machine.Boot.Linux;

/// <summary>struct screen_info, the first 64 bytes of the zero page (Linux, include/uapi/linux/screen_info.h).</summary>
internal static class ScreenInfo
{
    public const int Length = 64;

    private const byte VgaColorText = 0x01;
    private const byte LinearFrameBuffer = 0x23;
    private const byte TextMode = 3;
    private const uint Wide64BitBase = 1 << 1;

    /// <summary>VGA text, 80 by 25, color, cells of 16 lines, the cursor at the top left.</summary>
    public static void WriteText(Span<byte> info)
    {
        info[0x06] = TextMode;
        info[0x07] = 80;
        info[0x0e] = 25;
        info[0x0f] = VgaColorText;
        BinaryPrimitives.WriteUInt16LittleEndian(info[0x10..], 16);
    }

    /// <summary>A linear frame buffer, as a VESA BIOS tells of one.</summary>
    public static void WriteLinear(Span<byte> info, FrameBufferInfo frame)
    {
        const ulong sizeUnit = 0x1_0000;
        info[0x0f] = LinearFrameBuffer;
        Put16(info, 0x12, frame.Width);
        Put16(info, 0x14, frame.Height);
        Put16(info, 0x16, frame.BitsPerPixel);
        Put32(info, 0x18, (uint)frame.Address);
        Put32(info, 0x1c, (uint)((((ulong)frame.Pitch * frame.Height) + sizeUnit - 1) / sizeUnit));
        Put16(info, 0x24, frame.Pitch);
        PutColor(info, 0x26, frame.Red);
        PutColor(info, 0x28, frame.Green);
        PutColor(info, 0x2a, frame.Blue);
        int used = frame.Red.Bits + frame.Green.Bits + frame.Blue.Bits;
        if (frame.BitsPerPixel > used)
        {
            PutColor(info, 0x2c, new ColorField((byte)used, (byte)(frame.BitsPerPixel - used)));
        }

        // One page, which is shown.
        Put16(info, 0x32, 1);
        Put32(info, 0x36, frame.Address > uint.MaxValue ? Wide64BitBase : 0);
        Put32(info, 0x3a, (uint)(frame.Address >> 32));
    }

    private static void PutColor(Span<byte> info, int offset, ColorField color)
    {
        info[offset] = color.Bits;
        info[offset + 1] = color.Position;
    }

    private static void Put16(Span<byte> info, int offset, uint value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(info[offset..], (ushort)value);

    private static void Put32(Span<byte> info, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(info[offset..], value);
}
