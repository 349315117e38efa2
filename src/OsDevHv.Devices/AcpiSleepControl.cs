namespace OsDevHv.Devices;

/// <summary>ACPI's PM1a control register, of which the soft-off command acts: 16 bits at the port that the FADT would name.</summary>
/// <remarks>
/// <para>Specification: ACPI 6.5, 4.8.3.2.1 (PM1 control registers), with the sleep type of QEMU's machines (hw/acpi/core.c), whose \_S5
/// package says 0: the usual 2000h to port 604h (q35, i440fx) or B004h (Bochs, old QEMU) is SLP_EN with SLP_TYP 0.</para>
/// <para>Not modelled: the other sleep types, which do nothing (on QEMU 1 suspends and 2 hibernates); the SCI and the switch to ACPI mode,
/// so SCI_EN is what was written; bus master reload and global release. <see cref="AcpiPowerManagement"/> is the block with its events
/// and timer, for the base of 600h.</para>
/// </remarks>
public sealed class AcpiSleepControl : IBusDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 2;

    private const int SleepEnable = 1 << 13;
    private const int SleepType = 7 << 10;
    private const int SoftOff = 0 << 10;

    // SCI_EN, BM_RLD and SLP_TYP; GBL_RLS and SLP_EN are for writing only, the rest is reserved.
    private const int Readable = 0x0003 | SleepType;

    private readonly IPowerControl _power;
    private int _value;

    /// <summary>The register in its power-on state.</summary>
    /// <param name="power">Told when the guest turns the machine off here.</param>
    public AcpiSleepControl(IPowerControl power)
    {
        ArgumentNullException.ThrowIfNull(power);
        _power = power;
    }

    /// <inheritdoc/>
    public int AccessSize => 2;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => (ulong)_value >> (8 * (int)(offset & 1));

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        int written = (int)(value & 0xffff);
        if (size == 1)
        {
            // A write of one byte leaves the other one's bits as they are.
            int shift = 8 * (int)(offset & 1);
            written = ((written & 0xff) << shift) | (_value & (0xff00 >> shift));
        }

        _value = written & Readable;
        if ((written & SleepEnable) != 0 && (written & SleepType) == SoftOff)
        {
            _power.PowerOff("ACPI PM1a_CNT");
        }
    }

    /// <inheritdoc/>
    public void Reset() => _value = 0;

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _value = state.Of(_value);
    }
}
