using System.Buffers.Binary;
using System.Globalization;
using OsDevHv.Devices;
using OsDevHv.Machine.Memory;
using OsDevHv.Tests.Boot;

namespace OsDevHv.Tests.Devices;

/// <summary>An fw_cfg device at its ports, in a machine with RAM at 0 to 3 GiB and 4 to 6 GiB.</summary>
internal sealed class FwCfgBench : IGuestErrorLog, IFwCfgListener
{
    public const uint ErrorBit = 1, ReadBit = 2, SkipBit = 4, SelectBit = 8, WriteBit = 16;

    /// <summary>Where the tests' DMA structures are.</summary>
    public const ulong Structure = 0x8000;

    private readonly PortBus _bus = new();

    public FwCfgBench(Action<FwCfgItems, FwCfgBench> add)
    {
        var items = new FwCfgItems();
        add(items, this);
        Files = items.Files;
        Device = new FwCfg(items, Ram, this);
        var slot = new DeviceSlot("fw-cfg", Device);
        Assert.True(_bus.TryMap(slot, 0x510, FwCfg.SelectorPorts, FwCfg.SelectorOffset, out _));
        Assert.True(_bus.TryMap(slot, 0x514, FwCfg.DmaPorts, FwCfg.DmaOffset, out _));
    }

    /// <summary>The files opt/a ("abcdefgh") and opt/w (8 bytes that may be written).</summary>
    public FwCfgBench()
        : this(static (items, bench) =>
        {
            items.AddFile("opt/a", "abcdefgh"u8);
            items.AddWritableFile("opt/w", "01234567"u8, bench);
        })
    {
    }

    public FwCfg Device { get; }

    public SparseRam Ram { get; } = new(new MemoryMap(5UL << 30));

    public IReadOnlyList<FwCfgFile> Files { get; }

    public List<string> Problems { get; } = [];

    /// <summary>What the listener heard: an item's content in ASCII, or "reset".</summary>
    public List<string> Heard { get; } = [];

    public void Report(string device, string problem, ulong value) =>
        Problems.Add(string.Create(CultureInfo.InvariantCulture, $"{device}: {problem} {value:x}"));

    public void OnWritten(ReadOnlySpan<byte> content) => Heard.Add(Text(content));

    public void ExchangeState(StateExchange state)
    {
    }

    public void OnReset() => Heard.Add("reset");

    public uint In(ushort port, int size) => _bus.Read(port, size);

    public void Out(ushort port, int size, uint value) => _bus.Write(port, size, value);

    public void Select(ushort key) => Out(0x510, 2, key);

    public ushort Key(string file) => Files.Single(known => known.Name == file).Key;

    /// <summary>The next bytes from the data port.</summary>
    public byte[] Next(int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)In(0x511, 1))];

    public byte[] Item(ushort key, int count)
    {
        Select(key);
        return Next(count);
    }

    /// <summary>Writes a DMA structure and starts it; returns its control field afterwards.</summary>
    public uint Dma(uint control, uint length, ulong address, ulong structure = Structure)
    {
        Span<byte> fields = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(fields, control);
        BinaryPrimitives.WriteUInt32BigEndian(fields[4..], length);
        BinaryPrimitives.WriteUInt64BigEndian(fields[8..], address);
        Assert.True(Ram.TryWrite(structure, fields));
        Start(structure);
        return Control(structure);
    }

    public uint Dma(string file, uint operation, uint length, ulong address) => Dma(Selecting(file, operation), length, address);

    public uint Selecting(string file, uint operation) => ((uint)Key(file) << 16) | SelectBit | operation;

    public uint Control(ulong structure = Structure) => BinaryPrimitives.ReadUInt32BigEndian(Ram.Read(structure, 4));

    public void Start(ulong structure)
    {
        Out(0x514, 4, BinaryPrimitives.ReverseEndianness((uint)(structure >> 32)));
        Out(0x518, 4, BinaryPrimitives.ReverseEndianness((uint)structure));
    }

    public static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.ASCII.GetString(bytes);
}
