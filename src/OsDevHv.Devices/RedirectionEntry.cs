namespace OsDevHv.Devices;

/// <summary>One entry of an I/O APIC's redirection table, taken apart (82093AA data sheet, 3.2.4).</summary>
/// <param name="Value">The entry's 64 bits: the register at the even index is the low half.</param>
public readonly record struct RedirectionEntry(ulong Value)
{
    internal const ulong RemoteIrrBit = 1UL << 14;
    internal const ulong MaskBit = 1UL << 16;

    // What a guest can write: all but delivery status and remote IRR, which are the chip's, and the reserved bits.
    internal const ulong Writable = 0xff00_0000_0001_afff;

    /// <summary>The vector, 0 to 255.</summary>
    public byte Vector => (byte)Value;

    /// <summary>The delivery mode; <see cref="DeliveryMode.Reserved"/> and <see cref="DeliveryMode.StartUp"/> are reserved
    /// here.</summary>
    public DeliveryMode Mode => (DeliveryMode)((Value >> 8) & 7);

    /// <summary>The destination is a logical one.</summary>
    public bool IsLogical => (Value & (1UL << 11)) != 0;

    /// <summary>The polarity bit: active low. Kept for reading only, see <see cref="IoApic"/>.</summary>
    public bool IsActiveLow => (Value & (1UL << 13)) != 0;

    /// <summary>A level interrupt was sent and its EOI has not come.</summary>
    public bool RemoteIrr => (Value & RemoteIrrBit) != 0;

    /// <summary>The trigger mode bit: level. <see cref="ActsOnLevel"/> says whether that has an effect.</summary>
    public bool IsLevel => (Value & (1UL << 15)) != 0;

    /// <summary>The pin is masked.</summary>
    public bool IsMasked => (Value & MaskBit) != 0;

    /// <summary>APIC id, or logical destination.</summary>
    public byte Destination => (byte)(Value >> 56);

    /// <summary>Level-triggered in effect: NMI, INIT, SMI and ExtINT are edge-triggered whatever the trigger mode bit says.</summary>
    public bool ActsOnLevel => IsLevel && Mode is (DeliveryMode.Fixed or DeliveryMode.LowestPriority);

    /// <summary>The delivery mode is not one that an I/O APIC has: nothing is sent.</summary>
    public bool HasReservedMode => Mode is DeliveryMode.Reserved or DeliveryMode.StartUp;

    internal InterruptMessage Message => new(Vector, Mode, Destination, IsLogical, ActsOnLevel);
}
