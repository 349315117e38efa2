using System.Text;
using OsDevHv.Machine.Consoles;
using OsDevHv.Suites.Expectations;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Running;

public sealed class CaseOutputTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_gigabyte_costs_what_the_limit_allows_and_ends_the_run_once()
    {
        const int limit = 4 << 20;
        int ended = 0;
        TestCase one = SomeCases.Case("flood") with { Limits = new CaseLimits { Output = limit } };
        using var output = new CaseOutput(one, _directory.FullName, () => ended++);
        byte[] chunk = new byte[1 << 20];
        chunk.AsSpan().Fill((byte)'x');

        for (int i = 0; i <= limit / chunk.Length; i++)
        {
            output.Take("com1", chunk);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1024; i++)
        {
            output.Take("com1", chunk);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        output.Close(AttemptOutcome.Failed);
        Assert.True(output.IsOverLimit);
        Assert.Equal(1, ended);
        output.Keep();
        output.Dispose();
        Assert.Equal(limit, new FileInfo(Path.Combine(_directory.FullName, "com1.log")).Length);
    }

    [Fact]
    public void Who_listens_hears_what_comes_before_the_case_and_no_more_of_it_than_it_may_print()
    {
        var heard = new List<string>();
        OutputReceiver listener = bytes => heard.Add(Encoding.UTF8.GetString(bytes));
        TestCase one = SomeCases.Case("loud") with { Limits = new CaseLimits { Output = 8 } };
        var machine = new MachineOutput(device => device == "com1" ? listener : null);
        OutputReceiver com1 = machine.Options().Capture!("com1")!;
        OutputReceiver com2 = machine.Options().Capture!("com2")!;
        com1("boot "u8);
        using var output = new CaseOutput(one, _directory.FullName, static () => { });
        machine.StartAnew(output);

        com1("12345"u8);
        com2("x"u8);
        com1("6789"u8);
        com1("more"u8);

        Assert.Equal("boot 1234567", string.Concat(heard));
    }

    [Fact]
    public void Files_hold_all_of_each_console_and_only_when_they_are_kept()
    {
        using var output = new CaseOutput(SomeCases.Case("a"), Path.Combine(_directory.FullName, "new"), static () => { });
        output.Take("com1", "one\n"u8);
        output.Take("com2", "two\n"u8);
        output.Take("com1", "three\n"u8);
        output.Close(AttemptOutcome.Passed);

        Assert.False(Directory.Exists(Path.Combine(_directory.FullName, "new")));
        Assert.Equal(["com1.log", "com2.log"], output.Keep().Select(static file => file.Name));
        output.Dispose();
        Assert.Equal("one\nthree\n", File.ReadAllText(Path.Combine(_directory.FullName, "new", "com1.log")));
        Assert.Equal("one\ntwo\nthree\n", output.Tail);
    }

    [Fact]
    public void What_went_to_a_file_is_gone_when_it_is_not_wanted()
    {
        using var output = new CaseOutput(SomeCases.Case("a"), _directory.FullName, static () => { });
        output.Take("com1", new byte[300_000]);
        Assert.True(File.Exists(Path.Combine(_directory.FullName, "com1.log")));

        output.Close(AttemptOutcome.Passed);
        output.Discard();

        Assert.False(File.Exists(Path.Combine(_directory.FullName, "com1.log")));
    }

    [Fact]
    public void The_same_report_on_two_consoles_is_one()
    {
        using var output = new CaseOutput(SomeCases.Case("a"), _directory.FullName, static () => { });
        foreach (string port in (string[])["com1", "debugcon"])
        {
            output.Take(port, "TAP version 14\n1..1\nok 1 - adds\n"u8);
        }

        output.Close(AttemptOutcome.Passed);

        Assert.Equal("adds", Assert.Single(Assert.Single(output.Reports).Subtests).Name);
    }

    [Fact]
    public void What_ends_the_run_is_found_in_a_line_that_has_no_end()
    {
        int ended = 0;
        TestCase one = SomeCases.Case("a") with { Expect = new Expectation { Until = new TextPattern("login: ") } };
        using var output = new CaseOutput(one, _directory.FullName, () => ended++);

        output.Take("com1", "booted\nlog"u8);
        Assert.Equal(0, ended);
        output.Take("com1", "in: "u8);
        output.Take("com1", "login: \n"u8);

        Assert.Equal(1, ended);
    }

    [Theory]
    [InlineData(AttemptOutcome.Passed, AttemptOutcome.Passed)]
    [InlineData(AttemptOutcome.Skipped, AttemptOutcome.Skipped)]
    [InlineData(AttemptOutcome.Failed, AttemptOutcome.Failed)]
    [InlineData(AttemptOutcome.Error, AttemptOutcome.Failed)]
    public void A_test_that_began_comes_to_what_the_end_says(AttemptOutcome end, AttemptOutcome expected)
    {
        using var output = new CaseOutput(SomeCases.Case("a"), _directory.FullName, static () => { });
        output.Take("debugcon", "@osdevhv begin outer\n@osdevhv begin inner\n@osdevhv pass inner\n"u8);

        output.Close(end);

        Assert.Equal(
            [("inner", AttemptOutcome.Passed), ("outer", expected)],
            output.Reports.SelectMany(static report => report.Subtests).Select(static test => (test.Name, test.Outcome)));
    }

    [Fact]
    public void The_tail_begins_with_a_whole_character()
    {
        var tail = new OutputTail();
        tail.Write(Encoding.UTF8.GetBytes(new string('é', OutputTail.Size)));
        tail.Write("!"u8);

        string text = tail.ToString();

        Assert.Equal('é', text[0]);
        Assert.EndsWith("é!", text, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(text), OutputTail.Size - 1, OutputTail.Size);
    }
}
