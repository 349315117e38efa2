using System.Diagnostics.CodeAnalysis;

namespace OsDevHv.Profiles;

/// <summary>What a profile is read for.</summary>
public enum ProfileUse
{
    /// <summary>To run it: a kernel must be stated, and the files to boot must be there.</summary>
    Run,

    /// <summary>To look at it: a base without a kernel will do, and the files to boot may be yet to be built.</summary>
    Check,

    /// <summary>To go on from a snapshot, which has all that was booted: the files may be gone.</summary>
    Restore,
}

/// <summary>The outcome of reading a profile: the profile, or why there is none.</summary>
/// <param name="Profile">The profile; null when there are errors.</param>
/// <param name="Diagnostics">The errors: file by file, each file's from top to bottom.</param>
public sealed record ProfileResult(MachineProfile? Profile, IReadOnlyList<ProfileDiagnostic> Diagnostics)
{
    /// <summary>True when there is a profile.</summary>
    [MemberNotNullWhen(true, nameof(Profile))]
    public bool Succeeded => Profile is not null;
}
