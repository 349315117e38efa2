namespace OsDevHv.Devices;

/// <summary>Fills the non-volatile memory beside an RTC as firmware and QEMU (hw/i386/pc.c, pc_cmos_init) do.</summary>
/// <remarks>Not filled: drives (none), boot order, and what SeaBIOS asks of QEMU there.</remarks>
internal static class CmosContents
{
    public const int First = 0x0e;
    public const int ShutdownStatus = 0x0f;
    public const int BankSize = 0x80;

    private const int Equipment = 0x14;
    private const int BaseMemory = 0x15;
    private const int ExtendedMemory = 0x17;
    private const int FirstChecked = 0x10;
    private const int Checksum = 0x2e;
    private const int ExtendedMemoryFound = 0x30;
    private const int MemoryAbove16MiB = 0x34;
    private const int MemoryAbove4GiB = 0x5b;

    private const byte MathCoprocessor = 0x02;

    /// <summary>Fills a bank that is all 0.</summary>
    /// <param name="bank">128 bytes.</param>
    /// <param name="memoryBytes">All memory.</param>
    /// <param name="options">What differs.</param>
    /// <exception cref="ArgumentException">The options name a byte that is not theirs to give.</exception>
    public static void Fill(Span<byte> bank, ulong memoryBytes, CmosRtcOptions options)
    {
        ulong above = Math.Min(options.MemoryAbove4GiB, memoryBytes);
        ulong below = memoryBytes - above;
        bank[Equipment] = MathCoprocessor;
        PutSize(bank.Slice(BaseMemory, 2), Math.Min(below >> 10, 640));
        PutSize(bank.Slice(ExtendedMemory, 2), Beyond(below >> 10, 1024));
        PutSize(bank.Slice(ExtendedMemoryFound, 2), Beyond(below >> 10, 1024));
        PutSize(bank.Slice(MemoryAbove16MiB, 2), Beyond(below >> 16, 256));
        PutSize(bank.Slice(MemoryAbove4GiB, 3), above >> 16);

        foreach ((byte index, byte value) in options.Contents)
        {
            if (index is < First or >= BankSize or RtcRegisters.Century)
            {
                throw new ArgumentException($"0x{index:x2} is no byte of non-volatile memory.", nameof(options));
            }

            bank[index] = value;
        }

        if (!options.Contents.ContainsKey(Checksum) && !options.Contents.ContainsKey(Checksum + 1))
        {
            int sum = 0;
            foreach (byte value in bank[FirstChecked..Checksum])
            {
                sum += value;
            }

            bank[Checksum] = (byte)(sum >> 8);
            bank[Checksum + 1] = (byte)sum;
        }
    }

    /// <summary>Fills the extended bank, which is all 0.</summary>
    /// <exception cref="ArgumentException">The options name a byte beyond it.</exception>
    public static void FillExtended(Span<byte> bank, CmosRtcOptions options)
    {
        foreach ((byte index, byte value) in options.ExtendedContents)
        {
            if (index >= BankSize)
            {
                throw new ArgumentException($"0x{index:x2} is beyond the extended bank.", nameof(options));
            }

            bank[index] = value;
        }
    }

    private static ulong Beyond(ulong size, ulong start) => size > start ? size - start : 0;

    /// <summary>Little-endian, or all ones if it does not fit.</summary>
    private static void PutSize(Span<byte> bytes, ulong size)
    {
        size = Math.Min(size, (1UL << (8 * bytes.Length)) - 1);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(size >> (8 * i));
        }
    }
}
