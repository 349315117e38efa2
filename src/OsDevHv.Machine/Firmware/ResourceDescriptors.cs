using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>What a device's _CRS object holds (ACPI 6.5, chapter 6.4).</summary>
internal static class ResourceDescriptors
{
    /// <summary>A _CRS object.</summary>
    public static byte[] Resources(params ReadOnlySpan<byte[]> descriptors)
    {
        StructureBuilder template = new();
        foreach (byte[] descriptor in descriptors)
        {
            template.Bytes(descriptor);
        }

        // The end tag; a checksum of 0 is none.
        return Aml.Name("_CRS", Aml.Buffer(template.U8(0x79).U8(0).ToArray()));
    }

    /// <summary>Ports that cannot move, 16 bits decoded.</summary>
    public static byte[] Ports(ushort first, byte count) =>
        new StructureBuilder().U8(0x47).U8(1).U16(first).U16(first).U8(1).U8(count).ToArray();

    /// <summary>An ISA interrupt, edge-triggered and active high.</summary>
    public static byte[] Irq(int number, bool isShared = false)
    {
        const byte edge = 0x01, shared = 0x10;
        ushort mask = (ushort)(1 << number);
        return isShared
            ? new StructureBuilder().U8(0x23).U16(mask).U8(edge | shared).ToArray()
            : new StructureBuilder().U8(0x22).U16(mask).ToArray();
    }

    /// <summary>Memory that cannot move and is read only, as QEMU has it.</summary>
    public static byte[] FixedMemory(uint address, uint length) =>
        new StructureBuilder().U8(0x86).U16(9).U8(0).U32(address).U32(length).ToArray();
}
