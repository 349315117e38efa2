using OsDevHv.Profiles;

namespace OsDevHv.Suites.Plans;

/// <summary>Everything that a run may run, in order. Immutable; any thread.</summary>
public sealed record TestPlan
{
    /// <summary>The cases, by suite in the order named and within one in the order declared. Their ids differ.</summary>
    public required IReadOnlyList<TestCase> Cases { get; init; }
}

/// <summary>A plan, or why there is none.</summary>
/// <param name="Plan">The plan; null where there are errors.</param>
/// <param name="Diagnostics">Everything wrong with the suites, by file and line.</param>
public sealed record PlanResult(TestPlan? Plan, IReadOnlyList<ProfileDiagnostic> Diagnostics);
