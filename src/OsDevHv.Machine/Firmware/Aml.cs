using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>ACPI Machine Language (ACPI 6.5, chapter 20.2): the few objects that a static DSDT is made of, as bytes.</summary>
internal static class Aml
{
    private const byte ExtensionPrefix = 0x5b;
    private const byte RootPrefix = (byte)'\\';
    private const int SegmentBytes = 4;

    /// <summary>Scope (path) { content }.</summary>
    public static byte[] Scope(string path, params ReadOnlySpan<byte[]> content) =>
        [0x10, .. WithLength([.. Path(path), .. Join(content)])];

    /// <summary>Device (name) { content }.</summary>
    public static byte[] Device(string name, params ReadOnlySpan<byte[]> content) =>
        [ExtensionPrefix, 0x82, .. WithLength([.. Path(name), .. Join(content)])];

    /// <summary>Name (path, value).</summary>
    public static byte[] Name(string path, byte[] value) => [0x08, .. Path(path), .. value];

    /// <summary>Package () { elements }.</summary>
    public static byte[] Package(params ReadOnlySpan<byte[]> elements) =>
        [0x12, .. WithLength([(byte)elements.Length, .. Join(elements)])];

    /// <summary>Buffer () { bytes }.</summary>
    public static byte[] Buffer(ReadOnlySpan<byte> bytes) => [0x11, .. WithLength([.. Integer((uint)bytes.Length), .. bytes])];

    /// <summary>An ASCII string.</summary>
    public static byte[] String(string text) => [0x0d, .. Encoding.ASCII.GetBytes(text), 0];

    /// <summary>An integer in its shortest encoding.</summary>
    public static byte[] Integer(uint value) => value switch
    {
        0 or 1 => [(byte)value],
        <= byte.MaxValue => [0x0a, (byte)value],
        <= ushort.MaxValue => [0x0b, .. new StructureBuilder().U16((ushort)value).ToArray()],
        _ => [0x0c, .. new StructureBuilder().U32(value).ToArray()],
    };

    /// <summary>EisaId ("PNP0501"): three letters of 5 bits and four hexadecimal digits, most significant first (19.3.4).</summary>
    public static byte[] EisaId(string id)
    {
        int letters = ((id[0] - '@') << 10) | ((id[1] - '@') << 5) | (id[2] - '@');
        uint number = uint.Parse(id.AsSpan(3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Integer(BinaryPrimitives.ReverseEndianness(((uint)letters << 16) | number));
    }

    /// <summary>One name segment, which is filled up with underlines, after a backslash or not.</summary>
    private static byte[] Path(string path)
    {
        bool fromRoot = path.StartsWith('\\');
        byte[] segment = Encoding.ASCII.GetBytes((fromRoot ? path[1..] : path).PadRight(SegmentBytes, '_'));
        return fromRoot ? [RootPrefix, .. segment] : segment;
    }

    /// <summary>The length in front (PkgLength, 20.2.4), which counts itself.</summary>
    private static byte[] WithLength(ReadOnlySpan<byte> content)
    {
        int following = content.Length + 1 < 1 << 6 ? 0 : content.Length + 2 < 1 << 12 ? 1 : 2;
        int length = content.Length + 1 + following;
        return following switch
        {
            0 => [(byte)length, .. content],
            1 => [(byte)(0x40 | (length & 0xf)), (byte)(length >> 4), .. content],
            _ => [(byte)(0x80 | (length & 0xf)), (byte)(length >> 4), (byte)(length >> 12), .. content],
        };
    }

    private static byte[] Join(ReadOnlySpan<byte[]> parts)
    {
        StructureBuilder joined = new();
        foreach (byte[] part in parts)
        {
            joined.Bytes(part);
        }

        return joined.ToArray();
    }
}
