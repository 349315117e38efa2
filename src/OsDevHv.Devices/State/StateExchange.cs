using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Devices;

/// <summary>
/// Saves what a model holds, or gives it back: one description for both, so that they cannot differ. A model names each of its values once:
/// <c>_mask = state.Of(_mask);</c> writes it and leaves it as it is, or gives the one that was saved.
/// </summary>
/// <remarks>
/// A model exchanges its own values and calls nobody: lines, alarms and memory are saved by those who have them. Values are little-endian,
/// in sections that have a name and a length. Used by one thread, with the model's lock held.
/// </remarks>
public abstract class StateExchange
{
    /// <summary>Whether values are given back, not saved.</summary>
    public abstract bool IsRestoring { get; }

    /// <summary>Exchanges bytes.</summary>
    /// <exception cref="StateException">The state that is restored ends before.</exception>
    public abstract void Bytes(Span<byte> bytes);

    /// <summary>Begins a section.</summary>
    /// <param name="name">What it is, at most 255 bytes of UTF-8.</param>
    /// <exception cref="StateException">The state that is restored has another one here.</exception>
    public abstract void Begin(string name);

    /// <summary>Ends the section that was begun last.</summary>
    /// <exception cref="StateException">The state that is restored has more in it.</exception>
    public abstract void End();

    /// <summary>Exchanges a byte.</summary>
    public byte Of(byte value)
    {
        Bytes(new Span<byte>(ref value));
        return value;
    }

    /// <summary>Exchanges a truth; what is restored must be 0 or 1.</summary>
    public bool Of(bool value)
    {
        byte saved = Of(value ? (byte)1 : (byte)0);
        return saved <= 1 ? saved == 1 : throw Damaged();
    }

    /// <summary>Exchanges a number.</summary>
    public ushort Of(ushort value) => (ushort)Of((ulong)value, sizeof(ushort));

    /// <summary>Exchanges a number.</summary>
    public uint Of(uint value) => (uint)Of((ulong)value, sizeof(uint));

    /// <summary>Exchanges a number.</summary>
    public int Of(int value) => (int)(uint)Of((ulong)(uint)value, sizeof(int));

    /// <summary>Exchanges a number.</summary>
    public ulong Of(ulong value) => Of(value, sizeof(ulong));

    /// <summary>Exchanges a number.</summary>
    public long Of(long value) => (long)Of((ulong)value, sizeof(ulong));

    /// <summary>Exchanges a number that may be missing.</summary>
    public byte? Of(byte? value)
    {
        bool isThere = Of(value is not null);
        byte saved = Of(value ?? 0);
        return isThere ? saved : null;
    }

    /// <summary>Exchanges a number from 0 to <paramref name="limit"/>, exclusive: one by which a model finds something.</summary>
    /// <exception cref="StateException">What is restored is not in that range.</exception>
    public int Index(int value, int limit)
    {
        int saved = Of(value);
        return saved >= 0 && saved < limit ? saved : throw Damaged();
    }

    /// <summary>Exchanges numbers.</summary>
    public void All(Span<ulong> values)
    {
        foreach (ref ulong value in values)
        {
            value = Of(value);
        }
    }

    /// <summary>Exchanges numbers.</summary>
    public void All(Span<long> values)
    {
        foreach (ref long value in values)
        {
            value = Of(value);
        }
    }

    /// <summary>Exchanges numbers.</summary>
    public void All(Span<uint> values)
    {
        foreach (ref uint value in values)
        {
            value = Of(value);
        }
    }

    /// <summary>Exchanges truths.</summary>
    public void All(Span<bool> values)
    {
        foreach (ref bool value in values)
        {
            value = Of(value);
        }
    }

    /// <summary>Exchanges text of at most 65,535 bytes of UTF-8.</summary>
    public string Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        ushort length = Of(checked((ushort)bytes.Length));
        if (IsRestoring)
        {
            bytes = new byte[length];
        }
        Bytes(bytes);
        return IsRestoring ? Encoding.UTF8.GetString(bytes) : value;
    }

    /// <summary>What is thrown where a value cannot be one that was saved.</summary>
    public static StateException Damaged() => new("the saved state is damaged: it has a value that no machine can have");

    private ulong Of(ulong value, int size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Bytes(bytes[..size]);
        bytes[size..].Clear();
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
