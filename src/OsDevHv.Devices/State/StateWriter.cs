using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Devices;

/// <summary>Saves what models hold.</summary>
public sealed class StateWriter : StateExchange
{
    private readonly ArrayBufferWriter<byte> _saved = new(16 * 1024);
    private readonly Stack<int> _sections = new();

    /// <inheritdoc/>
    public override bool IsRestoring => false;

    /// <inheritdoc/>
    public override void Bytes(Span<byte> bytes) => _saved.Write(bytes);

    /// <inheritdoc/>
    public override void Begin(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        Of(checked((byte)bytes.Length));
        Bytes(bytes);
        _sections.Push(_saved.WrittenCount);
        Of(0);
    }

    /// <inheritdoc/>
    public override void End()
    {
        int at = _sections.Pop();
        // What is written stays where it is until more is asked for, so the array behind it can be mended.
        Span<byte> length = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_saved.WrittenMemory).Span[at..];
        BinaryPrimitives.WriteInt32LittleEndian(length, _saved.WrittenCount - at - sizeof(int));
    }

    /// <summary>All that was saved.</summary>
    /// <exception cref="InvalidOperationException">A section has not ended.</exception>
    public byte[] ToArray() => _sections.Count == 0
        ? _saved.WrittenSpan.ToArray()
        : throw new InvalidOperationException("A section of the state has not ended.");
}
