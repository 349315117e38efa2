namespace OsDevHv.Tests.Suites.Conventions;

/// <summary>kvm-unit-tests, the test runner of "Writing an OS in Rust", and testkernels/lib/osdevhv-test.h.</summary>
public sealed class PrintedConventionTests
{
    [Theory]
    [InlineData("PASS: apic: id", "passed apic: id")]
    [InlineData("FAIL: apic: id", "failed apic: id")]
    [InlineData("SKIP: apic: id", "skipped apic: id")]
    [InlineData("XFAIL: apic: id", "skipped apic: id: fails as expected")]
    [InlineData("KFAIL: apic: id", "skipped apic: id: fails as expected")]
    [InlineData("XPASS: apic: id", "failed apic: id: passed, although it is expected to fail")]
    public void Kvm_unit_tests_print_a_word_before_a_name(string line, string test)
    {
        Assert.Equal([test], Said.Tests(Said.By(line + "\n")));
    }

    [Theory]
    [InlineData("INFO: apic")]
    [InlineData("PASS")]
    [InlineData("PASSED: all")]
    [InlineData("  PASS: indented")]
    [InlineData("the word PASS: here")]
    public void Other_lines_are_no_tests_of_kvm_unit_tests(string line) => Assert.Empty(Said.By(line + "\n").Subtests);

    [Fact]
    public void A_summary_that_agrees_is_no_problem()
    {
        var report = Said.By(
            "PASS: a\nFAIL: b\nXFAIL: c\nSKIP: d\nSUMMARY: 4 tests, 1 unexpected failures, 1 expected failures, 1 skipped\n");

        Assert.Empty(report.Problems);
        Assert.Equal((1, 1, 2), (report.Passed, report.Failed, report.Skipped));
    }

    [Theory]
    [InlineData("PASS: a\nSUMMARY: 2 tests, 1 unexpected failures\n")]
    [InlineData("FAIL: a\nSUMMARY: 1 tests\n")]
    public void A_summary_that_disagrees_is_a_problem(string output)
    {
        Assert.Contains("unexpected failures", Assert.Single(Said.By(output).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void An_abort_of_kvm_unit_tests_is_a_problem_with_its_reason()
    {
        Assert.Contains("no memory", Assert.Single(Said.By("PASS: a\nABORT: no memory\nSUMMARY: 1 tests\n").Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Rusts_runner_prints_ok_behind_a_name()
    {
        var report = Said.By("Running 2 tests\nblog_os::vga::test_println...\t[ok]\nbasic_boot::test_simple...\t[ok]\n");

        Assert.Equal(["passed blog_os::vga::test_println", "passed basic_boot::test_simple"], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void Rusts_failure_is_one_test_and_what_did_not_run_is_told()
    {
        var report = Said.By("Running 3 tests\na::b...\t[ok]\na::c...\t[failed]\n\nError: panicked at src/main.rs:61:5\n");

        Assert.Equal(["passed a::b", "failed a::c: panicked at src/main.rs:61:5"], Said.Tests(report));
        Assert.Contains("3 tests were to run, 2 ended", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    // The post's own output; the second is what a core library of 2023 and later prints.
    [Theory]
    [InlineData(
        "Running 1 tests\ntrivial assertion... [failed]\n\nError: panicked at 'assertion failed: `(left == right)`\n  left: `0`,\n right: `1`', src/main.rs:65:5\n",
        "failed trivial assertion: panicked at 'assertion failed: `(left == right)` left: `0`, right: `1`', src/main.rs:65:5")]
    [InlineData(
        "Running 1 tests\nblog_os::trivial_assertion...\t[failed]\n\nError: panicked at src/main.rs:61:5:\nassertion `left == right` failed\n  left: 0\n right: 1\n\n",
        "failed blog_os::trivial_assertion: panicked at src/main.rs:61:5: assertion `left == right` failed left: 0 right: 1")]
    [InlineData("Running 1 tests\na::b...\t[failed]\nError: x\n\nbye\n", "failed a::b: x")]
    [InlineData("Running 1 tests\na::b...\t[failed]\n\nbye\nError: not of the test\n", "failed a::b")]
    [InlineData("Running 1 tests\na::b...\t[failed]\n", "failed a::b")]
    [InlineData("Running 1 tests\na::b...\tsaid\nError: x\n", "failed a::b: x")]
    public void Why_a_rust_test_failed_is_behind_it(string output, string test)
    {
        var report = Said.By(output);

        Assert.Equal([test], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void The_books_tests_with_words_for_names_are_tests()
    {
        Assert.Equal(
            ["passed trivial assertion", "passed a::b"], Said.Tests(Said.By("Running 2 tests\ntrivial assertion... [ok]\na::b...\twait a bit...\n[ok]\n")));
    }

    [Fact]
    public void A_panic_that_says_a_lot_is_cut_and_the_next_test_counts()
    {
        string lines = string.Concat(Enumerable.Range(0, 100).Select(static number => $"line {number}\n"));

        string[] tests = Said.Tests(Said.By($"Running 2 tests\na::b...\t[failed]\nError: x\n{lines}\na::c...\t[ok]\n"));

        Assert.StartsWith("failed a::b: x line 0 line 1 ", tests[0]);
        Assert.Equal("passed a::c", tests[1]);
    }

    [Fact]
    public void A_rust_test_may_print_lines_of_its_own()
    {
        Assert.Equal(["passed a::b"], Said.Tests(Said.By("Running 1 tests\na::b...\tfirst\nsecond\n[ok]\n")));
    }

    [Fact]
    public void A_rust_test_that_does_not_end_failed()
    {
        var report = Said.By("Running 1 tests\na::b...\t");

        Assert.Equal(["failed a::b: it began and did not end"], Said.Tests(report));
    }

    [Theory]
    [InlineData("Starting paging... [ok]\n")]
    [InlineData("memory... [failed]\n")]
    [InlineData("[ok] GDT loaded\n")]
    [InlineData("GDT loaded [ok]\n")]
    public void A_kernel_that_says_ok_of_what_it_sets_up_has_no_tests(string output) => Assert.Empty(Said.By(output).Subtests);

    [Fact]
    public void A_rust_test_that_must_panic_needs_no_first_line()
    {
        Assert.Equal(["passed should_panic::should_fail"], Said.Tests(Said.By("should_panic::should_fail...\t[ok]\n")));
    }

    [Fact]
    public void The_guest_interface_has_a_line_for_each_outcome()
    {
        var report = Said.By(
            "@osdevhv begin a\n@osdevhv pass a\r\n@osdevhv begin b c\nhello\n@osdevhv fail b c: 1 is not 2: no\n@osdevhv skip d: no APIC\n"
            + "@osdevhv fail e\n@osdevhv ready\n");

        Assert.Equal(["passed a", "failed b c: 1 is not 2: no", "skipped d: no APIC", "failed e"], Said.Tests(report));
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData("@osdevhv begin a\n")]
    [InlineData("@osdevhv begin a\n@osdevhv begin b\n@osdevhv pass b\n")]
    [InlineData("@osdevhv begin a\n@osdevhv pass b\n")]
    public void A_test_that_began_and_did_not_end_failed(string output)
    {
        Assert.Contains("failed a: it began and did not end", Said.Tests(Said.By(output)));
    }

    [Theory]
    [InlineData("@osdevhv")]
    [InlineData("x @osdevhv pass a")]
    [InlineData("@osdevhvpass a")]
    [InlineData(" @osdevhv pass a")]
    public void What_does_not_begin_as_the_guest_interface_is_ordinary_output(string line)
    {
        var report = Said.By(line + "\n");

        Assert.Empty(report.Subtests);
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData("@osdevhv passed a")]
    [InlineData("@osdevhv pass")]
    [InlineData("@osdevhv begin ")]
    [InlineData("@osdevhv fail : why")]
    [InlineData("@osdevhv ready now")]
    public void A_wrong_line_of_the_guest_interface_is_a_problem_that_quotes_it(string line)
    {
        Assert.Contains(line, Assert.Single(Said.By(line + "\n").Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_may_mix_conventions()
    {
        var report = Said.By("1..1\nPASS: a\n@osdevhv pass b\nok 1 c\n");

        Assert.Equal(["passed a", "passed b", "passed c"], Said.Tests(report));
    }
}
