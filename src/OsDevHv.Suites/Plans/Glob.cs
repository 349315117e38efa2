using System.Text;
using System.Text.RegularExpressions;

namespace OsDevHv.Suites.Plans;

/// <summary>Patterns of files, as shells have them: <c>*</c>, <c>?</c>, <c>[a-z]</c>, and <c>**</c> for any directories.</summary>
internal static class Glob
{
    private const int DeepestTree = 32;

    /// <summary>Whether a path is a pattern.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?', '[');

    /// <summary>The files that match, in the order of their names; their paths begin as the pattern does.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="directory">Where a relative one begins.</param>
    public static IReadOnlyList<string> Expand(string pattern, string directory)
    {
        string[] parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var found = new List<string>();
        Walk(pattern.StartsWith('/') ? "/" : "", parts, directory, DeepestTree, found);
        return [.. found.Distinct().Order(StringComparer.Ordinal)];
    }

    private static void Walk(string prefix, ReadOnlySpan<string> parts, string directory, int depth, List<string> found)
    {
        if (parts.IsEmpty || depth == 0)
        {
            return;
        }

        string part = parts[0];
        if (part == "**")
        {
            // A file behind ** may be here, or in any directory below.
            Walk(prefix, parts.Length == 1 ? ["*"] : parts[1..], directory, depth, found);
            foreach (string name in Names(prefix, directory, directories: true).Where(static name => !name.StartsWith('.')))
            {
                Walk($"{prefix}{name}/", parts, directory, depth - 1, found);
            }

            return;
        }

        bool isLast = parts.Length == 1;
        if (!IsPattern(part))
        {
            if (!isLast)
            {
                Walk($"{prefix}{part}/", parts[1..], directory, depth, found);
            }
            else if (File.Exists(Path.Combine(directory, prefix, part)))
            {
                found.Add(prefix + part);
            }

            return;
        }

        Regex regex = RegexOf(part);
        foreach (string name in Names(prefix, directory, directories: !isLast))
        {
            // As in a shell, a leading dot is written.
            if ((name[0] != '.' || part[0] == '.') && regex.IsMatch(name))
            {
                if (isLast)
                {
                    found.Add(prefix + name);
                }
                else
                {
                    Walk($"{prefix}{name}/", parts[1..], directory, depth, found);
                }
            }
        }
    }

    private static List<string> Names(string prefix, string directory, bool directories)
    {
        try
        {
            var info = new DirectoryInfo(Path.Combine(directory, prefix));
            IEnumerable<FileSystemInfo> all = directories ? info.EnumerateDirectories() : info.EnumerateFiles();
            return [.. all.Select(static entry => entry.Name)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    private static Regex RegexOf(string part)
    {
        var text = new StringBuilder("^");
        for (int i = 0; i < part.Length; i++)
        {
            int end = part[i] == '[' ? part.IndexOf(']', Math.Min(i + 2, part.Length)) : -1;
            if (end > 0)
            {
                string set = part[(i + 1)..end];
                string body = set.TrimStart('!', '^').Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                text.Append('[').Append(set[0] is '!' or '^' ? "^" : "").Append(body.Length == 0 ? "!" : body).Append(']');
                i = end;
            }
            else
            {
                text.Append(part[i] switch { '*' => ".*", '?' => ".", _ => Regex.Escape(part[i].ToString()) });
            }
        }

        try
        {
            return new Regex(text.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline);
        }
        catch (ArgumentException)
        {
            // A range that runs backwards matches nothing but itself.
            return new Regex($"^{Regex.Escape(part)}$", RegexOptions.NonBacktracking);
        }
    }
}
