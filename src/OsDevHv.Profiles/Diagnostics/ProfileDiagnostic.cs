using OsDevHv.Profiles.Diagnostics;

namespace OsDevHv.Profiles;

/// <summary>An error in a profile: where, which, what is wrong and the way out.</summary>
/// <param name="Code">Which; stable.</param>
/// <param name="File">The file as the user or an <c>extends</c> named it; for an override its words, as in <c>--set #1
/// 'cpu.count=x'</c>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units. In an override, the column in its text.</param>
/// <param name="Message">What is wrong and the way out; one line without control characters.</param>
public sealed record ProfileDiagnostic(DiagnosticCode Code, string File, int Line, int Column, string Message)
{
    /// <summary>The place as it is printed: <c>file:line:column</c>; an override's is its words alone.</summary>
    public required string Position { get; init; }

    /// <summary>For an inherited file: the places of the <c>extends</c> that led to it, nearest first.</summary>
    public required IReadOnlyList<string> ExtendedFrom { get; init; }

    /// <summary><c>file:line:column: error OSDV020: what is wrong</c>, and the chain of an inherited file. One line.</summary>
    public override string ToString()
    {
        var chain = ExtendedFrom.Count == 0 ? "" : $" (extended from {string.Join(", from ", ExtendedFrom)})";
        return $"{Position}: error {Code.Id}: {Message}{chain}";
    }
}
