using System.CommandLine;

namespace OsDevHv.CommandLine;

/// <summary>
/// The command line of a run that stands in another runner's place for <c>FILE ARGS</c>: <c>osdevhv run --test [options] FILE ARGS</c>.
/// What is behind the file is the kernel's, whatever it looks like.
/// </summary>
internal static class WrappedArguments
{
    private const string Separator = "--";

    /// <summary>Puts <c>--</c> between FILE and what is the kernel's, so that a parser does not take that for options of ours.</summary>
    /// <param name="arguments">All of the command line.</param>
    /// <param name="run">The command, whose options are known.</param>
    /// <returns>The same where <c>--test</c> does not stand before FILE, or nothing is behind that.</returns>
    public static string[] Separate(string[] arguments, Command run)
    {
        if (arguments is not [RunCommand.Name, ..])
        {
            return arguments;
        }

        bool isTest = false;
        for (int i = 1; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == Separator)
            {
                return arguments;
            }

            if (argument is not ['-', _, ..])
            {
                int behind = i + 1;
                return isTest && behind < arguments.Length ? [.. arguments[..behind], Separator, .. arguments[behind..]] : arguments;
            }

            isTest |= argument == RunCommand.TestName;
            i += TakesNext(argument, run) ? 1 : 0;
        }

        return arguments;
    }

    // An option with its value in one (--timeout=5s) has another name here, and a wrong one is told of by the parser.
    private static bool TakesNext(string argument, Command run) =>
        !AddressArgument.StandsAlone(argument)
        && run.Options.Any(option => option.ValueType != typeof(bool) && (option.Name == argument || option.Aliases.Contains(argument)));
}
