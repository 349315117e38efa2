using OsDevHv.Suites.Conventions;

namespace OsDevHv.Tests.Suites.Conventions;

/// <summary>TAP 13 and 14 (testanything.org) and KTAP (Documentation/dev-tools/ktap.rst of Linux).</summary>
public sealed class TapTests
{
    [Theory]
    [InlineData("TAP version 13")]
    [InlineData("TAP version 14")]
    [InlineData("KTAP version 1")]
    public void A_version_line_a_plan_and_results_are_tests(string version)
    {
        var report = Said.By($"booting\n{version}\n1..3\nok 1 - first\nnot ok 2 - second\nok 3\n");

        Assert.Equal(["passed first", "failed second", "passed test 3"], Said.Tests(report));
        Assert.Equal((2, 1, 0), (report.Passed, report.Failed, report.Skipped));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void A_plan_alone_begins_tap()
    {
        Assert.Equal(["passed a", "passed b"], Said.Tests(Said.By("1..2\nok 1 a\nok 2 b\n")));
    }

    [Fact]
    public void Without_a_version_or_a_plan_ok_is_only_a_word()
    {
        var report = Said.By("ok 1 - the timer works\nnot ok at all\nok\n");

        Assert.Empty(report.Subtests);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void A_plan_may_come_at_the_end()
    {
        var report = Said.By("TAP version 14\nok 1 a\nok 2 b\n1..2\n");

        Assert.Equal(2, report.Passed);
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData("1..3\nok 1 a\nok 2 b\n", "3", "2")]
    [InlineData("1..1\nok 1 a\nok 2 b\n", "1", "2")]
    public void A_number_of_tests_other_than_planned_is_a_problem(string output, string planned, string seen)
    {
        var problem = Assert.Single(Said.By(output).Problems);

        Assert.Contains($"{planned} tests were planned", problem, StringComparison.Ordinal);
        Assert.Contains($"{seen} reported", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ok 1 - a # SKIP no such device", "skipped a: no such device")]
    [InlineData("ok 1 - a # skip", "skipped a")]
    [InlineData("not ok 1 - a # SKIP no such device", "skipped a: no such device")]
    [InlineData("ok 1 a # Skipped: no APIC", "skipped a: no APIC")]
    [InlineData("not ok 1 - a # TODO not written yet", "skipped a: fails as expected (TODO): not written yet")]
    [InlineData("ok 1 - a # TODO not written yet", "passed a")]
    [InlineData("not ok 1 a # XFAIL known", "skipped a: fails as expected (XFAIL): known")]
    [InlineData("not ok 1 a # TIMEOUT 45 seconds", "failed a: TIMEOUT 45 seconds")]
    [InlineData("not ok 1 a # ERROR no file", "failed a: ERROR no file")]
    [InlineData("ok 1 - size is \\# 4", "passed size is # 4")]
    [InlineData("not ok 1 a # exit=1", "failed a: exit=1")]
    public void A_directive_is_behind_a_hash(string line, string test)
    {
        Assert.Equal([test], Said.Tests(Said.By($"TAP version 14\n1..1\n{line}\n")));
    }

    [Fact]
    public void A_plan_of_none_skips_all()
    {
        var report = Said.By("TAP version 13\n1..0 # SKIP no floppy\n");

        Assert.Equal(["skipped all: no floppy"], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void Bailing_out_is_a_problem_with_its_reason()
    {
        var report = Said.By("TAP version 14\n1..1\nok 1 a\nBail out! no memory\n");

        Assert.Contains("no memory", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_in_a_yaml_block_is_no_test()
    {
        var report = Said.By("TAP version 14\n1..2\nnot ok 1 a\n  ---\n  message: bad\n  ok 7 x\n  ...\nok 2 b\n");

        Assert.Equal(["failed a", "passed b"], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void Comments_pragmas_and_other_output_are_no_tests()
    {
        var report = Said.By("TAP version 14\n1..1\n# ok 1 x\npragma +strict\nokay 3\nsome text\nok 1 a\n");

        Assert.Equal(["passed a"], Said.Tests(report));
    }

    [Fact]
    public void Subtests_have_their_parents_name_before_theirs()
    {
        var report = Said.By(
            """
            TAP version 14
            1..2
            # Subtest: paging
                1..2
                ok 1 - map
                not ok 2 - unmap
            not ok 1 - paging
            ok 2 - heap

            """);

        Assert.Equal(["passed paging / map", "failed paging / unmap", "passed heap"], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void The_example_of_ktaps_specification_reads_without_problems()
    {
        var report = Said.By(
            """
            KTAP version 1
            1..1
              KTAP version 1
              1..3
                KTAP version 1
                1..1
                # test_1: initializing test_1
                ok 1 test_1
              ok 1 example_test_1
                KTAP version 1
                1..2
                ok 1 test_1 # SKIP test_1 skipped
                ok 2 test_2
              ok 2 example_test_2
                KTAP version 1
                1..3
                ok 1 test_1
                # test_2: FAIL
                not ok 2 test_2
                ok 3 test_3 # SKIP test_3 skipped
              not ok 3 example_test_3
            not ok 1 main_test

            """);

        Assert.Equal(
            [
                "passed main_test / example_test_1 / test_1",
                "skipped main_test / example_test_2 / test_1: test_1 skipped",
                "passed main_test / example_test_2 / test_2",
                "passed main_test / example_test_3 / test_1",
                "failed main_test / example_test_3 / test_2",
                "skipped main_test / example_test_3 / test_3: test_3 skipped",
            ],
            Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void A_parent_that_fails_though_its_children_pass_is_a_failure()
    {
        var report = Said.By("TAP version 14\n1..1\n    1..1\n    ok 1 a\nnot ok 1 - p\n");

        Assert.Equal(["passed p / a", "failed p"], Said.Tests(report));
    }

    [Fact]
    public void A_nested_plan_that_does_not_hold_is_a_problem_that_names_the_level()
    {
        var report = Said.By("TAP version 14\n1..1\n    1..2\n    ok 1 a\nok 1 - p\n");

        Assert.Contains("2 tests were planned in p, 1 reported", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[    0.123456] ")]
    [InlineData("[   12.000001] ")]
    [InlineData("[    0.123456][    T1] ")]
    [InlineData("[    0.123456][   C12] ")]
    public void A_kernels_log_may_put_a_time_before_each_line(string stamp)
    {
        const string ktap = "KTAP version 1|1..1|    KTAP version 1|    # Subtest: list|    1..1|    ok 1 add|ok 1 list";

        var report = Said.By(string.Concat(ktap.Split('|').Select(line => $"{stamp}{line}\n")));

        Assert.Equal(["passed list / add"], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void What_a_guest_prints_without_end_is_kept_within_bounds()
    {
        var report = Said.By("TAP version 14\n" + string.Concat(Enumerable.Range(1, 30_000).Select(number => $"ok {number} a\n")) + "not ok 30001 b\n1..30001\n");

        Assert.Equal((30_000, 1), (report.Passed, report.Failed));
        Assert.Equal(GuestReport.MostKept + 1, report.Subtests.Count);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void Indentation_without_end_neither_fails_nor_grows()
    {
        var report = Said.By("TAP version 14\n" + string.Concat(Enumerable.Range(1, 2000).Select(depth => $"{new string(' ', depth)}1..1\n")));

        Assert.InRange(report.Problems.Count, 1, GuestReport.MostProblems);
    }
}
