namespace OsDevHv.Devices;

/// <summary>Where a device's output bytes go: a serial line's wire, the debug console.</summary>
public interface IByteSink
{
    /// <summary>Takes one byte. Does not block and does not fail: pacing a guest that floods is the machine's business.</summary>
    void Write(byte value);
}
