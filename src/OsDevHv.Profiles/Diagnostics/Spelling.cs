namespace OsDevHv.Profiles.Diagnostics;

/// <summary>The nearest valid word for one that is not.</summary>
public static class Spelling
{
    private const int MaxLength = 32;

    /// <summary>The end of an error's sentence: the nearest valid word, or else all of them.</summary>
    public static string Hint(string given, IReadOnlyList<string> valid) => Nearest(given, valid) is { } word
        ? $"; did you mean '{word}'?"
        : $"; valid here: {string.Join(", ", valid)}";

    /// <summary>The nearest of <paramref name="valid"/>, or null when none is near: at most one slip in three letters.</summary>
    public static string? Nearest(string given, IEnumerable<string> valid)
    {
        if (given.Length > MaxLength)
        {
            return null;
        }

        var lower = given.ToLowerInvariant();
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var word in valid)
        {
            var distance = Distance(lower, word.ToLowerInvariant());
            if (distance < bestDistance && distance <= Math.Max(1, Math.Max(word.Length, given.Length) / 3))
            {
                (best, bestDistance) = (word, distance);
            }
        }

        return best;
    }

    /// <summary>Damerau and Levenshtein's distance, in the form in which no part is edited twice: insert, delete, replace, swap
    /// neighbours.</summary>
    internal static int Distance(string a, string b)
    {
        var (before, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            (before, last, row) = (last, row, before);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }
        }

        return row[b.Length];
    }
}
