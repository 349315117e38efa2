namespace OsDevHv.Machine;

/// <summary>When a screenshot is taken.</summary>
public enum ScreenshotMoment
{
    /// <summary>At the end of the run.</summary>
    Exit,

    /// <summary>At the end of a run that failed: it neither passed, powered off nor ended by a value that the profile does not map, nor was
    /// it stopped by the user.</summary>
    Failure,

    /// <summary>After a time running.</summary>
    Time,
}

/// <summary>A screenshot that is wanted.</summary>
/// <param name="File">The PNG file, which is overwritten where it exists.</param>
/// <param name="Moment">When.</param>
/// <param name="Time">For <see cref="ScreenshotMoment.Time"/>: after how much time running, stops by the debugger not counted; 1 ms to
/// 500 h.</param>
public sealed record ScreenshotRequest(string File, ScreenshotMoment Moment, TimeSpan Time = default);
