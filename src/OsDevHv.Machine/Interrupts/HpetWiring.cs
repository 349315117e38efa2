using OsDevHv.Devices;

namespace OsDevHv.Machine.Interrupts;

/// <summary>
/// Where an HPET's interrupts go: to pins of the I/O APIC, as messages to local APICs, and in legacy replacement to interrupts 0 and 8 in
/// place of the 8254 and the RTC (IA-PC HPET 1.0a, 2.3.5).
/// </summary>
internal sealed class HpetWiring : IHpetOutputs, IMessageSignal
{
    private readonly InterruptFabric _fabric;
    private readonly GatedLine _timer;
    private readonly GatedLine _clock;
    private readonly IInterruptLine[] _legacy;
    private readonly IInterruptLine?[] _pins = new IInterruptLine?[IoApic.PinCount];

    /// <param name="fabric">The controllers.</param>
    /// <param name="timer">The 8254's line.</param>
    /// <param name="clock">The RTC's line.</param>
    public HpetWiring(InterruptFabric fabric, GatedLine timer, GatedLine clock)
    {
        _fabric = fabric;
        _timer = timer;
        _clock = clock;
        _legacy = [fabric.AddIsaLine(0), fabric.AddIsaLine(8)];
        for (int pin = 0; pin < IoApic.PinCount; pin++)
        {
            _pins[pin] = ((Hpet.RoutablePins >> pin) & 1) != 0 ? fabric.AddIoApicLine(pin) : null;
        }
    }

    /// <inheritdoc/>
    public void SetLine(int ioApicPin, bool high) => _pins[ioApicPin]?.Set(high);

    /// <inheritdoc/>
    public void SetLegacy(int timer, bool high) => _legacy[timer].Set(high);

    /// <inheritdoc/>
    public void LegacyReplacementChanged(bool on)
    {
        _timer.SetGate(!on);
        _clock.SetGate(!on);
    }

    /// <inheritdoc/>
    public void Signal(ulong address, uint data)
    {
        if (Msi.TryDecode(address, data, out InterruptMessage message))
        {
            _fabric.Send(message);
        }
    }
}
