using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Suites.Expectations;
using OsDevHv.Suites.Plans;

namespace OsDevHv.Tests.Suites.Plans;

/// <summary>Suites that are right: what becomes of their keys.</summary>
public sealed class SuiteTests : IDisposable
{
    private readonly SuiteBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_suite_without_cases_is_one_case()
    {
        var one = _bench.Case("kernel: k.elf\n");

        Assert.Equal(("s/s", "s", "s"), (one.Id, one.Suite, one.Name));
        Assert.Equal(_bench.At("k.elf"), one.Profile.Boot.Kernel);
        Assert.Equal(CaseLimits.DefaultTime, one.Profile.Verdict.Timeout);
        Assert.Equal((Standing.Required, 0, null, CaseLimits.DefaultOutput), (one.Standing, one.Retries, one.Skip, one.Limits.Output));
    }

    [Fact]
    public void Cases_come_in_the_order_of_the_text_with_their_places()
    {
        var cases = _bench.Cases("suite: t\nkernel: k.elf\ncases:\n  b: { }\n  a:\n  c: { memory: 64M }\n");

        Assert.Equal(["t/b", "t/a", "t/c"], cases.Select(one => one.Id));
        Assert.Equal([4, 5, 6], cases.Select(one => one.Place.Line));
        Assert.All(cases, one => Assert.Equal(_bench.At("s.yaml"), one.Place.File));
        Assert.Equal([128ul << 20, 128ul << 20, 64ul << 20], cases.Select(one => one.Profile.MemoryBytes));
    }

    [Fact]
    public void A_case_has_the_suites_keys_under_its_own()
    {
        var cases = _bench.Cases(
            """
            kernel: k.elf
            cmdline: common
            tags: [slow]
            expect: { output: hello, exit: 1 }
            limits: { time: 5s, output: 1K, exits: 100 }
            retries: 2
            cases:
              a: { tags: apic, expect: { exit: 2 } }
              b: { tags: null, cmdline: own, limits: { time: 1s }, retries: null }

            """);

        Assert.Equal(["slow", "apic"], cases[0].Tags);
        Assert.Equal([2u], cases[0].Expect.ExitValues);
        Assert.Equal([new TextPattern("hello")], cases[0].Expect.Output);
        Assert.Equal(("common", 2), (cases[0].Profile.Boot.CommandLine, cases[0].Retries));
        Assert.Empty(cases[1].Tags);
        Assert.Equal(("own", 0, TimeSpan.FromSeconds(1)), (cases[1].Profile.Boot.CommandLine, cases[1].Retries, cases[1].Profile.Verdict.Timeout));
        Assert.Equal((1024L, 100L), (cases[1].Limits.Output, cases[1].Limits.Exits));
    }

    [Fact]
    public void Everything_that_can_be_expected_is_read()
    {
        var expect = _bench.Case(
            """
            kernel: k.elf
            expect:
              verdict: [powered-off, triple-fault]
              exit-code: 33
              exit: [0x10, 0]
              output: [one, { regex: 't.o' }, { text: three, port: com2 }]
              absent: panic
              until: { text: 'login:', port: com1 }
              screen: [top, bottom]
              picture: { file: p.png, tolerance: 3, pixels: 9, masks: [{ x: 1, y: 2, width: 3, height: 4 }] }
              memory: '0x7dfe:u16 == 0xaa55'
              symbol: test_failures == 0
              within: 2s
              exits: 5000
              conventions: false

            """).Expect;

        Assert.Equal([VerdictKind.PoweredOff, VerdictKind.TripleFaulted], expect.Verdicts);
        Assert.Equal([33], expect.ExitCodes);
        Assert.Equal([16u, 0u], expect.ExitValues);
        Assert.Equal([new("one"), new("t.o", IsRegex: true), new("three", Port: "com2")], expect.Output);
        Assert.Equal([new TextPattern("panic")], expect.Absent);
        Assert.Equal(new TextPattern("login:", Port: "com1"), expect.Until);
        Assert.Equal([new("top"), new("bottom")], expect.Screen);
        Assert.Equal((_bench.At("p.png"), 3, 9), (expect.Picture!.File, expect.Picture.Tolerance, expect.Picture.Pixels));
        Assert.Equal([new PictureMask(1, 2, 3, 4)], expect.Picture.Masks);
        Assert.Equal(["0x7dfe:u16 == 0xaa55", "test_failures == 0"], expect.Memory.Select(one => one.Text));
        Assert.Equal((TimeSpan.FromSeconds(2), 5000L, false, true), (expect.Within, expect.Exits, expect.Conventions, expect.StatesEnd));
    }

    [Fact]
    public void One_pattern_needs_no_list()
    {
        var expect = _bench.Case("kernel: k.elf\nexpect: { output: { regex: 't.o', port: com1 }, screen: top }\n").Expect;

        Assert.Equal([new TextPattern("t.o", IsRegex: true, "com1")], expect.Output);
        Assert.Equal([new TextPattern("top")], expect.Screen);
    }

    [Theory]
    [InlineData("expected-failure: not done", Standing.ExpectedToFail, "not done")]
    [InlineData("quarantined: flaky", Standing.Quarantined, "flaky")]
    [InlineData("retries: 1", Standing.Required, "")]
    public void A_standing_has_its_reason(string key, Standing standing, string reason)
    {
        var one = _bench.Case($"kernel: k.elf\n{key}\n");

        Assert.Equal((standing, reason), (one.Standing, one.Reason));
    }

    [Theory]
    [InlineData("{ at: ready }", SnapshotPointKind.Ready, "", 0)]
    [InlineData("{ symbol: kmain }", SnapshotPointKind.Symbol, "kmain", 0)]
    [InlineData("{ serial: 'shell>' }", SnapshotPointKind.Serial, "shell>", 0)]
    [InlineData("{ time: 250ms }", SnapshotPointKind.Time, "", 250)]
    public void A_snapshot_is_taken_at_one_moment(string snapshot, SnapshotPointKind moment, string text, int milliseconds)
    {
        var one = _bench.Case($"kernel: k.elf\nargs: all\nsnapshot: {snapshot}\n");

        Assert.Equal(new SnapshotPoint(moment, text, TimeSpan.FromMilliseconds(milliseconds)), one.Snapshot);
        Assert.Equal("all", one.Arguments);
    }

    [Fact]
    public void Arguments_are_kept_for_the_guest()
    {
        Assert.Equal("test=3", _bench.Case("kernel: k.elf\nargs: test=3\n").Arguments);
    }

    [Fact]
    public void A_matrix_has_each_combination_with_the_last_key_changing_fastest()
    {
        var cases = _bench.Cases("kernel: k.elf\ncases:\n  a:\n    matrix: { cpus: [1, 2], memory: [64M, 1G] }\n");

        Assert.Equal(
            ["a[cpus=1,memory=64M]", "a[cpus=1,memory=1G]", "a[cpus=2,memory=64M]", "a[cpus=2,memory=1G]"], cases.Select(one => one.Name));
        Assert.Equal([(1, 64), (1, 1024), (2, 64), (2, 1024)], cases.Select(one => (one.Profile.Cpu.Count, (int)(one.Profile.MemoryBytes >> 20))));
    }

    [Fact]
    public void A_matrix_takes_any_key_of_a_profile_and_boot_as_one()
    {
        var cases = _bench.Cases(
            "kernel: k.elf\nmatrix:\n  cpu.features.x2apic: [on, off]\n  boot: [multiboot1, { protocol: elf, cmdline: x }]\n");

        Assert.Equal("s[cpu.features.x2apic=on,boot=multiboot1]", cases[0].Name);
        Assert.Equal([true, true, false, false], cases.Select(one => one.Profile.Cpu.X2Apic));
        Assert.Equal(["", "x", "", "x"], cases.Select(one => one.Profile.Boot.CommandLine));
    }

    [Fact]
    public void A_matrix_may_have_no_keys_after_null()
    {
        var cases = _bench.Cases("kernel: k.elf\nmatrix: { cpus: [1, 2] }\ncases:\n  a: { matrix: null }\n  b: { matrix: { cpus: null } }\n");

        Assert.Equal(["a", "b"], cases.Select(one => one.Name));
    }

    [Fact]
    public void A_profile_machine_keys_matrix_and_overrides_go_over_each_other()
    {
        _bench.With("p.yaml", "extends: pc.yaml\nmemory: 32M\nboot: { kernel: p.elf, cmdline: profile }\nverdict: { timeout: 7s }\n");

        var cases = _bench.Cases(
            "profile: p.yaml\nmachine: { memory: 48M, cpu: { count: 2 } }\ncases:\n  a:\n  b: { matrix: { cpus: [3] } }\n", "boot.cmdline=set");

        Assert.Equal([(2, 48), (3, 48)], cases.Select(one => (one.Profile.Cpu.Count, (int)(one.Profile.MemoryBytes >> 20))));
        Assert.All(cases, one => Assert.Equal("set", one.Profile.Boot.CommandLine));
        Assert.All(cases, one => Assert.Equal(TimeSpan.FromSeconds(7), one.Profile.Verdict.Timeout));
        Assert.Equal(_bench.At("p.elf"), cases[0].Profile.Boot.Kernel);
        Assert.Equal(_bench.At("p.yaml"), cases[0].LaunchFile);
    }

    [Fact]
    public void A_suite_that_extends_others_changes_removes_and_adds_cases()
    {
        _bench.With("base/common.yaml", "kernel: k.elf\ntags: common\nlimits: { time: 9s }\ncases:\n  a: { cmdline: one }\n  b:\n");

        var cases = _bench.Cases("extends: base/common.yaml\ntags: own\ncases:\n  a: { memory: 64M }\n  b: null\n  c: { cmdline: three }\n");

        Assert.Equal(["s/a", "s/c"], cases.Select(one => one.Id));
        Assert.Equal(("one", 64ul << 20), (cases[0].Profile.Boot.CommandLine, cases[0].Profile.MemoryBytes));
        Assert.All(cases, one => Assert.Equal(["common", "own"], one.Tags));
        Assert.All(cases, one => Assert.Equal(_bench.At("base/k.elf"), one.Profile.Boot.Kernel));
        Assert.All(cases, one => Assert.Equal(TimeSpan.FromSeconds(9), one.Profile.Verdict.Timeout));
    }

    [Fact]
    public void A_file_that_two_extend_counts_once()
    {
        _bench.With("root.yaml", "kernel: k.elf\ntags: root\n").With("left.yaml", "extends: root.yaml\n").With("right.yaml", "extends: root.yaml\n");

        Assert.Equal(["root"], _bench.Case("extends: [left.yaml, right.yaml]\n").Tags);
    }

    [Fact]
    public void Patterns_of_kernels_are_cases_with_the_files_names()
    {
        _bench.With("b/two.elf", "").With("b/one.elf", "").With("b/text.txt", "");

        var cases = _bench.Cases("kernels: b/*.elf\nmemory: 64M\n");

        Assert.Equal(["s/one", "s/two"], cases.Select(one => one.Id));
        Assert.Equal([_bench.At("b/one.elf"), _bench.At("b/two.elf")], cases.Select(one => one.Profile.Boot.Kernel));
        Assert.Equal(_bench.At("b/one.elf"), cases[0].LaunchFile);
    }

    [Theory]
    [InlineData("a/tests.suite.yaml", "tests")]
    [InlineData("tests.yml", "tests")]
    [InlineData(".suite.yaml", ".suite")]
    public void A_suites_name_is_its_files(string path, string name) => Assert.Equal(name, OsDevHv.Suites.Plans.Yaml.SuiteBinder.NameOf(path));

    [Theory]
    [InlineData("cases: {}\n", true)]
    [InlineData("profile: pc.yaml\n", true)]
    [InlineData("kernels: '*.elf'\n", true)]
    [InlineData("extends: pc.yaml\nboot: { kernel: k.elf }\n", false)]
    [InlineData("[1]\n", false)]
    [InlineData("{\n", false)]
    public void A_suite_is_known_by_keys_that_profiles_have_not(string text, bool isSuite)
    {
        Assert.Equal(isSuite, OsDevHv.Suites.Plans.Yaml.SuiteFiles.IsSuite(_bench.With("f.yaml", text).At("f.yaml")));
    }
}
