namespace OsDevHv.Devices;

/// <summary>A PC's two 8259A interrupt controllers, the slave at the master's input 2, and their edge/level control registers.</summary>
/// <remarks>
/// <para>Specification: Intel 8259A data sheet (231468); ELCR as in Intel's PIIX3 (82371SB) and ICH9 data sheets. Where the data sheet
/// leaves a choice, QEMU's (hw/intc/i8259.c). LTIM is that of the data sheet: PIIX and ICH ignore it.</para>
/// <para>Not modelled: the 8080's mode (vectors are always those of an 8086); ICW3 (the wiring is what it is); buffered mode, whose bits
/// have no effect. An edge stays requested when its line falls before the acknowledge, as on QEMU and KVM, where the data sheet
/// has it withdrawn: an emulated pulse may well be over before the processor can answer. A level that falls is withdrawn, and INT stays:
/// the acknowledge finds no request, gives the vector of input 7 and puts nothing in service. At the slave that is interrupt 15, and the
/// master has input 2 in service; a slave that is masked late comes to the same.</para>
/// <para>INT falls at each acknowledge, and rises again where there is more to acknowledge: a slave with automatic EOI depends on that
/// at the master's edge-triggered input. During the initialisation words a chip requests nothing, but keeps edges that come.</para>
/// <para>At power-on they are as SeaBIOS leaves them for a kernel before it starts devices: interrupts 0 to 7 are vectors 08h to 0Fh, 8 to
/// 15 are 70h to 77h, all are masked but the slave's input at the master (masks FBh and FFh), and all are edge-triggered.</para>
/// <para>Offsets are ports less 20h: map ports 20h, A0h and 4D0h, two each, at the offsets given here. Called under the interrupt
/// controllers' lock.</para>
/// </remarks>
public sealed class Pic8259Pair : IBusDevice
{
    /// <summary>The number of interrupts, the master's input 2 among them.</summary>
    public const int IrqCount = 16;

    /// <summary>The number of ports at each offset.</summary>
    public const int PortCount = 2;

    /// <summary>The offset of the master, ports 20h and 21h.</summary>
    public const ulong MasterOffset = 0x00;

    /// <summary>The offset of the slave, ports A0h and A1h.</summary>
    public const ulong SlaveOffset = 0x80;

    /// <summary>The offset of ELCR1 and ELCR2, ports 4D0h and 4D1h.</summary>
    public const ulong ElcrOffset = 0x4b0;

    private const byte SpuriousInput = 7;

    private readonly IInterruptLine _output;
    private bool _outputIsHigh;

    /// <summary>The pair in its power-on state, with all inputs low.</summary>
    /// <param name="output">INTR, told of each change.</param>
    /// <param name="errors">Hears of command words that a PC has no use for.</param>
    public Pic8259Pair(IInterruptLine output, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        // Interrupts 0, 1, 2, 8 and 13 are edges for ever.
        Master = new Pic8259(isMaster: true, 0xf8, errors);
        Slave = new Pic8259(isMaster: false, 0xde, errors);
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>The one with interrupts 0 to 7.</summary>
    public Pic8259 Master { get; }

    /// <summary>The one with interrupts 8 to 15.</summary>
    public Pic8259 Slave { get; }

    /// <summary>The INTR output.</summary>
    public bool IsInterruptRequested => _outputIsHigh;

    /// <summary>Sets the level of an interrupt's line. Interrupt 2 has none, since the slave is there: setting it does nothing.</summary>
    /// <param name="irq">0 to 15.</param>
    /// <param name="high">The new level.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interrupt.</exception>
    public void SetInput(int irq, bool high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)irq, (uint)IrqCount, nameof(irq));
        if (irq != Pic8259.CascadeInput)
        {
            Pic8259 chip = irq < Pic8259.InputCount ? Master : Slave;
            chip.SetInput(irq % Pic8259.InputCount, high);
            PassOn();
        }
    }

    /// <summary>The processor's two INTA cycles.</summary>
    /// <returns>The vector; that of interrupt 7 or 15 where the request is gone.</returns>
    public byte Acknowledge()
    {
        int input = Master.Acknowledge();
        byte vector = Vector(Master, input);
        if (input == Pic8259.CascadeInput && !Master.IsSingle)
        {
            vector = Vector(Slave, Slave.Acknowledge());
            Master.SetInput(Pic8259.CascadeInput, high: false);
        }

        DriveOutput(high: false);
        PassOn();
        return vector;
    }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        switch (offset)
        {
            case MasterOffset or MasterOffset + 1:
                return ReadChip(Master, offset);
            case SlaveOffset or SlaveOffset + 1:
                return ReadChip(Slave, offset);
            case ElcrOffset:
                return Master.Elcr;
            case ElcrOffset + 1:
                return Slave.Elcr;
            default:
                return 0xff;
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        switch (offset)
        {
            case MasterOffset or MasterOffset + 1:
                Master.Write(IsOdd(offset), (byte)value);
                break;
            case SlaveOffset or SlaveOffset + 1:
                Slave.Write(IsOdd(offset), (byte)value);
                break;
            case ElcrOffset:
                Master.WriteElcr((byte)value);
                break;
            case ElcrOffset + 1:
                Slave.WriteElcr((byte)value);
                break;
            default:
                return;
        }

        PassOn();
    }

    /// <inheritdoc/>
    /// <remarks>Lines stay as their devices drive them, and one that is high must fall before it can interrupt; the counters go
    /// on.</remarks>
    public void Reset()
    {
        Master.Reset(vectorBase: 0x08, imr: 0xfb);
        Slave.Reset(vectorBase: 0x70, imr: 0xff);
        PassOn();
    }

    private static bool IsOdd(ulong offset) => (offset & 1) != 0;

    private static byte Vector(Pic8259 chip, int input) => (byte)(chip.VectorBase | (input == Pic8259.None ? SpuriousInput : input));

    private byte ReadChip(Pic8259 chip, ulong offset)
    {
        bool polls = chip.IsPolling;
        byte value = chip.Read(IsOdd(offset));
        if (polls)
        {
            // A poll acknowledges, so INT falls.
            if (chip == Slave)
            {
                Master.SetInput(Pic8259.CascadeInput, high: false);
            }
            else
            {
                DriveOutput(high: false);
            }

            PassOn();
        }

        return value;
    }

    private void PassOn()
    {
        Master.SetInput(Pic8259.CascadeInput, Slave.IsInterruptRequested);
        DriveOutput(Master.IsInterruptRequested);
    }

    private void DriveOutput(bool high)
    {
        if (_outputIsHigh != high)
        {
            _outputIsHigh = high;
            _output.Set(high);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Master.ExchangeState(state);
        Slave.ExchangeState(state);
        _outputIsHigh = state.Of(_outputIsHigh);
    }
}
