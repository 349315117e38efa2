namespace OsDevHv.Devices;

/// <summary>
/// QEMU's firmware configuration device: named and numbered items that the guest reads, and some that it writes. Selector and data port at
/// offset 0 (ports 510h and 511h), the DMA address at offset 4 (ports 514h to 51Bh).
/// </summary>
/// <remarks>
/// <para>Specification: QEMU docs/specs/fw_cfg.rst, "Guest-side Hardware Interface" and "Guest-side DMA Interface"; what that leaves open,
/// as hw/nvram/fw_cfg.c does it, in particular: bit 14 of a key means nothing; a 1-byte read of port 510h is one of the data port, and a
/// 2-byte read gives 0; an offset stops at the item's end.</para>
/// <para>Not modelled: writes to the data port (ignored, as by QEMU since 2.4); items that change when they are selected. A DMA is done
/// when the write that starts it ends.</para>
/// <para>Unlike QEMU's, a DMA that fails changes nothing: not a part of the memory, not the offset. One that reads more than 16 MiB past
/// the end of an item, where QEMU fills memory with zeros, fails: a guest is not to keep the host busy by a number.</para>
/// </remarks>
public sealed partial class FwCfg : IBusDevice
{
    /// <summary>The offset of the selector, 16 bits; the data port is its upper byte.</summary>
    public const ulong SelectorOffset = 0;

    /// <summary>The ports of selector and data.</summary>
    public const int SelectorPorts = 2;

    /// <summary>The offset of the DMA address, 64 bits, big-endian.</summary>
    public const ulong DmaOffset = 4;

    /// <summary>The ports of the DMA address.</summary>
    public const int DmaPorts = 8;

    private const string DeviceName = "fw_cfg";

    // "QEMU CFG", the first letter at the first port.
    private const ulong DmaSignature = 0x4746_4320_554d_4551;

    // The write channel of old; the item is the same.
    private const ushort WriteChannel = 0x4000;

    private readonly Dictionary<ushort, FwCfgItem> _items;
    private readonly IGuestMemory _memory;
    private readonly IGuestErrorLog? _errors;

    private FwCfgItem? _selected;
    private ushort _selectedKey;
    private uint _offset;
    private ulong _dmaAddress;

    /// <summary>The device in its power-on state: the signature is selected.</summary>
    /// <param name="items">Its items; what is added to them later does not count.</param>
    /// <param name="memory">What DMA reads and writes.</param>
    /// <param name="errors">Hears of guest errors; null is nobody.</param>
    public FwCfg(FwCfgItems items, IGuestMemory memory, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(memory);
        _items = items.ByKey();
        _memory = memory;
        _errors = errors;
        Select((ushort)FwCfgKey.Signature);
    }

    /// <inheritdoc/>
    public int AccessSize => 4;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (offset >= DmaOffset)
        {
            return DmaSignature >> (8 * (int)((offset - DmaOffset) % DmaPorts));
        }

        return size == 1 ? NextByte() : Refuse("read of the selector, which is only written", offset);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        switch (offset, size)
        {
            case (SelectorOffset, 2):
                Select((ushort)value);
                break;
            case (DmaOffset, 4):
                _dmaAddress = (ulong)BigEndian(value) << 32;
                break;
            case (DmaOffset + 4, 4):
                ulong address = _dmaAddress | BigEndian(value);
                _dmaAddress = 0;
                Transfer(address);
                break;
            default:
                Refuse(offset < DmaOffset ? "write to the data port" : "write of 1 or 2 bytes to the DMA address", offset);
                break;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (FwCfgItem item in _items.Values)
        {
            item.Reset();
        }

        _dmaAddress = 0;
        Select((ushort)FwCfgKey.Signature);
    }

    private static uint BigEndian(ulong value) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((uint)value);

    private void Select(ushort key)
    {
        _selectedKey = key;
        _selected = _items.GetValueOrDefault((ushort)(key & ~WriteChannel));
        _offset = 0;
    }

    private byte NextByte()
    {
        Span<byte> next = _selected is null ? [] : _selected.From(_offset, 1);
        _offset += (uint)next.Length;
        return next.IsEmpty ? (byte)0 : next[0];
    }

    private ulong Refuse(string problem, ulong value)
    {
        _errors?.Report(DeviceName, problem, value);
        return 0;
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach ((ushort key, FwCfgItem item) in _items.OrderBy(static item => item.Key))
        {
            if (state.Of(key) != key || state.Of(item.Length) != item.Length)
            {
                throw new StateException("the saved state is that of another machine: its fw_cfg has other items");
            }
            item.ExchangeState(state);
        }
        ushort selected = state.Of(_selectedKey);
        uint offset = state.Of(_offset);
        Select(selected);
        _offset = offset;
        _dmaAddress = state.Of(_dmaAddress);
    }
}
