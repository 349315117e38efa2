using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles;

/// <summary>One reading of a profile: its purpose and its errors so far.</summary>
/// <param name="use">What the result is for.</param>
internal sealed class ReadContext(ProfileUse use)
{
    /// <summary>The errors.</summary>
    public DiagnosticList Diagnostics { get; } = new();

    /// <summary>What the result is for.</summary>
    public ProfileUse Use { get; } = use;

    /// <summary>True when a file could not be taken in: what seems to be missing may stand in it, so that is not reported.</summary>
    public bool Incomplete { get; set; }

    /// <summary>Adds an error.</summary>
    public void Report(DiagnosticCode code, Place place, string message) => Diagnostics.Add(code, place, message);
}
