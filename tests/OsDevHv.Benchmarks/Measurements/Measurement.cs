namespace OsDevHv.Benchmarks.Measurements;

/// <summary>Something that is measured of each contender.</summary>
internal abstract class Measurement
{
    private const int MostAttempts = 10;

    /// <summary>All of them, in the order of the report.</summary>
    public static IReadOnlyList<Measurement> All { get; } =
        [
            new StartUp(), new PortExits(), new SingleSteps(), new RangeSteps(), new StopsOfMany(), new ConditionalBreakpoints(),
            new MemoryReads(), new PeakMemory(), new InterruptRates(), new LinuxBoot(), new SuiteThroughput(),
        ];

    /// <summary>One or two words.</summary>
    public abstract string Name { get; }

    /// <summary>Measures, with the contenders (ours, QEMU) taking turns.</summary>
    /// <exception cref="BenchException">A contender does not do what it should.</exception>
    public abstract IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds);

    /// <summary>
    /// Measures all contenders in each of <paramref name="rounds"/> rounds, so that what else the host does hits them alike. A round before
    /// them is not counted: it warms the host's caches.
    /// </summary>
    protected static Samples[] TakeTurns(IReadOnlyList<Func<double>> contenders, int rounds)
    {
        var samples = new List<double>[contenders.Count];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = [];
        }

        for (int round = 0; round <= rounds; round++)
        {
            Console.Error.Write('.');
            for (int i = 0; i < samples.Length; i++)
            {
                double sample = Sample(contenders[i]);
                if (round > 0)
                {
                    samples[i].Add(sample);
                }
            }
        }

        return [.. samples.Select(list => new Samples(list))];
    }

    private static double Sample(Func<double> contender)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return contender();
            }
            catch (GuestEndedException error) when (attempt < MostAttempts)
            {
                Console.Error.WriteLine($"\nbench: again, for {error.Message}");
            }
        }
    }
}
