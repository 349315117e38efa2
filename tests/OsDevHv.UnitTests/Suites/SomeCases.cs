using OsDevHv.Profiles;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites;

/// <summary>Cases for tests.</summary>
internal static class SomeCases
{
    /// <summary>A case of one processor and 16 MiB, by its id <c>suite/name</c>.</summary>
    public static TestCase Case(string id, int processors = 1, ulong memory = 16 << 20) => new()
    {
        Id = id,
        Suite = id.Split('/')[0],
        Name = id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..],
        Place = new SourcePlace("suite.yaml", 3),
        Profile = new MachineProfile
        {
            Name = id,
            Cpu = new CpuProfile(processors),
            MemoryBytes = memory,
            Boot = new BootProfile { Kernel = "/kernel.elf" },
            Devices = [],
            Verdict = new VerdictProfile(),
            Gdb = new GdbProfile(),
        },
    };

    /// <summary>As many cases, s/0 and on.</summary>
    public static TestPlan Plan(int count) => Plan([.. Enumerable.Range(0, count).Select(static number => Case($"s/{number}"))]);

    /// <summary>A plan of these.</summary>
    public static TestPlan Plan(params TestCase[] cases) => new() { Cases = cases };

    /// <summary>All of a plan.</summary>
    public static CaseSelection All(TestPlan plan) => CaseSelection.Of(plan, CaseFilter.All, Shard.Whole);

    /// <summary>An attempt of 10 ms.</summary>
    public static Attempt Attempt(AttemptOutcome outcome, string message = "") =>
        new() { Outcome = outcome, Message = message, Duration = TimeSpan.FromMilliseconds(10) };
}
