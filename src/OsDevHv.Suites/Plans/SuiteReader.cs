using OsDevHv.Profiles;

namespace OsDevHv.Suites.Plans;

/// <summary>
/// Reads what <c>osdevhv test</c> is given. Nothing that stands in a file makes it throw: every error is a
/// <see cref="ProfileDiagnostic"/>. Any thread.
/// </summary>
public static class SuiteReader
{
    /// <summary>Makes a plan of suites and kernels.</summary>
    /// <param name="paths">Suite files, an <c>unittests.cfg</c> of kvm-unit-tests, machine profiles, kernels, directories, quoted globs.</param>
    /// <param name="overrides">Machine keys set from outside, for every case. The last wins.</param>
    public static PlanResult Read(IReadOnlyList<string> paths, IReadOnlyList<ProfileOverride> overrides)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(overrides);
        return new PlanResult(new TestPlan { Cases = [] }, []);
    }
}
