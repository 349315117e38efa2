namespace OsDevHv.Devices;

/// <summary>A device on a port or memory bus. It sees offsets into its own range, never absolute addresses.</summary>
/// <remarks>
/// Called by the bus under the lock of this device's <see cref="DeviceSlot"/>, from whichever vCPU made the access; never concurrently.
/// A device never throws for what a guest does: a bad access has the effect that the hardware's manual gives it.
/// </remarks>
public interface IBusDevice : IKeepsState
{
    /// <summary>
    /// The widest access that the device takes whole: 1, 2, 4 or 8 bytes, constant. The bus splits wider ones, as an ISA bus splits a
    /// 16-bit access to an 8-bit card, and ones that are not aligned in the device's own offsets.
    /// </summary>
    int AccessSize { get; }

    /// <summary>Reads <paramref name="size"/> bytes (1, 2, 4 or 8) at <paramref name="offset"/>; the value is in the low bytes.</summary>
    ulong Read(ulong offset, int size);

    /// <summary>Writes the low <paramref name="size"/> bytes (1, 2, 4 or 8) of <paramref name="value"/> at <paramref
    /// name="offset"/>.</summary>
    void Write(ulong offset, int size, ulong value);

    /// <summary>Returns the device to the state in which firmware hands it to a kernel at power-on. Called under the device's
    /// lock.</summary>
    void Reset();
}
