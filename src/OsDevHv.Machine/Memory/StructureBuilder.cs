using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Machine.Memory;

/// <summary>A little-endian structure that grows, as boot information and firmware tables are made of.</summary>
internal sealed class StructureBuilder
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public StructureBuilder U8(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public StructureBuilder U16(ushort value) => U8((byte)value).U8((byte)(value >> 8));

    public StructureBuilder U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public StructureBuilder U64(ulong value) => U32((uint)value).U32((uint)(value >> 32));

    public StructureBuilder Bytes(ReadOnlySpan<byte> value)
    {
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>UTF-8, with a terminating zero.</summary>
    public StructureBuilder String(string value) => Bytes(Encoding.UTF8.GetBytes(value)).Bytes([0]);

    /// <summary>ASCII, without a terminating zero, filled up with spaces.</summary>
    public StructureBuilder Text(string value, int length) => Bytes(Encoding.ASCII.GetBytes(value.PadRight(length)));

    /// <summary>Zeros.</summary>
    public StructureBuilder Zeros(int count)
    {
        for (int index = 0; index < count; index++)
        {
            _bytes.Add(0);
        }

        return this;
    }

    /// <summary>Zeros up to a multiple of <paramref name="alignment"/> from the structure's start.</summary>
    public StructureBuilder Align(int alignment)
    {
        while (_bytes.Count % alignment != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    /// <summary>Sets a byte so that all bytes add up to 0 modulo 256; it must be 0 before.</summary>
    public StructureBuilder Checksum(int offset)
    {
        byte sum = 0;
        foreach (byte value in _bytes)
        {
            sum += value;
        }

        _bytes[offset] = (byte)-sum;
        return this;
    }

    /// <summary>Replaces 4 bytes.</summary>
    public StructureBuilder Patch(int offset, uint value)
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
