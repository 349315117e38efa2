using System.Diagnostics.CodeAnalysis;
using OsDevHv.Suites.Plans;

namespace OsDevHv.Suites.Running;

/// <summary>
/// Chooses cases by name, suite and tag. The grammar, with the usual precedence:
/// <code>
/// expression = conjunction { "or" conjunction }
/// conjunction = term { ["and"] term }
/// term = ("not" | "!") term | "(" expression ")" | test
/// test = WORD            the id contains it; with * or ?, it is the whole id or the whole name
///      | /REGEX/         the id matches somewhere
///      | "tag:" WORD     a tag is it; * and ? stand for characters
///      | "suite:" WORD   the suite is called so; * and ? too
/// </code>
/// A word ends at a space or a parenthesis; "in quotes" it may have them. Upper and lower case differ. Immutable; any thread.
/// </summary>
public sealed class CaseFilter
{
    private readonly Predicate<TestCase> _matches;
    private readonly Predicate<TestCase> _namesTag;

    private CaseFilter(string text, Predicate<TestCase> matches, Predicate<TestCase> namesTag)
    {
        Text = text;
        _matches = matches;
        _namesTag = namesTag;
    }

    /// <summary>Every case.</summary>
    public static CaseFilter All { get; } = new("", static _ => true, static _ => false);

    /// <summary>The expression as it was written; empty for <see cref="All"/>.</summary>
    public string Text { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="filter">What it chooses.</param>
    /// <param name="error">What is wrong with it and where, in words.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CaseFilter? filter, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new FilterParser(text);
        Predicate<TestCase>? matches = parser.Parse();
        error = parser.Error;
        filter = matches is null ? null : new CaseFilter(text, matches, testCase => parser.Tags.Any(tag => tag(testCase)));
        return filter is not null;
    }

    /// <summary>What at least one of several chooses; none at all choose everything.</summary>
    public static CaseFilter AnyOf(IReadOnlyList<CaseFilter> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        return filters.Count switch
        {
            0 => All,
            1 => filters[0],
            _ => new CaseFilter(
                string.Join(" or ", filters.Select(static filter => $"({filter.Text})")),
                testCase => filters.Any(filter => filter.Matches(testCase)),
                testCase => filters.Any(filter => filter.NamesTagOf(testCase))),
        };
    }

    /// <summary>Whether a case is chosen.</summary>
    public bool Matches(TestCase testCase) => _matches(testCase);

    /// <summary>Whether it asks for a tag that the case has.</summary>
    public bool NamesTagOf(TestCase testCase) => _namesTag(testCase);
}
