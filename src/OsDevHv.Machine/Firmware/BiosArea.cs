namespace OsDevHv.Machine.Firmware;

/// <summary>
/// Where tables go: F0000h to FFFFFh, the segment that kernels search for every kind of table. It is RAM here, so that what a kernel may
/// write to (ACPI's global lock in the FACS) can be written to, and reserved in the memory map.
/// </summary>
internal sealed class BiosArea
{
    public const ulong Start = 0xf_0000;
    public const ulong End = 0x10_0000;

    private readonly List<FirmwareTable> _tables = [];
    private ulong _next = Start;

    public IReadOnlyList<FirmwareTable> Tables => _tables;

    /// <summary>Keeps room for what refers to tables that are yet to be placed.</summary>
    public uint Reserve(int length, uint alignment)
    {
        ulong address = (_next + alignment - 1) / alignment * alignment;
        _next = address + (ulong)length;
        return _next <= End
            ? (uint)address
            : throw new InvalidOperationException($"The firmware tables do not fit into 0x{Start:x} to 0x{End - 1:x}.");
    }

    /// <summary>Places a table where room was kept, or outside the area.</summary>
    public void PlaceAt(ulong address, string name, byte[] bytes) => _tables.Add(new FirmwareTable(name, address, bytes));

    /// <summary>Places a table in the lowest free room.</summary>
    public uint Place(string name, byte[] bytes, uint alignment = 16)
    {
        uint address = Reserve(bytes.Length, alignment);
        PlaceAt(address, name, bytes);
        return address;
    }
}
