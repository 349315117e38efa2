using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Machine.Boot;

/// <summary>A little-endian structure that grows, for boot information.</summary>
internal sealed class InfoBuilder
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public InfoBuilder U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public InfoBuilder U64(ulong value) => U32((uint)value).U32((uint)(value >> 32));

    public InfoBuilder Bytes(ReadOnlySpan<byte> value)
    {
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>UTF-8, with a terminating zero.</summary>
    public InfoBuilder String(string value) => Bytes(Encoding.UTF8.GetBytes(value)).Bytes([0]);

    /// <summary>Zeros up to a multiple of <paramref name="alignment"/> from the structure's start.</summary>
    public InfoBuilder Align(int alignment)
    {
        while (_bytes.Count % alignment != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    /// <summary>Replaces 4 bytes.</summary>
    public InfoBuilder Patch(int offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        for (int index = 0; index < bytes.Length; index++)
        {
            _bytes[offset + index] = bytes[index];
        }

        return this;
    }
}
