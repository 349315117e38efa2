using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>ACPI's root pointer (ACPI 6.5, 5.2.5.3).</summary>
internal static class Rsdp
{
    public const string Signature = "RSD PTR ";

    public const int Bytes = 36;

    private const int Version1Bytes = 20;
    private const int ChecksumOffset = 8;
    private const int RevisionOffset = 15;
    private const int ExtendedChecksumOffset = 32;

    public static byte[] Build(string oemId, uint rsdt, uint xsdt)
    {
        StructureBuilder version1 = new StructureBuilder()
            .Text(Signature, 8)
            .U8(0)
            .Text(oemId, 6)
            .U8(2)
            .U32(rsdt)
            .Checksum(ChecksumOffset);
        return version1.U32(Bytes).U64(xsdt).U32(0).Checksum(ExtendedChecksumOffset).ToArray();
    }

    /// <summary>The root pointer of ACPI 1.0, which leads to the same RSDT and has revision 0.</summary>
    public static byte[] ToVersion1(ReadOnlySpan<byte> rsdp)
    {
        byte[] old = rsdp[..Version1Bytes].ToArray();
        old[RevisionOffset] = 0;
        old[ChecksumOffset] = 0;
        return new StructureBuilder().Bytes(old).Checksum(ChecksumOffset).ToArray();
    }
}
