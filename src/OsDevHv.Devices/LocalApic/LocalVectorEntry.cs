namespace OsDevHv.Devices;

/// <summary>The entries of the local vector table, in the order of their registers (320h to 370h).</summary>
public enum LocalVector : byte
{
    /// <summary>The timer.</summary>
    Timer,

    /// <summary>The thermal sensor.</summary>
    Thermal,

    /// <summary>The performance monitoring counters.</summary>
    PerformanceCounter,

    /// <summary>The pin LINT0, on a PC the 8259A's INTR.</summary>
    Lint0,

    /// <summary>The pin LINT1, on a PC the NMI.</summary>
    Lint1,

    /// <summary>Errors of the local APIC itself.</summary>
    Error,
}

/// <summary>One register of the local vector table (Intel SDM vol. 3A, figure 11-8).</summary>
/// <param name="Raw">The register as it reads.</param>
public readonly record struct LocalVectorEntry(uint Raw)
{
    internal const uint MaskBit = 0x0001_0000;
    internal const uint LevelBit = 0x8000;
    internal const uint RemoteIrrBit = 0x4000;
    internal const uint ActiveLowBit = 0x2000;
    internal const uint DeliveryStatusBit = 0x1000;

    /// <summary>The vector, where the delivery mode is fixed.</summary>
    public byte Vector => (byte)Raw;

    /// <summary>What the source makes the processor do; entries of the timer and of errors have no such field, which reads as
    /// fixed.</summary>
    public DeliveryMode DeliveryMode => (DeliveryMode)((Raw >> 8) & 7);

    /// <summary>The source is masked.</summary>
    public bool IsMasked => (Raw & MaskBit) != 0;

    /// <summary>LINT0 and LINT1: level-triggered, where the delivery mode is fixed.</summary>
    public bool IsLevel => (Raw & LevelBit) != 0;

    /// <summary>LINT0 and LINT1: the pin is active low.</summary>
    public bool IsActiveLow => (Raw & ActiveLowBit) != 0;

    /// <summary>LINT0 and LINT1, level-triggered: the interrupt was accepted and has not seen its EOI.</summary>
    public bool RemoteIrr => (Raw & RemoteIrrBit) != 0;

    internal bool IsLevelTriggered => DeliveryMode == DeliveryMode.Fixed && IsLevel;

    /// <summary>Bits that software sets and clears.</summary>
    internal static uint WritableBits(LocalVector which, bool hasTscDeadline) => which switch
    {
        LocalVector.Timer => hasTscDeadline ? 0x0007_00ffu : 0x0003_00ffu,
        LocalVector.Thermal or LocalVector.PerformanceCounter => 0x0001_07ff,
        LocalVector.Lint0 or LocalVector.Lint1 => 0x0001_a7ff,
        _ => 0x0001_00ff,
    };

    /// <summary>Bits that exist and that writes leave alone: delivery status, and remote IRR of the pins.</summary>
    internal static uint ReadOnlyBits(LocalVector which) =>
        which is LocalVector.Lint0 or LocalVector.Lint1 ? DeliveryStatusBit | RemoteIrrBit : DeliveryStatusBit;
}
