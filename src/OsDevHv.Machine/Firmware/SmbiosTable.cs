using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// SMBIOS 3.0 (DMTF DSP0134): the 64-bit entry point, and the structures that it requires. What this machine has no truth about (serial
/// numbers, speeds, voltages, a UUID) is left unstated.
/// </summary>
internal static class SmbiosTable
{
    public const string EntrySignature = "_SM3_";

    private const int EntryBytes = 24;
    private const ushort None = 0xffff;
    private const byte NoRevision = 0xff;
    private const ushort NoErrorInformation = 0xfffe;
    private const string Maker = "OsDevHv";

    private const ushort ChassisHandle = 0x300;
    private const ushort ArrayHandle = 0x1000;

    private enum Kind : byte
    {
        Bios = 0,
        System = 1,
        Chassis = 3,
        Processor = 4,
        MemoryArray = 16,
        MemoryDevice = 17,
        MemoryRange = 19,
        BootStatus = 32,
        End = 127,
    }

    public static void Place(FirmwareMachine machine, BiosArea area)
    {
        uint entry = area.Reserve(EntryBytes, 16);
        byte[] structures = Structures(machine);
        uint address = area.Place("SMBIOS", structures);
        byte[] bytes = new StructureBuilder()
            .Text(EntrySignature, 5)
            .U8(0)
            .U8(EntryBytes)
            .U8(3).U8(0).U8(0)
            .U8(1)
            .U8(0)
            .U32((uint)structures.Length)
            .U64(address)
            .Checksum(5)
            .ToArray();
        area.PlaceAt(entry, EntrySignature, bytes);
    }

    /// <summary>The version that an entry point states.</summary>
    public static (byte Major, byte Minor) VersionOf(ReadOnlySpan<byte> entry) => (entry[7], entry[8]);

    private static byte[] Structures(FirmwareMachine machine)
    {
        StructureBuilder all = new();
        AddBoard(all);
        AddProcessor(all, machine);
        AddMemory(all, machine.Memory);
        Add(all, Kind.BootStatus, 0x2000, new StructureBuilder().Zeros(7));
        Add(all, Kind.End, 0x7f00, new StructureBuilder());
        return all.ToArray();
    }

    private static void AddBoard(StructureBuilder all)
    {
        // Characteristics: not stated. In the second extension byte: a virtual machine.
        const ulong unsupported = 1 << 3;
        const byte virtualMachine = 1 << 4;
        StructureBuilder bios = new StructureBuilder()
            .U8(1).U8(2)
            .U16((ushort)(BiosArea.Start >> 4))
            .U8(3)
            .U8((byte)(((BiosArea.End - BiosArea.Start) >> 16) - 1))
            .U64(unsupported)
            .U8(0).U8(virtualMachine)
            .U8(NoRevision).U8(NoRevision).U8(NoRevision).U8(NoRevision);
        Add(all, Kind.Bios, 0, bios, Maker, "1", "01/01/2026");

        const byte powerSwitch = 6;
        StructureBuilder system = new StructureBuilder().U8(1).U8(2).U8(0).U8(0).Zeros(16).U8(powerSwitch).U8(0).U8(0);
        Add(all, Kind.System, 0x100, system, Maker, "PC");

        const byte other = 1, safe = 3, noSecurity = 3;
        StructureBuilder chassis = new StructureBuilder()
            .U8(1).U8(other).U8(0).U8(0).U8(0)
            .U8(safe).U8(safe).U8(safe).U8(noSecurity)
            .U32(0).U8(0).U8(0).U8(0).U8(0).U8(0);
        Add(all, Kind.Chassis, ChassisHandle, chassis, Maker);
    }

    /// <summary>One package with all processors as its cores, as CPUID says.</summary>
    private static void AddProcessor(StructureBuilder all, FirmwareMachine machine)
    {
        const byte central = 3, other = 1, populatedAndEnabled = 0x41;
        const ushort is64Bit = 1 << 2, isMultiCore = 1 << 3;
        ushort cores = (ushort)machine.CpuCount;
        StructureBuilder processor = new StructureBuilder()
            .U8(1).U8(central).U8(other).U8(2)
            .U32(machine.CpuSignature).U32(machine.CpuFeatures)
            .U8(0).U8(0).U16(0).U16(0).U16(0)
            .U8(populatedAndEnabled).U8(other)
            .U16(None).U16(None).U16(None)
            .U8(0).U8(0).U8(0)
            .U8((byte)cores).U8((byte)cores).U8((byte)cores)
            .U16((ushort)(is64Bit | (cores > 1 ? isMultiCore : 0)))
            .U16(other)
            .U16(cores).U16(cores).U16(cores);
        Add(all, Kind.Processor, 0x400, processor, "CPU 0", Maker);
    }

    private static void AddMemory(StructureBuilder all, MemoryMap memory)
    {
        const byte systemBoard = 3, systemMemory = 3, noErrorCorrection = 3;
        StructureBuilder array = new StructureBuilder()
            .U8(systemBoard).U8(systemMemory).U8(noErrorCorrection)
            .U32((uint)(memory.RamBytes >> 10))
            .U16(NoErrorInformation).U16(1).U64(0);
        Add(all, Kind.MemoryArray, ArrayHandle, array);

        const byte dimm = 9, ram = 7;
        const ushort otherDetail = 1 << 1;
        StructureBuilder device = new StructureBuilder()
            .U16(ArrayHandle).U16(NoErrorInformation)
            .U16(None).U16(None)
            .U16(DeviceSize(memory.RamBytes))
            .U8(dimm).U8(0).U8(1).U8(0).U8(ram).U16(otherDetail)
            .U16(0).U8(0).U8(0).U8(0).U8(0).U8(0)
            .U32((uint)(memory.RamBytes >> 20))
            .U16(0).U16(0).U16(0).U16(0);
        Add(all, Kind.MemoryDevice, 0x1100, device, "DIMM 0");

        ushort handle = 0x1300;
        foreach (MemoryMapping mapping in memory.Backing)
        {
            // A framebuffer's memory is behind RAM.
            if (mapping.RamOffset >= memory.RamBytes)
            {
                continue;
            }

            StructureBuilder range = new StructureBuilder()
                .U32((uint)(mapping.GuestAddress >> 10))
                .U32((uint)(((mapping.GuestAddress + mapping.Length) >> 10) - 1))
                .U16(ArrayHandle).U8(1).U64(0).U64(0);
            Add(all, Kind.MemoryRange, handle++, range);
        }
    }

    /// <summary>In MiB; in KiB with bit 15 set where that loses nothing; 7FFFh where it needs the wider field.</summary>
    private static ushort DeviceSize(ulong bytes)
    {
        const ulong wide = 0x7fff;
        const ushort inKiB = 0x8000;
        ulong kilobytes = bytes >> 10;
        return bytes % (1 << 20) != 0 && kilobytes < wide ? (ushort)(inKiB | kilobytes) : (ushort)Math.Min(bytes >> 20, wide);
    }

    /// <summary>A structure: a header, its fields, its strings, a zero.</summary>
    private static void Add(StructureBuilder all, Kind kind, ushort handle, StructureBuilder fields, params ReadOnlySpan<string> strings)
    {
        all.U8((byte)kind).U8((byte)(4 + fields.Length)).U16(handle).Bytes(fields.ToArray());
        foreach (string text in strings)
        {
            all.String(text);
        }

        all.Zeros(strings.Length == 0 ? 2 : 1);
    }
}
