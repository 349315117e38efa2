using System.Numerics;
using System.Runtime.InteropServices;

namespace OsDevHv.Gdb;

/// <summary>The checksum of a frame: the sum of its payload's bytes as sent, modulo 256 (GDB manual, appendix E.1).</summary>
internal static class RspChecksum
{
    /// <summary>
    /// The sum of <paramref name="bytes"/>, modulo 256; vectorised, for a memory read is a quarter of a megabyte of payload.
    /// </summary>
    public static byte Of(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector<byte>> vectors = MemoryMarshal.Cast<byte, Vector<byte>>(bytes);
        Vector<byte> lanes = Vector<byte>.Zero;
        foreach (Vector<byte> vector in vectors)
        {
            lanes += vector;
        }

        byte sum = Vector.Sum(lanes);
        foreach (byte rest in bytes[(vectors.Length * Vector<byte>.Count)..])
        {
            sum = unchecked((byte)(sum + rest));
        }

        return sum;
    }
}
