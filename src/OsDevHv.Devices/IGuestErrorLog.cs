namespace OsDevHv.Devices;

/// <summary>Hears of what a guest does wrong to a device: reserved bits, registers that are not there or not modelled.</summary>
/// <remarks>
/// For <c>--trace guest-errors</c>: nothing else depends on it, and a device without one (null) behaves the same. Called under the
/// device's lock, on the vCPU's thread that made the access; must not call back into a device. Texts are
/// constants, so that telling allocates nothing.
/// </remarks>
public interface IGuestErrorLog
{
    /// <summary>A device was used wrongly.</summary>
    /// <param name="device">The device's kind, as a person would name it: "local APIC", "8254".</param>
    /// <param name="problem">What was wrong, in a few constant words: "reserved bits of SVR".</param>
    /// <param name="value">The value written, or the offset or port where it is the place that was wrong.</param>
    void Report(string device, string problem, ulong value);
}
