using System.Buffers.Binary;
using System.Numerics;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>BLAKE2b without a key and with a digest of 64 bytes (RFC 7693).</summary>
internal static class Blake2b
{
    /// <summary>Bytes of a digest.</summary>
    public const int DigestBytes = 64;

    private const int BlockBytes = 128;

    // RFC 7693, 2.6.
    private static readonly ulong[] s_initial =
    [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ];

    // RFC 7693, 2.7: the order of the message's words, by round; rounds 10 and 11 are as 0 and 1.
    private static readonly byte[][] s_order =
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ];

    /// <summary>The digest of what a stream holds from where it stands.</summary>
    public static byte[] Hash(Stream stream)
    {
        ulong[] state = [.. s_initial];
        state[0] ^= 0x0101_0000 | DigestBytes;
        byte[] block = new byte[BlockBytes];
        byte[] next = new byte[BlockBytes];
        int length = stream.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false);
        ulong total = (ulong)length;

        // The last block is told, so each is held back until there is another.
        int following;
        while (length == BlockBytes && (following = stream.ReadAtLeast(next, BlockBytes, throwOnEndOfStream: false)) > 0)
        {
            Compress(state, block, total, isLast: false);
            (block, next) = (next, block);
            length = following;
            total += (ulong)following;
        }

        block.AsSpan(length).Clear();
        Compress(state, block, total, isLast: true);
        byte[] digest = new byte[DigestBytes];
        for (int index = 0; index < state.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(digest.AsSpan(index * 8), state[index]);
        }

        return digest;
    }

    private static void Compress(ulong[] state, ReadOnlySpan<byte> block, ulong total, bool isLast)
    {
        Span<ulong> message = stackalloc ulong[16];
        for (int index = 0; index < message.Length; index++)
        {
            message[index] = BinaryPrimitives.ReadUInt64LittleEndian(block[(index * 8)..]);
        }

        Span<ulong> work = stackalloc ulong[16];
        state.CopyTo(work);
        s_initial.CopyTo(work[8..]);
        work[12] ^= total;
        work[14] = isLast ? ~work[14] : work[14];
        for (int round = 0; round < 12; round++)
        {
            byte[] order = s_order[round % 10];
            for (int lane = 0; lane < 8; lane++)
            {
                // Four columns, then four diagonals.
                int shift = lane < 4 ? 0 : 1;
                int column = lane % 4;
                Mix(
                    work,
                    (column, 4 + ((column + shift) % 4), 8 + ((column + (2 * shift)) % 4), 12 + ((column + (3 * shift)) % 4)),
                    message[order[2 * lane]],
                    message[order[(2 * lane) + 1]]);
            }
        }

        for (int index = 0; index < state.Length; index++)
        {
            state[index] ^= work[index] ^ work[index + 8];
        }
    }

    private static void Mix(Span<ulong> work, (int A, int B, int C, int D) at, ulong first, ulong second)
    {
        ref ulong a = ref work[at.A];
        ref ulong b = ref work[at.B];
        ref ulong c = ref work[at.C];
        ref ulong d = ref work[at.D];
        a += b + first;
        d = BitOperations.RotateRight(d ^ a, 32);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 24);
        a += b + second;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 63);
    }
}
