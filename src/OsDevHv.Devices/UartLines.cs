namespace OsDevHv.Devices;

/// <summary>What can be wrong with a character that arrives at a UART, as bits of its line status register.</summary>
[Flags]
public enum LineErrors
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its parity bit is wrong.</summary>
    Parity = 0x04,

    /// <summary>It has no stop bit.</summary>
    Framing = 0x08,

    /// <summary>It is no character: the line was held spacing. The character that stands for it is 0.</summary>
    Break = 0x10,
}

/// <summary>The modem's lines into a UART, as bits of its modem status register; set is active.</summary>
[Flags]
public enum ModemInputs
{
    /// <summary>All inactive.</summary>
    None = 0,

    /// <summary>Clear to send.</summary>
    ClearToSend = 0x10,

    /// <summary>Data set ready.</summary>
    DataSetReady = 0x20,

    /// <summary>Ring indicator.</summary>
    RingIndicator = 0x40,

    /// <summary>Data carrier detect.</summary>
    CarrierDetect = 0x80,

    /// <summary>A peer that is on and ready, as a null-modem cable shows it.</summary>
    Connected = ClearToSend | DataSetReady | CarrierDetect,
}
