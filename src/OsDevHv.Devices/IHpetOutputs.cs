namespace OsDevHv.Devices;

/// <summary>Where an HPET's interrupts go that are no messages.</summary>
/// <remarks>Called under the HPET's lock; must not call back into a device.</remarks>
public interface IHpetOutputs
{
    /// <summary>Drives the HPET's contribution to an I/O APIC pin, active high.</summary>
    /// <param name="ioApicPin">0 to 31, out of the route mask that the HPET was made with.</param>
    /// <param name="high">The level, always a change.</param>
    void SetLine(int ioApicPin, bool high);

    /// <summary>Drives a line of legacy replacement.</summary>
    /// <param name="timer">0: 8259 IRQ 0 and I/O APIC pin 2; 1: IRQ 8 and pin 8.</param>
    /// <param name="high">The level, always a change.</param>
    void SetLegacy(int timer, bool high);

    /// <summary>Legacy replacement begins or ends: while it is on, the 8254 and the RTC are disconnected from IRQ 0 and IRQ 8.</summary>
    void LegacyReplacementChanged(bool on);
}

/// <summary>Takes a write of 32 bits that signals an interrupt by message to the bus.</summary>
public interface IMessageSignal
{
    /// <summary>Writes <paramref name="data"/> to <paramref name="address"/>. Must not call back into a device.</summary>
    void Signal(ulong address, uint data);
}
