namespace OsDevHv.Devices;

/// <summary>What a guest writes to a 16550A that its data sheet (PC16550D, "Registers") reserves, or that <see cref="Uart16550"/> does not
/// model.</summary>
internal static class UartGuestErrors
{
    private const string Device = "16550";

    /// <summary>Tells of a write that is wrong.</summary>
    /// <param name="log">Where to; null is nowhere.</param>
    /// <param name="register">0 to 7.</param>
    /// <param name="value">What is written.</param>
    /// <param name="divisorLatch">Whether registers 0 and 1 are the divisor latch's now.</param>
    public static void Check(IGuestErrorLog? log, ulong register, byte value, bool divisorLatch)
    {
        switch (register)
        {
            case 1 when !divisorLatch && (value & 0xf0) != 0:
                log?.Report(Device, "reserved bits of the interrupt enable register", value);
                break;
            case 2 when (value & 0x30) != 0:
                log?.Report(Device, "reserved bits of the FIFO control register", value);
                break;
            case 3 when (value & 0x40) != 0:
                log?.Report(Device, "a break, which is not modelled", value);
                break;
            case 4 when (value & 0xe0) != 0:
                log?.Report(Device, "reserved bits of the modem control register", value);
                break;
            case 5 or 6:
                log?.Report(Device, "write to a status register, which the data sheet reserves for factory tests", register);
                break;
            default:
                break;
        }
    }
}
