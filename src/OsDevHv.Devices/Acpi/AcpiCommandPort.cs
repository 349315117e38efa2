namespace OsDevHv.Devices;

/// <summary>The ports of ACPI's SMI_CMD, B2h, at which a kernel takes the machine into ACPI mode, and the scratch port B3h beside
/// it.</summary>
/// <remarks>
/// <para>Specification: ACPI 6.5, 4.8.3.2 and 5.2.9 (ACPI_ENABLE, ACPI_DISABLE); Intel ICH9 data sheet, APM_CNT and APM_STS; commands as on
/// QEMU's q35.</para>
/// <para>Not modelled: system management mode. What firmware's handler does for the two commands is done at once; other commands are
/// reported and have no effect.</para>
/// <para>One chip with <see cref="AcpiPowerManagement"/>: its slot shares that one's lock.</para>
/// </remarks>
public sealed class AcpiCommandPort : IBusDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 2;

    /// <summary>The command that sets SCI_EN: ACPI_ENABLE in the FADT.</summary>
    public const byte AcpiEnable = 0xf1;

    /// <summary>The command that clears SCI_EN: ACPI_DISABLE in the FADT.</summary>
    public const byte AcpiDisable = 0xf0;

    private readonly AcpiPowerManagement _registers;
    private readonly IGuestErrorLog? _errors;

    /// <summary>The ports in their power-on state.</summary>
    /// <param name="registers">Where SCI_EN is.</param>
    /// <param name="errors">Hears of unknown commands.</param>
    public AcpiCommandPort(AcpiPowerManagement registers, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(registers);
        _registers = registers;
        _errors = errors;
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>The command written last.</summary>
    public byte Command { get; private set; }

    /// <summary>The byte written last to port B3h.</summary>
    public byte Data { get; private set; }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => offset == 0 ? Command : Data;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        if (offset != 0)
        {
            Data = (byte)value;
            return;
        }

        Command = (byte)value;
        switch (Command)
        {
            case AcpiEnable:
                _registers.SetAcpiMode(enabled: true);
                break;
            case AcpiDisable:
                _registers.SetAcpiMode(enabled: false);
                break;
            default:
                _errors?.Report("SMI_CMD", "command without a handler", Command);
                break;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Command = 0;
        Data = 0;
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Command = state.Of(Command);
        Data = state.Of(Data);
    }
}
