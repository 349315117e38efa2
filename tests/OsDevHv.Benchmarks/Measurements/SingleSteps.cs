using System.Diagnostics;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>Single steps through the gdb socket.</summary>
internal sealed class SingleSteps : Measurement
{
    private const int Count = 5000;

    // Until the threads on both sides have found their processors.
    private const int WarmUp = 500;

    /// <inheritdoc/>
    public override string Name => "single steps";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns([.. contenders.Select(contender => (Func<double>)(() => Measure(contender)))], rounds);
        return
        [
            new Result(
                "single steps/s",
                $"{Count} packets vCont;s:1 one after the other, each with its stop reply, in the loop of spinner32.elf",
                samples[0], samples[1], null, Goal.AtLeast, 5),
        ];
    }

    private static double Measure(Contender contender)
    {
        int port = RspClient.FreePort();
        using GuestProcess guest = contender.Start("spinner32.elf", gdbPort: port);
        guest.WaitFor("spinning"u8);
        using var client = new RspClient(port);
        byte[] step = RspClient.Frame("vCont;s:1");
        for (int i = 0; i < WarmUp; i++)
        {
            Step(client, step);
        }

        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i++)
        {
            Step(client, step);
        }

        return Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Step(RspClient client, byte[] step)
    {
        if (!client.Ask(step).StartsWith("T05"u8))
        {
            throw new BenchException("a step does not end with SIGTRAP");
        }
    }
}
