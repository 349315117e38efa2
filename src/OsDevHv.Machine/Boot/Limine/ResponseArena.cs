using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// Responses and what they point to, put together before their place is known. Structures begin at multiples of 8; pointers to something in
/// here are offsets until <see cref="At"/>.
/// </summary>
internal sealed class ResponseArena
{
    private readonly StructureBuilder _bytes = new();
    private readonly List<int> _pointers = [];

    /// <summary>Bytes so far.</summary>
    public int Length => _bytes.Length;

    /// <summary>Begins a structure; its offset.</summary>
    public int Begin() => _bytes.Align(8).Length;

    /// <summary>A byte.</summary>
    public ResponseArena U8(byte value)
    {
        _bytes.U8(value);
        return this;
    }

    /// <summary>16 bits.</summary>
    public ResponseArena U16(ushort value)
    {
        _bytes.U16(value);
        return this;
    }

    /// <summary>32 bits.</summary>
    public ResponseArena U32(uint value)
    {
        _bytes.U32(value);
        return this;
    }

    /// <summary>64 bits: a number, or the address of something that is not in here.</summary>
    public ResponseArena U64(ulong value)
    {
        _bytes.U64(value);
        return this;
    }

    /// <summary>Zeros.</summary>
    public ResponseArena Zeros(int count)
    {
        _bytes.Zeros(count);
        return this;
    }

    /// <summary>A pointer to something in here, by its offset.</summary>
    public ResponseArena Pointer(int target)
    {
        _pointers.Add(_bytes.Length);
        return U64((ulong)target);
    }

    /// <summary>A string; its offset.</summary>
    public int Text(string value)
    {
        int offset = _bytes.Length;
        _bytes.String(value);
        return offset;
    }

    /// <summary>An array of pointers; its offset.</summary>
    public int Pointers(IEnumerable<int> targets)
    {
        int offset = Begin();
        foreach (int target in targets)
        {
            Pointer(target);
        }

        return offset;
    }

    /// <summary>The bytes as they are at a virtual address, a multiple of 8.</summary>
    public byte[] At(ulong address)
    {
        byte[] bytes = _bytes.ToArray();
        foreach (int pointer in _pointers)
        {
            Span<byte> slot = bytes.AsSpan(pointer, sizeof(ulong));
            BitConverter.TryWriteBytes(slot, BitConverter.ToUInt64(slot) + address);
        }

        return bytes;
    }
}
