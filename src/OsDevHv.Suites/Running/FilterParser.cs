using System.Globalization;
using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;
using OsDevHv.Suites.Plans;

namespace OsDevHv.Suites.Running;

/// <summary>Reads the expression of a <see cref="CaseFilter"/> once, by recursive descent.</summary>
internal sealed class FilterParser(string text)
{
    // An expression is typed by a person: more than this is an attack on the stack.
    private const int DeepestNesting = 100;

    private static readonly TimeSpan s_regexLimit = TimeSpan.FromSeconds(1);

    private readonly List<Predicate<TestCase>> _tags = [];
    private int _at;
    private int _depth;
    private bool _isNegated;

    /// <summary>The first error; null where there is none.</summary>
    public string? Error { get; private set; }

    /// <summary>The tags that it asks for; what it excludes is not among them.</summary>
    public IReadOnlyList<Predicate<TestCase>> Tags => _tags;

    /// <summary>What the expression chooses; null with an error.</summary>
    public Predicate<TestCase>? Parse()
    {
        Predicate<TestCase>? all = Expression();
        if (Error is null && Peek() is { } left)
        {
            Fail($"'{left}' has no beginning");
        }

        return Error is null ? all : null;
    }

    private Predicate<TestCase>? Expression()
    {
        Predicate<TestCase>? left = Conjunction();
        while (Error is null && TakeKeyword("or"))
        {
            Predicate<TestCase>? before = left;
            Predicate<TestCase>? right = Conjunction();
            left = testCase => before!(testCase) || right!(testCase);
        }

        return left;
    }

    private Predicate<TestCase>? Conjunction()
    {
        Predicate<TestCase>? left = Term();
        while (Error is null && Peek() is not (null or ')') && !IsKeyword("or"))
        {
            TakeKeyword("and");
            Predicate<TestCase>? before = left;
            Predicate<TestCase>? right = Term();
            left = testCase => before!(testCase) && right!(testCase);
        }

        return left;
    }

    private Predicate<TestCase>? Term()
    {
        if (++_depth > DeepestNesting)
        {
            return Fail("it is nested too deeply");
        }

        try
        {
            return Peek() switch
            {
                null or ')' => Fail("a word is missing"),
                '!' => Negation(1),
                '(' => Group(),
                _ when IsKeyword("not") => Negation(3),
                _ when IsKeyword("and") || IsKeyword("or") => Fail("a word is missing"),
                _ => Test(),
            };
        }
        finally
        {
            _depth--;
        }
    }

    private Predicate<TestCase>? Negation(int length)
    {
        _at += length;
        _isNegated = !_isNegated;
        Predicate<TestCase>? negated = Term();
        _isNegated = !_isNegated;
        return negated is { } term ? testCase => !term(testCase) : null;
    }

    private Predicate<TestCase>? Group()
    {
        int open = _at++;
        Predicate<TestCase>? inside = Expression();
        if (Error is not null)
        {
            return null;
        }

        if (Peek() != ')')
        {
            _at = open;
            return Fail("'(' has no end");
        }

        _at++;
        return inside;
    }

    private Predicate<TestCase>? Test()
    {
        if (text[_at] == '/')
        {
            return RegularExpression();
        }

        string? kind = Take("tag:") ? "tag" : Take("suite:") ? "suite" : null;
        if (Word() is not { } word)
        {
            return null;
        }

        bool isPattern = word.AsSpan().ContainsAny('*', '?');
        return kind switch
        {
            "tag" => Tag(word),
            "suite" => testCase => IsLike(testCase.Suite, word),
            _ when isPattern => testCase => IsLike(testCase.Id, word) || IsLike(testCase.Name, word),
            _ => testCase => testCase.Id.Contains(word, StringComparison.Ordinal),
        };
    }

    private Predicate<TestCase> Tag(string word)
    {
        Predicate<TestCase> test = testCase => testCase.Tags.Any(tag => IsLike(tag, word));
        if (!_isNegated)
        {
            _tags.Add(test);
        }

        return test;
    }

    private Predicate<TestCase>? RegularExpression()
    {
        int begin = _at + 1;
        int end = begin;
        while (end < text.Length && text[end] != '/')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        if (end >= text.Length)
        {
            return Fail("the regular expression has no '/' at its end");
        }

        try
        {
            string pattern = text[begin..end].Replace("\\/", "/", StringComparison.Ordinal);
            var regex = new Regex(pattern, RegexOptions.CultureInvariant, s_regexLimit);
            _at = end + 1;
            return testCase => IsMatch(regex, testCase.Id);
        }
        catch (ArgumentException error)
        {
            return Fail(error.Message.TrimEnd('.'));
        }
    }

    private string? Word()
    {
        var word = new StringBuilder();
        int begin = _at;
        while (_at < text.Length && text[_at] is not (')' or '(') && !char.IsWhiteSpace(text[_at]))
        {
            if (text[_at] != '"')
            {
                word.Append(text[_at++]);
                continue;
            }

            int end = text.IndexOf('"', _at + 1);
            if (end < 0)
            {
                Fail("'\"' has no end");
                return null;
            }

            word.Append(text, _at + 1, end - _at - 1);
            _at = end + 1;
        }

        if (word.Length > 0)
        {
            return word.ToString();
        }

        _at = begin;
        Fail("a word is missing");
        return null;
    }

    private char? Peek()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        return _at < text.Length ? text[_at] : null;
    }

    private bool Take(string prefix)
    {
        if (string.CompareOrdinal(text, _at, prefix, 0, prefix.Length) != 0)
        {
            return false;
        }

        _at += prefix.Length;
        return true;
    }

    private bool IsKeyword(string keyword)
    {
        Peek();
        int end = _at + keyword.Length;
        return string.CompareOrdinal(text, _at, keyword, 0, keyword.Length) == 0
            && (end == text.Length || text[end] is '(' or ')' || char.IsWhiteSpace(text[end]));
    }

    private bool TakeKeyword(string keyword)
    {
        bool found = IsKeyword(keyword);
        _at += found ? keyword.Length : 0;
        return found;
    }

    private Predicate<TestCase>? Fail(string problem)
    {
        Error ??= string.Create(CultureInfo.InvariantCulture, $"'{text}', character {_at + 1}: {problem}");
        return null;
    }

    private static bool IsLike(string name, string pattern) =>
        FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    private static bool IsMatch(Regex regex, string id)
    {
        try
        {
            return regex.IsMatch(id);
        }
        catch (RegexMatchTimeoutException)
        {
            // An expression that explodes chooses nothing, rather than hang the run.
            return false;
        }
    }
}
