namespace OsDevHv.Devices;

/// <summary>An I/O APIC with 24 pins, version 20h: the register window that a PC has at FEC00000h.</summary>
/// <remarks>
/// <para>Specification: Intel 82093AA data sheet (290566), with the version and the EOI register of the Intel ICH9 data sheet (13.5).
/// Addresses and answers that these leave open are those of QEMU (hw/intc/ioapic.c).</para>
/// <para>Not modelled: electrical levels. A pin is asserted or not, and the polarity bit is kept but changes nothing, as on QEMU: a
/// device's line asserts its pin whatever the guest believes of its polarity. The APIC bus and arbitration: a message is accepted as soon
/// as it is sent, so delivery status reads 0, and the arbitration id is the id. Extended destination ids (bits 48 to 55 of an entry)
/// read 0.</para>
/// <para>An edge on a masked pin is lost (82093AA, 3.2.4, bit 16; QEMU too). A level-triggered pin sends whenever it is asserted,
/// unmasked, and remote IRR is clear: when asserted, when unmasked, and again after the EOI. NMI, SMI, INIT and ExtINT act as
/// edge-triggered and leave remote IRR clear. The reserved delivery modes send nothing. An entry that is made edge-triggered loses
/// its remote IRR: Linux ends interrupts that way where there is no EOI register.</para>
/// <para>Calls its sink from register writes, pin changes and EOIs, after its own state has changed. Called under the interrupt
/// controllers' lock.</para>
/// </remarks>
public sealed class IoApic : IBusDevice
{
    /// <summary>The number of pins.</summary>
    public const int PinCount = 24;

    /// <summary>The size of its page of memory, in bytes.</summary>
    public const int RangeSize = 0x1000;

    /// <summary>The offset of IOREGSEL, which selects a register.</summary>
    public const ulong SelectOffset = 0x00;

    /// <summary>The offset of IOWIN, the selected register.</summary>
    public const ulong WindowOffset = 0x10;

    /// <summary>The offset of the EOI register.</summary>
    public const ulong EoiOffset = 0x40;

    private const string Kind = "I/O APIC";
    private const uint Version = 0x20 | (PinCount - 1) << 16;
    private const byte IdRegister = 0;
    private const byte VersionRegister = 1;
    private const byte ArbitrationRegister = 2;
    private const byte FirstRedirection = 0x10;
    private const uint IdBits = 0x0f00_0000;

    private readonly IInterruptMessageSink _sink;
    private readonly IGuestErrorLog? _errors;
    private readonly byte _idAtReset;
    private readonly ulong[] _redirections = new ulong[PinCount];
    private readonly long[] _sent = new long[PinCount];
    private uint _asserted;
    private byte _select;

    /// <summary>An I/O APIC with every pin masked and none asserted.</summary>
    /// <param name="sink">Takes its messages to the local APICs.</param>
    /// <param name="id">The APIC id that firmware gives it, 0 to 15.</param>
    /// <param name="errors">Hears of wrong accesses.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id has more than 4 bits.</exception>
    public IoApic(IInterruptMessageSink sink, byte id, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, 15);
        _sink = sink;
        _errors = errors;
        _idAtReset = id;
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 4;

    /// <summary>The APIC id, 0 to 15.</summary>
    public byte Id { get; private set; }

    /// <summary>The register that IOREGSEL selects.</summary>
    public byte SelectedRegister => _select;

    private int HalfShift => 32 * (_select & 1);

    /// <summary>A pin's redirection entry; <see cref="RedirectionEntry"/> takes it apart.</summary>
    /// <param name="pin">0 to 23.</param>
    public ulong Redirection(int pin) => _redirections[pin];

    /// <summary>Whether a pin is asserted.</summary>
    /// <param name="pin">0 to 23.</param>
    public bool IsAsserted(int pin)
    {
        ThrowIfNoPin(pin);
        return (_asserted & (1u << pin)) != 0;
    }

    /// <summary>Whether a pin's level interrupt was sent and its EOI has not come.</summary>
    /// <param name="pin">0 to 23.</param>
    public bool RemoteIrr(int pin) => new RedirectionEntry(_redirections[pin]).RemoteIrr;

    /// <summary>The messages that a pin sent since power-on.</summary>
    /// <param name="pin">0 to 23.</param>
    public long Sent(int pin) => _sent[pin];

    /// <summary>Asserts or deasserts a pin; the level that it already has changes nothing.</summary>
    /// <param name="pin">0 to 23.</param>
    /// <param name="asserted">The new level.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pin.</exception>
    public void SetPin(int pin, bool asserted)
    {
        ThrowIfNoPin(pin);
        uint bit = 1u << pin;
        bool rises = asserted && (_asserted & bit) == 0;
        _asserted = asserted ? _asserted | bit : _asserted & ~bit;
        if (rises)
        {
            RedirectionEntry entry = new(_redirections[pin]);
            if (entry.ActsOnLevel)
            {
                SendIfLevelPending(pin);
            }
            else if (!entry.IsMasked)
            {
                Send(pin, entry);
            }
        }
    }

    /// <summary>A local APIC ended an interrupt that was level-triggered, or the guest wrote the EOI register.</summary>
    /// <param name="vector">The vector that was ended; the pins whose entries have it can interrupt again.</param>
    public void EndOfInterrupt(byte vector)
    {
        for (int pin = 0; pin < PinCount; pin++)
        {
            RedirectionEntry entry = new(_redirections[pin]);
            if (entry.RemoteIrr && entry.Vector == vector)
            {
                _redirections[pin] &= ~RedirectionEntry.RemoteIrrBit;
                SendIfLevelPending(pin);
            }
        }
    }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        ulong register = offset & 0xff;
        if (register == SelectOffset)
        {
            return _select;
        }

        if (size != 4 || register != WindowOffset)
        {
            _errors?.Report(Kind, "read that is not of 32 bits, or where no register can be read", offset);
            return 0;
        }

        return ReadSelected();
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        switch (offset & 0xff)
        {
            case SelectOffset:
                _select = (byte)value;
                break;
            case WindowOffset when size == 4:
                WriteSelected((uint)value);
                break;
            case EoiOffset when size == 4:
                EndOfInterrupt((byte)value);
                break;
            default:
                _errors?.Report(Kind, "write that is not of 32 bits, or where no register is", offset);
                break;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Pins stay as their devices drive them; the counters go on.</remarks>
    public void Reset()
    {
        Id = _idAtReset;
        _select = 0;
        Array.Fill(_redirections, RedirectionEntry.MaskBit);
    }

    private static void ThrowIfNoPin(int pin) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)pin, (uint)PinCount, nameof(pin));

    private bool TrySelectedPin(out int pin)
    {
        pin = (_select - FirstRedirection) >> 1;
        return pin is >= 0 and < PinCount;
    }

    private uint ReadSelected()
    {
        if (TrySelectedPin(out int pin))
        {
            return (uint)(_redirections[pin] >> HalfShift);
        }

        switch (_select)
        {
            case IdRegister or ArbitrationRegister:
                return (uint)Id << 24;
            case VersionRegister:
                return Version;
            default:
                _errors?.Report(Kind, "read of a register that is not there", _select);
                return 0;
        }
    }

    private void WriteSelected(uint value)
    {
        if (TrySelectedPin(out int pin))
        {
            WriteRedirection(pin, value);
        }
        else if (_select == IdRegister)
        {
            ReportIfReserved("reserved bits of the id register", value & ~IdBits, value);
            Id = (byte)((value & IdBits) >> 24);
        }
        else
        {
            _errors?.Report(Kind, "write to a register that is read-only or not there", _select);
        }
    }

    private void WriteRedirection(int pin, uint value)
    {
        ulong written = (ulong)value << HalfShift;
        ulong writable = RedirectionEntry.Writable & ((ulong)uint.MaxValue << HalfShift);
        // Delivery status and remote IRR are no error: kernels write back what they read.
        ReportIfReserved("reserved bits of a redirection entry", written & ~(writable | 0x5000), value);

        RedirectionEntry entry = new((_redirections[pin] & ~writable) | (written & writable));
        if (entry.HasReservedMode && !entry.IsMasked)
        {
            _errors?.Report(Kind, "reserved delivery mode in a redirection entry", value);
        }

        _redirections[pin] = entry.ActsOnLevel ? entry.Value : entry.Value & ~RedirectionEntry.RemoteIrrBit;
        SendIfLevelPending(pin);
    }

    private void SendIfLevelPending(int pin)
    {
        RedirectionEntry entry = new(_redirections[pin]);
        if (entry.ActsOnLevel && !entry.IsMasked && !entry.RemoteIrr && IsAsserted(pin))
        {
            _redirections[pin] |= RedirectionEntry.RemoteIrrBit;
            Send(pin, entry);
        }
    }

    private void Send(int pin, RedirectionEntry entry)
    {
        if (!entry.HasReservedMode)
        {
            _sent[pin]++;
            _sink.Send(entry.Message);
        }
    }

    private void ReportIfReserved(string problem, ulong reserved, uint written)
    {
        if (reserved != 0)
        {
            _errors?.Report(Kind, problem, written);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.All(_redirections);
        state.All(_sent);
        _asserted = state.Of(_asserted);
        _select = state.Of(_select);
        Id = state.Of(Id);
    }
}
