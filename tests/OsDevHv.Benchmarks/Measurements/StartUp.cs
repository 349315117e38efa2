using System.Diagnostics;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>From the start of the process to the first byte that the guest prints.</summary>
internal sealed class StartUp : Measurement
{
    /// <inheritdoc/>
    public override string Name => "start-up";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns([.. contenders.Select(contender => (Func<double>)(() => Measure(contender)))], 2 * rounds);
        return
        [
            new Result(
                "start-up, ms",
                "from just before the process is started to the first byte of hello32-mb1.elf's serial output in our pipe",
                samples[0], samples[1], null, Goal.AtMost, 0.5),
        ];
    }

    private static double Measure(Contender contender)
    {
        using GuestProcess guest = contender.Start("hello32-mb1.elf");
        long first = guest.WaitForFirstByte();
        return Stopwatch.GetElapsedTime(guest.Started, first).TotalMilliseconds;
    }
}
