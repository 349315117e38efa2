using System.CommandLine;
using System.CommandLine.Parsing;

namespace OsDevHv.CommandLine;

/// <summary>What is wrong with a command line, in one line.</summary>
internal static class UsageErrors
{
    /// <summary>The first error, or null when there is none.</summary>
    public static string? FirstOf(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;

        // An unknown option may have been taken for a file, so it is looked for first: it is what the user will recognise.
        foreach (Token token in parsed.Tokens)
        {
            if (token.Type == TokenType.DoubleDash)
            {
                break;
            }

            if (token.Type == TokenType.Argument && token.Value is ['-', _, ..] && !IsValueOfOption(parsed, token))
            {
                return $"unknown option '{token.Value}'{Hint(token.Value, OptionNames(parsed))}";
            }
        }

        if (parsed.CommandResult.Parent is null && command.Subcommands.Count > 0)
        {
            return parsed.UnmatchedTokens switch
            {
                [] when parsed.Errors.Count == 0 => null,
                [] => "a command is missing: run, gdb, test, report, view, check, schema, doctor or version",
                [var word, ..] when File.Exists(word) => $"unknown command '{word}'; to run that file: osdevhv run {word}",
                [var word, ..] => $"unknown command '{word}'{Hint(word, [.. command.Subcommands.Select(c => c.Name)])}",
            };
        }

        if (command.Subcommands.Count > 0)
        {
            string known = string.Join(", ", command.Subcommands.Select(static sub => sub.Name));
            return parsed.UnmatchedTokens is [var wrong, ..]
                ? $"unknown command '{command.Name} {wrong}'; known: {known}"
                : $"'{command.Name}' needs a command: {known}";
        }

        if (parsed.UnmatchedTokens is [var extra, ..])
        {
            return $"'{extra}' is one argument too many";
        }

        return parsed.Errors is [var error, ..] ? Describe(error) : FirstOfKernel(parsed);
    }

    /// <summary>What is wrong with the kernel's own arguments, which only a test has.</summary>
    private static string? FirstOfKernel(ParseResult parsed)
    {
        ArgumentResult? own = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .FirstOrDefault(static one => one.Argument.Name == RunCommand.ArgumentsName);
        if (parsed.CommandResult.Command.Name != RunCommand.Name || own?.Tokens is not [var extra, ..])
        {
            return null;
        }

        bool isTest = parsed.GetValue<bool>(RunCommand.TestName);
        bool isSeparated = parsed.Tokens.Any(static token => token.Type == TokenType.DoubleDash);
        return isTest && isSeparated ? null
            : isTest ? $"'{extra.Value}' is one argument too many; what is the kernel's goes behind FILE where --test stands before it"
            : $"'{extra.Value}' is one argument too many; the kernel's command line is --cmdline STR";
    }

    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        ArgumentResult { Argument.Name: "FILE", Tokens.Count: 0 } => "FILE is missing: a profile or a kernel",
        ArgumentResult { Argument.Name: "PATH", Tokens.Count: 0 } => "PATH is missing: a suite, a kernel, a directory or a quoted glob",
        ArgumentResult { Argument.Name: "FILES", Tokens.Count: 0 } => "FILES are missing: reports that 'osdevhv test --json' wrote",
        _ => error.Message,
    };

    private static bool IsValueOfOption(ParseResult parsed, Token token) =>
        parsed.CommandResult.Children.OfType<OptionResult>().Any(option => option.Tokens.Contains(token));

    private static string[] OptionNames(ParseResult parsed) =>
        [.. parsed.CommandResult.Command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Append("--help")];

    private static string Hint(string word, string[] known)
    {
        string given = word.Split('=')[0];
        string? nearest = known.MinBy(candidate => Distance(given, candidate));
        return nearest is not null && Distance(given, nearest) <= Math.Max(1, given.Length / 3) ? $"; did you mean '{nearest}'?" : "";
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
