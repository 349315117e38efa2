using System.Text;

namespace OsDevHv.Devices;

/// <summary>Gives models back what was saved. It may be anything: what does not fit is a <see cref="StateException"/>.</summary>
/// <param name="saved">What <see cref="StateWriter"/> saved.</param>
public sealed class StateReader(ReadOnlyMemory<byte> saved) : StateExchange
{
    private readonly Stack<int> _ends = new();
    private int _at;

    /// <inheritdoc/>
    public override bool IsRestoring => true;

    /// <summary>Whether all was given back.</summary>
    public bool IsAtEnd => _at == saved.Length;

    private int EndOfSection => _ends.TryPeek(out int end) ? end : saved.Length;

    /// <inheritdoc/>
    public override void Bytes(Span<byte> bytes)
    {
        if (bytes.Length > EndOfSection - _at)
        {
            throw new StateException("the saved state is damaged: it ends too early");
        }
        saved.Span.Slice(_at, bytes.Length).CopyTo(bytes);
        _at += bytes.Length;
    }

    /// <inheritdoc/>
    public override void Begin(string name)
    {
        byte[] found = new byte[Of((byte)0)];
        Bytes(found);
        string there = Encoding.UTF8.GetString(found);
        if (there != name)
        {
            throw new StateException($"the saved state is that of another machine: it has {Shown(there)} where this one has '{name}'");
        }
        int length = Of(0);
        if (length < 0 || length > EndOfSection - _at)
        {
            throw new StateException($"the saved state is damaged: '{name}' is longer than all of it");
        }
        _ends.Push(_at + length);
    }

    /// <inheritdoc/>
    public override void End()
    {
        if (_ends.Pop() != _at)
        {
            throw new StateException("the saved state is that of another version of this program");
        }
    }

    private static string Shown(string name) => name.Length != 0 && name.All(static c => c is >= ' ' and <= '~') ? $"'{name}'" : "something else";
}
