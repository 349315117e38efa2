using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OsDevHv.Suites.Plans.KvmUnitTests;

/// <summary>Splits text into words as a POSIX shell does (Shell Command Language, 2.2 and 2.6.5), without expanding anything.</summary>
internal static class ShellWords
{
    /// <summary>
    /// Splits; false where only a shell could: <c>$</c> and backquotes outside single quotes, quotes that are not closed.
    /// </summary>
    public static bool TrySplit(string text, [NotNullWhen(true)] out List<string>? words)
    {
        var found = new List<string>();
        var word = new StringBuilder();
        bool hasWord = false;
        char quote = '\0';
        words = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\'' && c is '$' or '`')
            {
                return false;
            }

            if (quote != '\'' && c == '\\' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                hasWord = true;
            }
            else if (quote != '\0' ? c == quote : c is '\'' or '"')
            {
                quote = quote == '\0' ? c : '\0';
                hasWord = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                End();
            }
            else
            {
                word.Append(c);
                hasWord = true;
            }
        }

        End();
        words = quote == '\0' ? found : null;
        return words is not null;

        void End()
        {
            if (hasWord)
            {
                found.Add(word.ToString());
            }

            word.Clear();
            hasWord = false;
        }
    }
}
