namespace OsDevHv.Benchmarks;

/// <summary>The command line of the benchmark.</summary>
/// <param name="Rounds">How often each contender is measured, 1 to 1,000; the medians are reported.</param>
/// <param name="Only">Run only measurements whose name has this in it; null for all.</param>
/// <param name="Json">Print JSON in place of the table.</param>
internal sealed record BenchOptions(int Rounds, string? Only, bool Json)
{
    public const string Usage = "usage: make bench ARGS='[--rounds N] [--only WORD] [--json]'";

    public static bool TryParse(ReadOnlySpan<string> arguments, out BenchOptions options)
    {
        options = new BenchOptions(11, null, false);
        for (int i = 0; i < arguments.Length; i++)
        {
            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value };
                    i++;
                    break;
                case "--rounds" when int.TryParse(value, out int rounds) && rounds is > 0 and <= 1000:
                    options = options with { Rounds = rounds };
                    i++;
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}

/// <summary>A benchmark cannot go on; the message says why, and the way out where there is one.</summary>
internal class BenchException(string message) : Exception(message);

/// <summary>A contender ended too early: QEMU does, with many processors on few, now and then.</summary>
internal sealed class GuestEndedException(string message) : BenchException(message);
