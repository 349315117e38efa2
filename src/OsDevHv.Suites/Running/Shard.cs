using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OsDevHv.Suites.Running;

/// <summary>
/// One part of several that a plan is dealt into, case by case, as cards are: the parts have nothing in common, are everything together,
/// and differ by one case at most in their number.
/// </summary>
/// <param name="Index">Which: 1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many there are, 1 or more.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>The most parts that there can be.</summary>
    public const int Most = 100_000;

    /// <summary>Everything in one part.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Reads <c>I/N</c>; I counts from 1.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="shard">Which part.</param>
    /// <param name="error">What is wrong, in words.</param>
    public static bool TryParse(string text, out Shard shard, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        shard = Whole;
        error = null;
        string[] parts = text.Split('/');
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count is < 1 or > Most)
        {
            error = $"'{text}' is no part of a whole: I/N, such as 2/8, with N from 1 to {Most}";
            return false;
        }

        if (index < 1 || index > count)
        {
            error = index == 0 ? $"parts count from 1, not 0: 1/{count} is the first" : $"there is no part {index} of {count}";
            return false;
        }

        shard = new Shard(index, count);
        return true;
    }

    /// <summary>Whether the item at this place, from 0, belongs to this part.</summary>
    public bool Has(int place) => place % Count == Index - 1;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
