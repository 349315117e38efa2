using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.KvmUnitTests;

/// <summary>
/// The lines of an unittests.cfg (docs/unittests.txt of kvm-unit-tests): <c>[NAME]</c>, <c>PARAMETER = VALUE</c>, where a value in three
/// double quotes may have several lines, and comments from a # to the end of
/// the line.
/// </summary>
/// <param name="source">The file.</param>
/// <param name="context">Takes errors.</param>
internal sealed class UnitTestLines(NodeSource source, ReadContext context)
{
    private const string Block = "\"\"\"";

    private static readonly string[] s_known =
    [
        "file", "smp", "test_args", "qemu_params", "extra_params", "arch", "machine", "groups", "accel", "timeout", "check",
    ];

    private readonly List<UnitTest> _tests = [];

    /// <summary>Reads the tests, in order.</summary>
    public IReadOnlyList<UnitTest> Read(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            var place = new Place(source, i + 1, 1);
            string line = WithoutComment(lines[i]).Trim();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line.Length == 0)
            {
                continue;
            }

            if (line is ['[', _, .., ']'])
            {
                _tests.Add(new UnitTest(line[1..^1].Trim(), place));
            }
            else if (equals > 0)
            {
                string value = line[(equals + 1)..].Trim();
                Take(line[..equals].Trim(), value.StartsWith(Block, StringComparison.Ordinal) ? ReadBlock(lines, ref i, value) : value, place);
            }
            else
            {
                context.Report(
                    DiagnosticCodes.WrongShape, place, $"{Quoting.Short(line)} is no line of an unittests.cfg; those are [NAME] and PARAMETER = VALUE");
            }
        }

        return _tests;
    }

    private void Take(string parameter, string value, Place place)
    {
        if (!s_known.Contains(parameter))
        {
            context.Report(
                DiagnosticCodes.UnknownKey, place, $"{Quoting.Short(parameter)} is no parameter of a unit test{Spelling.Hint(parameter, s_known)}");
        }
        else if (_tests.Count == 0)
        {
            context.Report(DiagnosticCodes.WrongShape, place, $"{parameter} stands before the first [NAME]");
        }
        else
        {
            _tests[^1].Set(parameter, value);
        }
    }

    private static string ReadBlock(string[] lines, ref int at, string first)
    {
        string value = first[Block.Length..];
        while (!value.Contains(Block, StringComparison.Ordinal) && at + 1 < lines.Length)
        {
            value += " " + lines[++at].Trim();
        }

        int end = value.IndexOf(Block, StringComparison.Ordinal);
        return (end < 0 ? value : value[..end]).Trim();
    }

    /// <summary>A # begins a comment where a word could begin; in a word and in quotes it is a character like others.</summary>
    private static string WithoutComment(string line)
    {
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '#' && quote == '\0' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
            {
                return line[..i];
            }

            quote = quote == c ? '\0' : quote == '\0' && c is '\'' or '"' ? c : quote;
        }

        return line;
    }
}
