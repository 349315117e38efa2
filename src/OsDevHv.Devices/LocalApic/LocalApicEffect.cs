namespace OsDevHv.Devices;

/// <summary>The kinds of <see cref="LocalApicEffect"/>.</summary>
public enum LocalApicEffectKind
{
    /// <summary>Nothing outside the local APIC.</summary>
    None,

    /// <summary>An inter-processor interrupt is to be routed.</summary>
    Message,

    /// <summary>The I/O APICs are to be told of the end of a level-triggered interrupt.</summary>
    EndOfInterrupt,
}

/// <summary>What a write to a local APIC makes happen outside of it.</summary>
/// <param name="Kind">Which of the others has a meaning. The default value is <see cref="LocalApicEffectKind.None"/>.</param>
/// <param name="Message">The interrupt to be routed, with destination and shorthand as in ICR; wide in x2APIC mode.</param>
/// <param name="Vector">The vector whose end is to be broadcast to the I/O APICs.</param>
public readonly record struct LocalApicEffect(LocalApicEffectKind Kind, InterruptMessage Message, byte Vector)
{
    internal static LocalApicEffect Send(in InterruptMessage message) => new(LocalApicEffectKind.Message, message, 0);

    internal static LocalApicEffect End(byte vector) => new(LocalApicEffectKind.EndOfInterrupt, default, vector);
}
