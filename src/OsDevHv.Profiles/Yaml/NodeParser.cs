using OsDevHv.Profiles.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OsDevHv.Profiles.Yaml;

/// <summary>
/// One YAML 1.2 document (https://yaml.org/spec/1.2.2/) as nodes, of which every collection and scalar form, anchors and aliases are taken;
/// tags, merge keys, keys that are not scalars and further documents are errors.
/// </summary>
internal sealed class NodeParser
{
    /// <summary>Levels of nesting; a profile needs 5.</summary>
    internal const int MaxHeight = 32;

    /// <summary>Nodes with aliases written out; the largest profile that makes sense has a few thousand.</summary>
    internal const int MaxWeight = 100_000;

    private readonly NodeSource _source;
    private readonly string _text;
    private readonly int _firstColumn;
    private readonly DiagnosticList _diagnostics;
    private readonly Dictionary<string, Node> _anchors = [];
    private readonly Stack<Place> _openFlow = [];
    private readonly Parser _parser;

    private NodeParser(NodeSource source, string text, int firstColumn, DiagnosticList diagnostics)
    {
        _source = source;
        _text = text;
        _firstColumn = firstColumn;
        _diagnostics = diagnostics;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Parses <paramref name="text"/>; null when an error was reported.</summary>
    /// <param name="source">Where the text is from.</param>
    /// <param name="text">The text.</param>
    /// <param name="firstColumn">The column at which its first line begins, from 1.</param>
    /// <param name="diagnostics">Takes the error.</param>
    public static Node? Parse(NodeSource source, string text, int firstColumn, DiagnosticList diagnostics)
    {
        try
        {
            var parser = new NodeParser(source, text, firstColumn, diagnostics);
            return parser.ReadStream();
        }
        catch (ParseStoppedException)
        {
            return null;
        }
    }

    private Node ReadStream()
    {
        Next<StreamStart>();
        if (Next() is StreamEnd)
        {
            throw Stop(DiagnosticCodes.EmptyFile, _source.Start, "there is nothing in it");
        }

        var root = ReadNode(Next(), 1);
        Next<DocumentEnd>();
        if (Next() is DocumentStart second)
        {
            throw Stop(DiagnosticCodes.SecondDocument, At(second.Start), "a second YAML document begins here; a profile is one document");
        }

        return root;
    }

    private Node ReadNode(ParsingEvent first, int depth)
    {
        var place = At(first.Start);
        if (depth > MaxHeight)
        {
            throw TooComplex(place);
        }

        if (first is AnchorAlias alias)
        {
            return _anchors.TryGetValue(alias.Value.Value, out var target)
                ? Bounded(target, depth, place)
                : throw Stop(DiagnosticCodes.Syntax, place, $"no anchor &{Quoting.Short(alias.Value.Value)} stands before this alias");
        }

        if (first is not NodeEvent start)
        {
            throw StopLost();
        }

        if (!start.Tag.IsEmpty)
        {
            throw Stop(
                DiagnosticCodes.UnsupportedYaml,
                place,
                "tags (a word after !) mean nothing in a profile; remove it, or put the text in quotes");
        }

        var isFlow = start is SequenceStart { Style: SequenceStyle.Flow } or MappingStart { Style: MappingStyle.Flow };
        if (isFlow)
        {
            _openFlow.Push(place);
        }

        Node node = start switch
        {
            Scalar scalar => new ScalarNode(place, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadList(place, depth),
            _ => ReadMap(place, depth),
        };
        if (isFlow)
        {
            _openFlow.Pop();
        }

        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor.Value] = node;
        }

        return Bounded(node, depth, place);
    }

    private ListNode ReadList(Place place, int depth)
    {
        var items = new List<Node>();
        var weight = 1;
        while (Next() is var item and not SequenceEnd)
        {
            items.Add(ReadNode(item, depth + 1));
            weight = Add(weight, items[^1], place);
        }

        return new ListNode(place, items);
    }

    private MapNode ReadMap(Place place, int depth)
    {
        var entries = new List<MapEntry>();
        var seen = new Dictionary<string, Place>();
        var weight = 1;
        while (Next() is var first and not MappingEnd)
        {
            var key = ReadKey(first, depth);
            var value = ReadNode(Next(), depth + 1);
            weight = Add(weight, value, place);
            if (seen.TryAdd(key.Text, key.Place))
            {
                entries.Add(new MapEntry(key.Text, key.Place, value));
            }
            else
            {
                _diagnostics.Add(
                    DiagnosticCodes.DuplicateKey,
                    key.Place,
                    $"the key {Quoting.Short(key.Text)} stands here again; the first is at {seen[key.Text]}");
            }
        }

        return new MapNode(place, entries);
    }

    private ScalarNode ReadKey(ParsingEvent first, int depth)
    {
        if (ReadNode(first, depth + 1) is not ScalarNode key)
        {
            throw Stop(DiagnosticCodes.UnsupportedYaml, At(first.Start), "a key is a word, not a list or a map");
        }

        return key is { Text: "<<", IsPlain: true }
            ? throw Stop(
                DiagnosticCodes.UnsupportedYaml,
                key.Place,
                "merge keys (<<) are not YAML 1.2; use 'extends', or an alias for the whole value")
            : key;
    }

    // The sum stays in range: each part is at most MaxWeight, and it stops at the first that passes it.
    private int Add(int weight, Node node, Place place) =>
        weight + node.Weight <= MaxWeight ? weight + node.Weight : throw TooComplex(place);

    private Node Bounded(Node node, int depth, Place place) => depth - 1 + node.Height <= MaxHeight ? node : throw TooComplex(place);

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Next() is not T)
        {
            throw StopLost();
        }
    }

    private ParsingEvent Next()
    {
        try
        {
            return _parser.MoveNext() ? _parser.Current! : throw StopLost();
        }
        catch (YamlException error)
        {
            throw SyntaxError(error);
        }
        catch (Exception error) when (error is not (ParseStoppedException or OutOfMemoryException))
        {
            throw StopLost();
        }
    }

    // Over some broken texts (a flow list that is never closed is one) the parser loses its own state: it throws what it happens to, or
    // ends what it did not begin.
    private ParseStoppedException StopLost() => Stop(
        DiagnosticCodes.Syntax,
        _openFlow.TryPeek(out var open) ? open : At(_parser.Current?.Start ?? Mark.Empty),
        "this is not YAML: a bracket, a brace or a comma is missing");

    private ParseStoppedException SyntaxError(YamlException error) =>
        error.Message.Contains("tab", StringComparison.Ordinal) && LineIndentedByTab((int)error.Start.Line) is { } line
            ? Stop(DiagnosticCodes.Syntax, new Place(_source, line, 1), "a tab cannot indent YAML; use spaces")
            : Stop(DiagnosticCodes.Syntax, At(error.Start), Words(error.Message));

    // The parser's messages are sentences.
    private static string Words(string message)
    {
        var sentence = message.TrimEnd('.');
        var way = sentence.Contains("mapping", StringComparison.Ordinal)
            ? " (is the indentation right? text that holds ': ' goes in quotes)"
            : "";
        var words = sentence.Length == 0 ? "it ends too early" : char.ToLowerInvariant(sentence[0]) + sentence[1..];
        return $"this is not YAML: {words}{way}";
    }

    // The parser places an error over a tab at the collection around it.
    private int? LineIndentedByTab(int first)
    {
        using var reader = new StringReader(_text);
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (line >= first && text.AsSpan(0, text.Length - text.TrimStart(' ', '\t').Length).Contains('\t'))
            {
                return line;
            }
        }

        return null;
    }

    private Place At(Mark mark) =>
        new(_source, (int)mark.Line, (int)mark.Column + (mark.Line == 1 ? _firstColumn - 1 : 0));

    private ParseStoppedException TooComplex(Place place) => Stop(
        DiagnosticCodes.TooComplex,
        place,
        $"this nests deeper than {MaxHeight} levels, or is more than {MaxWeight} values with its aliases written out");

    private ParseStoppedException Stop(DiagnosticCode code, Place place, string message)
    {
        _diagnostics.Add(code, place, message);
        return new ParseStoppedException();
    }

    /// <summary>Leaves the parser after an error that was reported.</summary>
    private sealed class ParseStoppedException : Exception;
}
