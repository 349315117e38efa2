using System.Diagnostics.CodeAnalysis;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Snapshots;

/// <summary>What says that a machine is where a snapshot is to be taken.</summary>
public enum SnapshotPointKind
{
    /// <summary>The kernel says so, by the test protocol (testkernels/lib/osdevhv-test.h).</summary>
    Ready,

    /// <summary>A CPU is about to execute the instruction at a symbol of the kernel.</summary>
    Symbol,

    /// <summary>A line of any console's output matches a pattern.</summary>
    Serial,

    /// <summary>The machine has run for so long.</summary>
    Time,
}

/// <summary>Where a snapshot is to be taken. Immutable; any thread.</summary>
/// <param name="Kind">What says so.</param>
/// <param name="Text">The symbol's name, or the pattern; else empty.</param>
/// <param name="After">For how long it has run; else 0.</param>
public sealed record SnapshotPoint(SnapshotPointKind Kind, string Text = "", TimeSpan After = default)
{
    /// <summary>What may be written.</summary>
    public const string Forms = "ready, symbol:NAME, serial:PATTERN or time:DURATION";

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>The kernel says so.</summary>
    public static SnapshotPoint Ready { get; } = new(SnapshotPointKind.Ready);

    /// <summary>Reads one of <see cref="Forms"/>. Durations are as in a profile: <c>500ms</c>, <c>2s</c>, <c>1m</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="point">The point.</param>
    /// <param name="error">What is wrong, to follow what the text was given for.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SnapshotPoint? point, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        point = null;
        error = null;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        (string kind, string rest) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        switch (kind)
        {
            case "ready" when colon < 0:
                point = Ready;
                break;
            case "symbol" when rest.Length > 0:
                point = new SnapshotPoint(SnapshotPointKind.Symbol, rest);
                break;
            case "serial" when rest.Length > 0:
                point = GuestPattern.TryCompile(rest, out _, out string? reason) ? new SnapshotPoint(SnapshotPointKind.Serial, rest) : null;
                error = reason is null ? null : $"pattern '{rest}': {reason}";
                break;
            case "time" when DurationText.TryParse(rest, s_shortest, DurationText.Longest, out TimeSpan after):
                point = new SnapshotPoint(SnapshotPointKind.Time, After: after);
                break;
            case "time":
                error = $"'{rest}' is no duration; write {DurationText.Examples}";
                break;
            default:
                error = $"'{text}' is no point for a snapshot; write {Forms}";
                break;
        }
        return point is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        SnapshotPointKind.Ready => "ready",
        SnapshotPointKind.Symbol => $"symbol:{Text}",
        SnapshotPointKind.Serial => $"serial:{Text}",
        _ => $"time:{DurationText.Format(After)}",
    };
}
