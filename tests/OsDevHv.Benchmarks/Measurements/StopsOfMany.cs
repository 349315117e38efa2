using System.Diagnostics;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>Continue and Ctrl-C of a machine of eight processors that all compute.</summary>
internal sealed class StopsOfMany : Measurement
{
    private const int Count = 50;
    private const int Processors = 8;
    private const double LimitMilliseconds = 2;

    /// <inheritdoc/>
    public override string Name => "stop and resume";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns([.. contenders.Select(contender => (Func<double>)(() => Measure(contender)))], rounds);
        return
        [
            new Result(
                $"stop and resume of {Processors} vCPUs, median ms",
                $"{Count} times the longer of two: Ctrl-C to its answer, and continue and Ctrl-C at once to the answer; at most {LimitMilliseconds} ms",
                samples[0], samples[1], new Samples([LimitMilliseconds]), Goal.AtMost, 1),
        ];
    }

    private static double Measure(Contender contender)
    {
        int port = RspClient.FreePort();
        using GuestProcess guest =
            contender.StartWithOwnInterrupts("smp-spin64.elf", $"cpus={Processors}", Processors, gdbPort: port);
        guest.WaitFor("spinning on"u8);
        using var client = new RspClient(port);
        byte[] resume = RspClient.Frame("vCont;c");
        var times = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            client.Send(resume);
            Thread.Sleep(2); // So that all of them are in the guest.
            double stop = Stop(client);
            long start = Stopwatch.GetTimestamp();
            client.Send(resume);
            Stop(client);
            times[i] = Math.Max(stop, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Array.Sort(times);
        return times[Count / 2];
    }

    /// <summary>Milliseconds from Ctrl-C to the stop reply.</summary>
    private static double Stop(RspClient client)
    {
        long start = Stopwatch.GetTimestamp();
        return client.Ask([3]).StartsWith("T02"u8)
            ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
            : throw new BenchException("Ctrl-C does not end with SIGINT");
    }
}
