using System.Buffers.Binary;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Tests.Firmware;

/// <summary>Machines to make tables for, and the reading of tables.</summary>
internal static class Machines
{
    /// <summary>One processor and RAM; no device at all.</summary>
    public static FirmwareMachine Bare { get; } = new() { CpuCount = 1, Memory = new MemoryMap(16 << 20) };

    /// <summary>Everything that there can be.</summary>
    public static FirmwareMachine Pc { get; } = new()
    {
        CpuCount = 2,
        Memory = new MemoryMap(128 << 20),
        CpuSignature = 0x0008_06f8,
        CpuFeatures = 0x178b_fbff,
        IoApicAddress = 0xfec0_0000,
        HasPic = true,
        HasPit = true,
        HasRtc = true,
        HasKeyboardController = true,
        HasFwCfg = true,
        HasMouse = true,
        Hpet = new FirmwareHpet(0xfed0_0000, 3),
        PowerManagement = new FirmwarePowerManagement(0x600, Has32BitTimer: true),
        Uarts = [new(0x3f8, 4), new(0x2f8, 3), new(0x3e8, 4), new(0x2e8, 3)],
    };

    /// <summary>By a name for tests that run for several.</summary>
    public static FirmwareMachine Named(string name) => name switch
    {
        "bare" => Bare,
        "pc" => Pc,
        "one processor" => Pc with { CpuCount = 1 },
        "64 processors" => Pc with { CpuCount = 64, Memory = new MemoryMap(1UL << 40) },
        "no I/O APIC" => Pc with { IoApicAddress = null },
        "no HPET" => Pc with { Hpet = null },
        "no 8259" => Pc with { HasPic = false },
        "no fixed hardware" => Pc with { PowerManagement = null },
        "32 timers" => Pc with { Hpet = new FirmwareHpet(0xfed0_0400, 32), Uarts = [] },
        "40 serial ports" => Pc with
        {
            CpuCount = 64,
            Uarts = [.. Enumerable.Range(0, 40).Select(n => new FirmwareUart((ushort)(0x1000 + (8 * n)), n % 16))],
        },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such machine."),
    };

    public static readonly TheoryData<string> Names = new(
        "bare", "pc", "one processor", "64 processors", "no I/O APIC", "no HPET", "no 8259", "no fixed hardware", "32 timers",
        "40 serial ports");

    public static FirmwareTable Table(this FirmwareMachine machine, string name) =>
        Assert.Single(FirmwareTables.Build(machine).Tables, table => table.Name == name);

    public static bool Has(this FirmwareMachine machine, string name) =>
        FirmwareTables.Build(machine).Tables.Any(table => table.Name == name);

    public static byte U8(this FirmwareTable table, int offset) => table.Bytes.Span[offset];

    public static ushort U16(this FirmwareTable table, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(table.Bytes.Span[offset..]);

    public static uint U32(this FirmwareTable table, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(table.Bytes.Span[offset..]);

    public static ulong U64(this FirmwareTable table, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(table.Bytes.Span[offset..]);

    public static string Text(this FirmwareTable table, int offset, int length) =>
        System.Text.Encoding.ASCII.GetString(table.Bytes.Span.Slice(offset, length));

    public static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum;
    }
}
