namespace OsDevHv.Devices;

/// <summary>What an interrupt message makes its destinations do: the delivery mode of ICR, I/O APIC entries and MSI data.</summary>
public enum DeliveryMode : byte
{
    /// <summary>Deliver the vector to every destination.</summary>
    Fixed = 0,

    /// <summary>Deliver the vector to the destination that runs at the lowest priority.</summary>
    LowestPriority = 1,

    /// <summary>System management interrupt.</summary>
    SystemManagement = 2,

    /// <summary>Reserved.</summary>
    Reserved = 3,

    /// <summary>Non-maskable interrupt; the vector is ignored.</summary>
    NonMaskable = 4,

    /// <summary>INIT; the vector is ignored.</summary>
    Init = 5,

    /// <summary>Start-up (SIPI): the vector is the page at which to begin.</summary>
    StartUp = 6,

    /// <summary>External: the vector comes from the 8259A.</summary>
    External = 7,
}

/// <summary>The destination shorthand of an inter-processor interrupt.</summary>
public enum DestinationShorthand : byte
{
    /// <summary>The destination field says who.</summary>
    None = 0,

    /// <summary>The sender.</summary>
    Self = 1,

    /// <summary>All, the sender too.</summary>
    AllIncludingSelf = 2,

    /// <summary>All but the sender.</summary>
    AllExcludingSelf = 3,
}

/// <summary>A message to local APICs (Intel SDM vol. 3A, 11.6 and 11.11).</summary>
/// <param name="Vector">The vector, 0 to 255.</param>
/// <param name="Mode">What it makes destinations do.</param>
/// <param name="Destination">APIC id or logical destination: 8 bits, or 32 from an x2APIC.</param>
/// <param name="IsLogical">The destination is a logical one.</param>
/// <param name="IsLevel">Level-triggered: the EOI is broadcast to the I/O APICs.</param>
/// <param name="IsWide">The destination has 32 bits: all ones is the broadcast, where it is FFh otherwise.</param>
/// <param name="Shorthand">Stands for the destination, in messages of local APICs.</param>
public readonly record struct InterruptMessage(
    byte Vector,
    DeliveryMode Mode,
    uint Destination,
    bool IsLogical,
    bool IsLevel,
    bool IsWide = false,
    DestinationShorthand Shorthand = DestinationShorthand.None);

/// <summary>Takes interrupt messages to the local APICs that they are for.</summary>
public interface IInterruptMessageSink
{
    /// <summary>Delivers a message; one that nobody takes is lost. Any thread.</summary>
    void Send(in InterruptMessage message);
}
