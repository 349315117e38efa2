namespace OsDevHv.Devices;

/// <summary>What the non-volatile memory of a <see cref="CmosRtc"/> holds at power-on.</summary>
public sealed record CmosRtcOptions
{
    /// <summary>How much of the machine's memory is at 4 GiB and above, in bytes.</summary>
    public ulong MemoryAbove4GiB { get; init; }

    /// <summary>Bytes 0Eh to 7Fh, but for the century (32h), in place of what firmware would have put there. The checksum (2Eh, 2Fh) is
    /// that of the bytes as they are in the end, unless it is given here too.</summary>
    public IReadOnlyDictionary<byte, byte> Contents { get; init; } = new Dictionary<byte, byte>();

    /// <summary>Bytes 0 to 7Fh of the extended bank at port 72h, in place of 0.</summary>
    public IReadOnlyDictionary<byte, byte> ExtendedContents { get; init; } = new Dictionary<byte, byte>();
}
