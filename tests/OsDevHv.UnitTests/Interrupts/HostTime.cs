namespace OsDevHv.Tests.Interrupts;

/// <summary>A host clock of nanoseconds that a test moves.</summary>
internal sealed class HostTime : TimeProvider
{
    /// <summary>Nanoseconds.</summary>
    public long Now { get; set; } = 5_000;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Now;
}
