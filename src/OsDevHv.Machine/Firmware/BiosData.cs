using System.Buffers.Binary;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The BIOS data area at 400h and the extended one below video memory, which kernels ask for the end of low memory, for serial ports, and
/// for where to search for tables (IBM PC AT Technical Reference; Phoenix, System BIOS for IBM PCs). Everything else in them is 0.
/// </summary>
internal static class BiosData
{
    private const ulong Start = 0x400;
    private const int Bytes = 0x100;
    private const int SerialPorts = 4;
    private const int ExtendedSegmentOffset = 0x0e;
    private const int EquipmentOffset = 0x10;
    private const int BaseMemoryOffset = 0x13;
    private const ulong ExtendedBytes = 0x400;

    public static void Place(FirmwareMachine machine, BiosArea area)
    {
        byte[] data = new byte[Bytes];
        int ports = Math.Min(machine.Uarts.Count, SerialPorts);
        for (int index = 0; index < ports; index++)
        {
            Put(data, 2 * index, machine.Uarts[index].Port);
        }

        const int mathCoprocessor = 1 << 1;
        Put(data, ExtendedSegmentOffset, (int)(MemoryMap.LowMemoryEnd >> 4));
        Put(data, EquipmentOffset, mathCoprocessor | (ports << 9));
        Put(data, BaseMemoryOffset, (int)(MemoryMap.LowMemoryEnd / 1024));
        area.PlaceAt(Start, "BDA", data);

        byte[] extended = new byte[ExtendedBytes];
        // Its size in KiB.
        extended[0] = (byte)(ExtendedBytes / 1024);
        area.PlaceAt(MemoryMap.LowMemoryEnd, "EBDA", extended);
    }

    private static void Put(byte[] data, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(offset), (ushort)value);
}
