namespace OsDevHv.Suites.Plans;

/// <summary>By what the moment of a snapshot is recognised.</summary>
public enum SnapshotMoment
{
    /// <summary>The kernel says so through the guest interface.</summary>
    Ready,

    /// <summary>A processor comes to a symbol of the kernel.</summary>
    Symbol,

    /// <summary>A line of output matches a regular expression.</summary>
    Serial,

    /// <summary>A time running has passed.</summary>
    Time,
}

/// <summary>When the snapshot is taken from which cases start.</summary>
/// <param name="Moment">By what it is recognised.</param>
/// <param name="Text">The symbol's name, or the regular expression; otherwise empty.</param>
/// <param name="Time">For <see cref="SnapshotMoment.Time"/>: 1 ms to 500 h.</param>
public sealed record SnapshotPoint(SnapshotMoment Moment, string Text = "", TimeSpan Time = default);
