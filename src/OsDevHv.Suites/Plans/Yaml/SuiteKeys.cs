using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Keys;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Every key of a suite. The reader, the JSON Schema and the reference follow this table.</summary>
internal static class SuiteKeys
{
    private static readonly TextKind s_word = new(200, oneLine: true);
    private static readonly DurationKind s_duration = new(TimeSpan.FromMilliseconds(1), DurationText.Longest);
    private static readonly IntegerKind<ulong> s_exits = new(1, long.MaxValue);
    private static readonly ListKind<TextPattern> s_patterns = new(new TextPatternKind(), allowSingle: true);
    private static readonly ListKind<MemoryComparison> s_comparisons = new(new ComparisonKind(), allowSingle: true);

    public static readonly Key<IReadOnlyList<string>> Extends = Key<IReadOnlyList<string>>.Optional(
        "extends",
        new ListKind<string>(new TextKind(4096, oneLine: true), allowSingle: true),
        "The suite or suites that this one changes: files beside it. Maps merge, cases by their names; tags add up; everything else replaces, "
        + "null un-sets, and removes a case.");

    public static readonly Key<string> Name = Key<string>.Optional(
        "suite", s_word, "The suite's name in reports; by default the file's, without .suite and its extension.");

    public static readonly Key<IReadOnlyList<string>> Kernels = Key<IReadOnlyList<string>>.Optional(
        "kernels",
        new ListKind<string>(new TextKind(4096, oneLine: true), allowSingle: true),
        "Patterns of kernels, each of which is a case with its file's name: build/tests/*.elf, build/**/*.bin.");

    public static readonly Key<IReadOnlyList<string>> Profile = Key<IReadOnlyList<string>>.Optional(
        "profile",
        new ListKind<string>(new TextKind(4096, oneLine: true), allowSingle: true),
        "The machine profile, a file beside the suite or a shipped one. By default the shipped pc.yaml.");

    public static readonly MachineKey Machine = new(
        "machine", "Keys of a machine profile, which merge over profile as in a profile that extends another.");

    public static readonly Key<string> Arguments = Key<string>.WithDefault(
        "args", new TextKind(1023, oneLine: false), "", "What the guest is told when it asks for its arguments: the fw_cfg item "
        + "opt/org.osdevhv/arguments.");

    public static readonly Key<IReadOnlyList<VerdictKind>> Verdict = Key<IReadOnlyList<VerdictKind>>.WithDefault(
        "verdict", new ListKind<VerdictKind>(new ChoiceKind<VerdictKind>(EndNames.All), allowSingle: true), [], "How the run ends, or one of "
        + "several ways. A kernel that must triple-fault passes if it does.");

    public static readonly Key<IReadOnlyList<int>> ExitCode = Key<IReadOnlyList<int>>.WithDefault(
        "exit-code", new ListKind<int>(new IntegerKind<int>(0, 255), allowSingle: true), [], "The exit code that osdevhv run has: 33 for the "
        + "value 0x10.");

    public static readonly Key<IReadOnlyList<uint>> Exit = Key<IReadOnlyList<uint>>.WithDefault(
        "exit", new ListKind<uint>(new IntegerKind<uint>(0, uint.MaxValue, hexadecimal: true), allowSingle: true), [], "The value that the "
        + "guest writes to isa-debug-exit, or one of several.");

    public static readonly Key<IReadOnlyList<TextPattern>> Output = Key<IReadOnlyList<TextPattern>>.WithDefault(
        "output", s_patterns, [], "What is printed, in this order: text, { regex: PATTERN } or { text: TEXT, port: com2 }. Each is found in "
        + "one line. Those with a port are in order by themselves.");

    public static readonly Key<IReadOnlyList<TextPattern>> Absent = Key<IReadOnlyList<TextPattern>>.WithDefault(
        "absent", s_patterns, [], "What is never printed.");

    public static readonly Key<TextPattern> Until = Key<TextPattern>.Optional(
        "until", new TextPatternKind(), "What ends the run when it is printed, which is as good as passing: for kernels that go on for ever.");

    public static readonly Key<IReadOnlyList<TextPattern>> Screen = Key<IReadOnlyList<TextPattern>>.WithDefault(
        "screen", s_patterns, [], "What the text screen shows at the end, in this order from the top.");

    public static readonly Key<PictureExpectation> Picture = Key<PictureExpectation>.Optional(
        "picture", new PictureKind(), "A PNG file that the screen looks like at the end; or a map of it with tolerance, pixels and masks.");

    public static readonly Key<IReadOnlyList<MemoryComparison>> Memory = Key<IReadOnlyList<MemoryComparison>>.WithDefault(
        "memory", s_comparisons, [], "What memory holds at the end: " + MemoryComparison.Syntax + ". Addresses are the kernel's own.");

    public static readonly Key<IReadOnlyList<MemoryComparison>> Symbol = Key<IReadOnlyList<MemoryComparison>>.WithDefault(
        "symbol", s_comparisons, [], "The same as memory, for those who look for it here: 'test_failures == 0'. The type is the symbol's "
        + "size, unsigned, where it is not written.");

    public static readonly Key<TimeSpan> Within = Key<TimeSpan>.Optional("within", s_duration, "The longest time running.");

    public static readonly Key<ulong> MostExits = Key<ulong>.Optional("exits", s_exits, "The most exits from guest code, on all CPUs.");

    public static readonly Key<bool> UseConventions = Key<bool>.WithDefault(
        "conventions", new BooleanKind(), true, "Whether what the guest prints about its tests by convention counts.");

    public static readonly SectionKey Expect = new(
        "expect",
        [Verdict, ExitCode, Exit, Output, Absent, Until, Screen, Picture, Memory, Symbol, Within, MostExits, UseConventions],
        "What the case is expected to do. All that is stated must hold, and the conventions too.");

    public static readonly Key<TimeSpan> LimitTime = Key<TimeSpan>.Optional(
        "time", s_duration, "The time running after which it is ended; by default that of the profile's verdict.timeout, or 60s.");

    public static readonly Key<ulong> LimitOutput = Key<ulong>.WithDefault(
        "output", new SizeKind(1, 1UL << 40, 1), (ulong)CaseLimits.DefaultOutput, "What all consoles may print. A case that prints more is "
        + "ended and fails.");

    public static readonly Key<ulong> LimitExits = Key<ulong>.Optional(
        "exits", s_exits, "Exits from guest code after which it is ended and fails; by default no limit.");

    public static readonly SectionKey Limits = new("limits", [LimitTime, LimitOutput, LimitExits], "What a case may use up.");

    public static readonly Key<IReadOnlyList<string>> Tags = Key<IReadOnlyList<string>>.WithDefault(
        "tags", new ListKind<string>(s_word, allowSingle: true), [], "Words for filters.");

    public static readonly Key<string> ExpectedFailure = Key<string>.Optional(
        "expected-failure", new TextKind(500, oneLine: true), "It is known to fail, and why. Passing is a failure then.");

    public static readonly Key<string> Quarantined = Key<string>.Optional(
        "quarantined", new TextKind(500, oneLine: true), "It runs and is reported, and counts neither way; and why.");

    public static readonly Key<string> Skip = Key<string>.Optional("skip", new TextKind(500, oneLine: true), "It is not run, and why.");

    public static readonly Key<int> Retries = Key<int>.WithDefault(
        "retries", new IntegerKind<int>(0, 100), 0, "How often a failure is tried again. What passes then is reported as flaky.");

    public static readonly MatrixKey Matrix = new(
        "matrix", "Values of which each combination is a case: cpus, memory, boot (a protocol, or a map of boot's keys), or any key of a "
        + "profile with its sections, as in cpu.features.x2apic.");

    public static readonly Key<string> SnapshotAt = Key<string>.Optional(
        "at", new SnapshotWordKind(), "ready: when the kernel says so through the guest interface.");

    public static readonly Key<string> SnapshotSymbol = Key<string>.Optional("symbol", s_word, "When a processor comes to this symbol.");

    public static readonly Key<string> SnapshotSerial = Key<string>.Optional(
        "serial", new PatternKind(), "When a line of output matches this regular expression.");

    public static readonly Key<TimeSpan> SnapshotTime = Key<TimeSpan>.Optional("time", s_duration, "After this time running.");

    public static readonly SectionKey Snapshot = new(
        "snapshot", [SnapshotAt, SnapshotSymbol, SnapshotSerial, SnapshotTime], "The moment after booting from which the case starts, with its "
        + "args. Cases with the same machine and moment share one snapshot.");

    /// <summary>The keys of a case, which a suite has for all its cases.</summary>
    public static readonly IReadOnlyList<Key> Case =
    [
        Profile, ProfileKeys.Kernel, ProfileKeys.CommandLine, ProfileKeys.InitialRamDisk, ProfileKeys.Modules, ProfileKeys.Memory,
        ProfileKeys.FirmwareConfig, Machine, Arguments, Expect, Limits, Tags, ExpectedFailure, Quarantined, Skip, Retries, Matrix, Snapshot,
    ];

    public static readonly CasesKey Cases = new(
        "cases", Case, "The cases by name. Each has the suite's keys merged under its own. Without this and kernels, the suite is one case.");

    /// <summary>The keys of a suite.</summary>
    public static readonly IReadOnlyList<Key> Root = [Extends, Name, .. Case, Kernels, Cases];

    /// <summary>The keys of a case that stand for keys of boot.</summary>
    public static readonly IReadOnlyList<Key> OfBoot =
        [ProfileKeys.Kernel, ProfileKeys.CommandLine, ProfileKeys.InitialRamDisk, ProfileKeys.Modules];

    /// <summary>The keys of a case that are keys of a profile.</summary>
    public static readonly IReadOnlyList<Key> OfProfile = [ProfileKeys.Memory, ProfileKeys.FirmwareConfig];
}
