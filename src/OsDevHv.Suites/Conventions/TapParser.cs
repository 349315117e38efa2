using System.Buffers;
using System.Globalization;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// TAP 13 and 14 (https://testanything.org/tap-version-14-specification.html) and KTAP 1 (Documentation/dev-tools/ktap.rst of Linux): a
/// version line or a plan at the start of a line turns it on. Tests nest by indentation. A time that a kernel's log puts before each line
/// is left out. Not looked at: the numbers of tests, and what is in YAML blocks.
/// </summary>
/// <param name="report">Takes the tests.</param>
internal sealed class TapParser(GuestReport report)
{
    private const string Join = " / ";
    private const int MostLevels = 32;

    private readonly List<Level> _levels = [];
    private int _held;
    private bool _inBlock;
    private bool _hasStamp;

    /// <summary>Takes a line.</summary>
    public void Line(string raw)
    {
        ReadOnlySpan<char> text = WithoutStamp(raw);
        ReadOnlySpan<char> line = text.TrimStart(' ').TrimEnd();
        int indent = text.Length - text.TrimStart(' ').Length;
        if (IsVersion(line))
        {
            Begin(indent);
        }
        else if (indent == 0 && _levels.Count == 0 && TryPlan(line, out _, out _))
        {
            Begin(0);
            Plan(line, 0);
        }
        else if (_levels.Count > 0)
        {
            Inside(line, indent);
        }
        else if (TrySeeStamp(raw))
        {
            Begin(0);
        }
    }

    /// <summary>There is no more.</summary>
    public void Finish()
    {
        while (_levels.Count > 0)
        {
            CloseTop(parent: "");
        }
    }

    private void Inside(ReadOnlySpan<char> line, int indent)
    {
        if (_inBlock)
        {
            _inBlock = line is not "...";
        }
        else if (line is "---")
        {
            _inBlock = true;
        }
        else if (line.StartsWith("Bail out!", StringComparison.Ordinal))
        {
            report.Complain($"TAP: {line}");
        }
        else if (line.StartsWith("# Subtest:", StringComparison.Ordinal))
        {
            // TAP 14 allows the comment at the level of the parent too.
            if (indent > _levels[^1].Indent)
            {
                Enter(indent).Name = line["# Subtest:".Length..].Trim().ToString();
            }
        }
        else if (TryPlan(line, out _, out _))
        {
            Plan(line, indent);
        }
        else
        {
            Test(line, indent);
        }
    }

    private void Begin(int indent)
    {
        if (indent == 0)
        {
            Finish();
        }

        Enter(indent);
        _inBlock = false;
    }

    private void Plan(ReadOnlySpan<char> line, int indent)
    {
        TryPlan(line, out int count, out string reason);
        Level level = Enter(indent);
        level.Planned = count;
        if (count == 0)
        {
            Hold(level, new Subtest(level.Name.Length == 0 ? "all" : level.Name, AttemptOutcome.Skipped, reason));
            level.IsSkipped = true;
        }
    }

    private void Test(ReadOnlySpan<char> line, int indent)
    {
        bool isOk = line.StartsWith("ok", StringComparison.Ordinal);
        ReadOnlySpan<char> rest = isOk ? line[2..] : line.StartsWith("not ok", StringComparison.Ordinal) ? line[6..] : "?";
        if (!rest.IsEmpty && rest[0] != ' ')
        {
            return;
        }

        rest = rest.Trim();
        int digits = rest.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? rest.Length : end;
        if (digits > 0 && digits < rest.Length && rest[digits] != ' ')
        {
            digits = 0;
        }

        ReadOnlySpan<char> number = rest[..digits];

        (string name, string directive, string why) = Directive(rest[digits..].Trim());
        name = name.TrimStart('-').Trim();
        name = name.Length > 0 ? name : number.IsEmpty ? "test" : $"test {number}";
        (AttemptOutcome outcome, string message) = Judge(isOk, directive, why);
        Level level = Close(indent, name, out bool hadChildren, out bool childFailed);
        level.Seen++;
        if (!hadChildren || (outcome == AttemptOutcome.Failed && !childFailed))
        {
            Hold(level, new Subtest(name, outcome, message));
        }
    }

    private static (AttemptOutcome Outcome, string Message) Judge(bool isOk, string directive, string why) => directive switch
    {
        "SKIP" => (AttemptOutcome.Skipped, why),
        "TODO" or "XFAIL" when !isOk => (AttemptOutcome.Skipped, $"fails as expected ({directive}): {why}".TrimEnd(' ', ':')),
        "TIMEOUT" or "ERROR" => (AttemptOutcome.Failed, $"{directive} {why}".Trim()),
        _ => isOk ? (AttemptOutcome.Passed, "") : (AttemptOutcome.Failed, why),
    };

    /// <summary>Splits at the last " #" that is followed by a directive.</summary>
    private static (string Name, string Directive, string Why) Directive(ReadOnlySpan<char> text)
    {
        int at = text.LastIndexOf('#');
        if (at < 0 || (at > 0 && text[at - 1] == '\\'))
        {
            return (text.ToString().Replace("\\#", "#", StringComparison.Ordinal), "", "");
        }

        ReadOnlySpan<char> tail = text[(at + 1)..].Trim();
        int blank = tail.IndexOfAny(' ', ':');
        string word = (blank < 0 ? tail : tail[..blank]).ToString().ToUpperInvariant();
        string name = text[..at].Trim().ToString().Replace("\\#", "#", StringComparison.Ordinal);
        string why = blank < 0 ? "" : tail[(blank + 1)..].Trim().ToString();
        word = word.StartsWith("SKIP", StringComparison.Ordinal) ? "SKIP" : word;
        return word is "SKIP" or "TODO" or "XFAIL" or "TIMEOUT" or "ERROR" ? (name, word, why) : (name, "", tail.ToString());
    }

    /// <summary>The level of an indentation, opened where it is deeper than any.</summary>
    private Level Enter(int indent)
    {
        while (_levels.Count > 0 && _levels[^1].Indent > indent)
        {
            CloseTop(parent: "");
        }

        if (_levels.Count == 0 || (_levels[^1].Indent < indent && _levels.Count < MostLevels))
        {
            _levels.Add(new Level(indent));
        }

        return _levels[^1];
    }

    /// <summary>The level of an indentation, for the result that ends the levels below it.</summary>
    private Level Close(int indent, string name, out bool hadChildren, out bool childFailed)
    {
        (hadChildren, childFailed) = (false, false);
        while (_levels.Count > 1 && _levels[^1].Indent > indent)
        {
            hadChildren |= _levels[^1].Tests.Count > 0;
            childFailed |= _levels[^1].Tests.Any(static test => test.Outcome == AttemptOutcome.Failed);
            CloseTop(name);
        }

        return Enter(indent);
    }

    private void CloseTop(string parent)
    {
        Level level = _levels[^1];
        _levels.RemoveAt(_levels.Count - 1);
        string name = parent.Length > 0 ? parent : level.Name;
        if (level.Planned is { } planned && planned != level.Seen && !level.IsSkipped)
        {
            string where = name.Length == 0 ? "" : $" in {name}";
            report.Complain($"TAP: {planned} tests were planned{where}, {level.Seen} reported");
        }

        _held -= level.Tests.Count;
        foreach (Subtest test in level.Tests)
        {
            Subtest named = name.Length == 0 || _levels.Count == 0 ? test : test with { Name = $"{name}{Join}{test.Name}" };
            if (_levels.Count > 0)
            {
                Hold(_levels[^1], named);
            }
            else
            {
                report.Add(named);
            }
        }
    }

    /// <summary>
    /// Keeps a test until its parent's name is known; at the outermost level, or where too many wait, it is told at once.
    /// </summary>
    private void Hold(Level level, Subtest test)
    {
        if (_levels.Count > 0 && level == _levels[0] || _held >= GuestReport.MostKept)
        {
            report.Add(test);
            return;
        }

        level.Tests.Add(test);
        _held++;
    }

    private static bool IsVersion(ReadOnlySpan<char> line) => line is "KTAP version 1" or "TAP version 13" or "TAP version 14";

    private static bool TryPlan(ReadOnlySpan<char> line, out int count, out string reason)
    {
        (count, reason) = (0, "");
        if (!line.StartsWith("1..", StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> rest = line[3..];
        int digits = rest.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? rest.Length : end;
        ReadOnlySpan<char> tail = rest[digits..].Trim();
        (_, _, reason) = Directive(tail);
        return int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out count) && (tail.IsEmpty || tail[0] == '#');
    }

    /// <summary>A version line behind a kernel log's time: from there on each line has one.</summary>
    private bool TrySeeStamp(string raw)
    {
        int stamp = StampLength(raw);
        if (stamp == 0 || !IsVersion(raw.AsSpan(stamp).Trim()))
        {
            return false;
        }

        _hasStamp = true;
        return true;
    }

    private static readonly SearchValues<char> s_ofStamps = SearchValues.Create(" .0123456789TC[]");

    private ReadOnlySpan<char> WithoutStamp(string raw) => _hasStamp ? raw.AsSpan(StampLength(raw)) : raw;

    // As in "[    0.123456] " and "[    0.123456][    T1] ", with the task or CPU that prints; one blank belongs to it.
    private static int StampLength(string raw)
    {
        int end = raw.StartsWith('[') ? raw.IndexOf("] ", StringComparison.Ordinal) : -1;
        return end < 0 || raw.AsSpan(1, end - 1).ContainsAnyExcept(s_ofStamps) ? 0 : end + 2;
    }

    /// <summary>Tests of one indentation.</summary>
    private sealed class Level(int indent)
    {
        public int Indent { get; } = indent;

        public string Name { get; set; } = "";

        public int? Planned { get; set; }

        public int Seen { get; set; }

        public bool IsSkipped { get; set; }

        public List<Subtest> Tests { get; } = [];
    }
}
