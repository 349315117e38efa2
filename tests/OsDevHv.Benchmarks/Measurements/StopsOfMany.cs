using System.Diagnostics;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>Ctrl-C and continue of a machine of eight processors that all compute.</summary>
internal sealed class StopsOfMany : Measurement
{
    private const int Count = 50;
    private const int Processors = 8;

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
                $"{Count} times Ctrl-C to the stop reply, then continue; the kernel smp-spin64.elf",
                samples[0], samples[1], null, Goal.AtMost, 1),
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
            long start = Stopwatch.GetTimestamp();
            if (!client.Ask([3]).StartsWith("T02"u8))
            {
                throw new BenchException("Ctrl-C does not end with SIGINT");
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[Count / 2];
    }
}
