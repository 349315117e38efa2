using System.Buffers.Binary;

namespace OsDevHv.Devices;

/// <content>Transfers between items and memory.</content>
public sealed partial class FwCfg
{
    /// <summary>How many bytes past the end of an item a DMA reads.</summary>
    public const uint MaximumPadding = 16 << 20;

    // A structure of control, length (32 bits each) and address (64 bits), big-endian.
    private const int StructureBytes = 16;
    private const int ControlBytes = 4;

    private const uint ErrorBit = 0x01;
    private const uint ReadBit = 0x02;
    private const uint SkipBit = 0x04;
    private const uint SelectBit = 0x08;
    private const uint WriteBit = 0x10;
    private const int KeyShift = 16;

    private static readonly byte[] s_zeros = new byte[0x10000];

    private void Transfer(ulong structure)
    {
        Span<byte> fields = stackalloc byte[StructureBytes];
        bool isDone = _memory.TryRead(structure, fields);
        if (isDone)
        {
            isDone = Transfer(
                BinaryPrimitives.ReadUInt32BigEndian(fields),
                BinaryPrimitives.ReadUInt32BigEndian(fields[4..]),
                BinaryPrimitives.ReadUInt64BigEndian(fields[8..]));
        }
        else
        {
            Refuse("DMA structure that is not in RAM", structure);
        }

        Span<byte> control = stackalloc byte[ControlBytes];
        BinaryPrimitives.WriteUInt32BigEndian(control, isDone ? 0 : ErrorBit);
        _memory.TryWrite(structure, control);
    }

    private bool Transfer(uint control, uint length, ulong address)
    {
        if ((control & SelectBit) != 0)
        {
            Select((ushort)(control >> KeyShift));
        }

        if (length == 0)
        {
            return true;
        }

        return (control & ReadBit) != 0 ? DmaRead(length, address)
            : (control & WriteBit) != 0 ? DmaWrite(length, address)
            : (control & SkipBit) == 0 || Skip(length);
    }

    private bool Skip(uint length)
    {
        uint end = _selected?.Length ?? 0;
        _offset = length < end - _offset ? _offset + length : end;
        return true;
    }

    /// <summary>Behind the item's end there are zeros, as at the data port.</summary>
    private bool DmaRead(uint length, ulong address)
    {
        Span<byte> content = _selected is null ? [] : _selected.From(_offset, length);
        uint padding = length - (uint)content.Length;
        if (!_memory.Contains(address, length))
        {
            return Fail("DMA read to what is not RAM, at address", address);
        }

        if (padding > MaximumPadding)
        {
            return Fail("DMA read of more than 16 MiB past an item's end, of length", length);
        }

        bool isDone = _memory.TryWrite(address, content);
        for (uint done = 0; isDone && done < padding; done += (uint)s_zeros.Length)
        {
            int count = (int)Math.Min((uint)s_zeros.Length, padding - done);
            isDone = _memory.TryWrite(address + (uint)content.Length + done, s_zeros.AsSpan(0, count));
        }

        _offset += (uint)content.Length;
        return isDone;
    }

    private bool DmaWrite(uint length, ulong address)
    {
        if (_selected is not { IsWritable: true } item)
        {
            return Fail("DMA write to an item that is not there or only read, of length", length);
        }

        Span<byte> content = item.From(_offset, length);
        if ((uint)content.Length < length)
        {
            return Fail("DMA write past an item's end, of length", length);
        }

        if (!_memory.Contains(address, length) || !_memory.TryRead(address, content))
        {
            return Fail("DMA write from what is not RAM, at address", address);
        }

        _offset += length;
        item.TellWritten();
        return true;
    }

    private bool Fail(string problem, ulong value)
    {
        Refuse(problem, value);
        return false;
    }
}
