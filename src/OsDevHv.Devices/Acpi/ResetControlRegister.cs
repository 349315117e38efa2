namespace OsDevHv.Devices;

/// <summary>The chipset's reset control register, port CF9h, which ACPI's FADT names as the reset register with the value 0Fh on QEMU; 06h
/// and 0Eh are the usual ones of kernels.</summary>
/// <remarks>
/// Specification: Intel ICH9 data sheet, RST_CNT; as on QEMU a write with RST_CPU (bit 2) set resets, whatever was there. Not modelled:
/// what kind of reset the other two bits choose; they read back.
/// </remarks>
public sealed class ResetControlRegister : IBusDevice
{
    private const byte ResetNow = 0x04;
    private const byte Kept = 0x0a;

    private readonly IPowerControl _power;

    /// <summary>The register in its power-on state.</summary>
    /// <param name="power">Told when the guest resets the machine here.</param>
    public ResetControlRegister(IPowerControl power)
    {
        ArgumentNullException.ThrowIfNull(power);
        _power = power;
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>SYS_RST (bit 1) and FULL_RST (bit 3) as written.</summary>
    public byte Value { get; private set; }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => Value;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        Value = (byte)(value & Kept);
        if ((value & ResetNow) != 0)
        {
            _power.Reset("port CF9h");
        }
    }

    /// <inheritdoc/>
    public void Reset() => Value = 0;

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Value = state.Of(Value);
    }
}
