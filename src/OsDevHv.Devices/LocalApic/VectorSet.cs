using System.Numerics;

namespace OsDevHv.Devices;

/// <summary>A set of interrupt vectors 16 to 255, as IRR, ISR and TMR hold them: 256 bits that read as eight words.</summary>
internal sealed class VectorSet
{
    private readonly ulong[] _bits = new ulong[4];

    /// <summary>The vector of the highest priority; 0 where the set is empty, as the SDM defines IRRV and ISRV.</summary>
    public byte Highest
    {
        get
        {
            for (int i = _bits.Length - 1; i >= 0; i--)
            {
                if (_bits[i] != 0)
                {
                    return (byte)((i * 64) + BitOperations.Log2(_bits[i]));
                }
            }

            return 0;
        }
    }

    public bool Contains(byte vector) => (_bits[vector >> 6] & Bit(vector)) != 0;

    public void Add(byte vector) => _bits[vector >> 6] |= Bit(vector);

    public void Remove(byte vector) => _bits[vector >> 6] &= ~Bit(vector);

    public void Clear() => Array.Clear(_bits);

    /// <summary>The vectors 32 * <paramref name="index"/> and up; <paramref name="index"/> is 0 to 7.</summary>
    public uint Word(int index) => (uint)(_bits[index >> 1] >> ((index & 1) * 32));

    private static ulong Bit(byte vector) => 1UL << (vector & 63);

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        state.All(_bits);
    }
}
