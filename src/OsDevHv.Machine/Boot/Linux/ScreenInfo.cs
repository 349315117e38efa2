using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Display;

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
    public static void WriteLinear(Span<byte> info, in FrameLayout frame)
    {
        const ulong sizeUnit = 0x1_0000;
        var colors = PixelLayout.Of(frame.Format);
        int bits = 8 * colors.Bytes;
        info[0x0f] = LinearFrameBuffer;
        Put16(info, 0x12, (uint)frame.Width);
        Put16(info, 0x14, (uint)frame.Height);
        Put16(info, 0x16, (uint)bits);
        Put32(info, 0x18, (uint)frame.Address);
        Put32(info, 0x1c, (uint)((((ulong)frame.Stride * (ulong)frame.Height) + sizeUnit - 1) / sizeUnit));
        Put16(info, 0x24, (uint)frame.Stride);
        PutColor(info, 0x26, PixelLayout.ColorBits, colors.Red);
        PutColor(info, 0x28, PixelLayout.ColorBits, colors.Green);
        PutColor(info, 0x2a, PixelLayout.ColorBits, colors.Blue);
        int used = 3 * PixelLayout.ColorBits;
        if (bits > used)
        {
            PutColor(info, 0x2c, bits - used, used);
        }

        // One page, which is shown.
        Put16(info, 0x32, 1);
        Put32(info, 0x36, frame.Address > uint.MaxValue ? Wide64BitBase : 0);
        Put32(info, 0x3a, (uint)(frame.Address >> 32));
    }

    private static void PutColor(Span<byte> info, int offset, int bits, int position)
    {
        info[offset] = (byte)bits;
        info[offset + 1] = (byte)position;
    }

    private static void Put16(Span<byte> info, int offset, uint value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(info[offset..], (ushort)value);

    private static void Put32(Span<byte> info, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(info[offset..], value);
}
