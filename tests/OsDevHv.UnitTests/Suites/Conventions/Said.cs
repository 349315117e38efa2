using System.Text;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Results;

namespace OsDevHv.Tests.Suites.Conventions;

/// <summary>What conventions make of a console's output.</summary>
internal static class Said
{
    /// <summary>The report of some output, read as the runner reads it.</summary>
    public static GuestReport By(string output)
    {
        var conventions = new ConsoleConventions();
        var lines = new LineReader(piece =>
        {
            if (piece.IsStart)
            {
                conventions.Line(piece.Text);
            }
        });
        lines.Write(Encoding.UTF8.GetBytes(output));
        lines.Finish();
        conventions.Finish(AttemptOutcome.Failed);
        return conventions.Report;
    }

    /// <summary>The tests, one a text: <c>passed NAME</c>, with <c>: WHY</c> where there is a reason.</summary>
    public static string[] Tests(GuestReport report) => [.. report.Subtests.Select(Text)];

    private static string Text(Subtest test) =>
        $"{test.Outcome.ToString().ToLowerInvariant()} {test.Name}{(test.Message.Length == 0 ? "" : ": ")}{test.Message}";
}
