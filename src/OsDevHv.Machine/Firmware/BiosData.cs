using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The BIOS data area at 400h and the extended one below video memory, which kernels ask for the end of low memory, for serial ports, for
/// the video mode, and for where to search for tables (IBM PC AT Technical Reference; Phoenix, System BIOS for IBM PCs). Everything else in
/// them is 0. With a VGA, text memory too: spaces.
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

        const int mathCoprocessor = 1 << 1, colorText80 = 2 << 4;
        Put(data, ExtendedSegmentOffset, (int)(MemoryMap.LowMemoryEnd >> 4));
        Put(data, EquipmentOffset, mathCoprocessor | (machine.HasVgaText ? colorText80 : 0) | (ports << 9));
        Put(data, BaseMemoryOffset, (int)(MemoryMap.LowMemoryEnd / 1024));
        if (machine.HasVgaText)
        {
            PutVideo(data);
            area.PlaceAt(VgaText.ColorMemory, "text memory", BlankText());
        }

        area.PlaceAt(Start, "BDA", data);

        byte[] extended = new byte[ExtendedBytes];
        // Its size in KiB.
        extended[0] = (byte)(ExtendedBytes / 1024);
        area.PlaceAt(MemoryMap.LowMemoryEnd, "EBDA", extended);
    }

    /// <summary>Mode 3 with the cursor at the top left, on its two last scan lines.</summary>
    private static void PutVideo(byte[] data)
    {
        data[0x49] = 3;
        Put(data, 0x4a, 80);
        Put(data, 0x4c, 0x1000);
        Put(data, 0x60, 0x0607);
        Put(data, 0x63, 0x3d4);
        data[0x65] = 0x29;
        data[0x66] = 0x30;
        data[0x84] = 25 - 1;
        Put(data, 0x85, 16);
        // 256 KiB of video memory, a colour display on the primary adapter, 400 lines, a VGA.
        data[0x87] = 0x60;
        data[0x88] = 0xf9;
        data[0x89] = 0x51;
        data[0x8a] = 0x08;
    }

    /// <summary>Spaces, light grey on black.</summary>
    private static byte[] BlankText()
    {
        byte[] text = new byte[VgaText.MemoryBytes];
        for (int at = 0; at < text.Length; at += 2)
        {
            Put(text, at, 0x0720);
        }

        return text;
    }

    private static void Put(byte[] data, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(offset), (ushort)value);
}
