using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>What a process needs beside the RAM of its guest.</summary>
internal sealed class PeakMemory : Measurement
{
    private const string Kernel = "spinner32.elf";

    /// <inheritdoc/>
    public override string Name => "peak memory";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns([.. contenders.Select(contender => (Func<double>)(() => Measure(contender)))], rounds);
        return
        [
            new Result(
                "peak memory, MiB",
                $"the process's greatest resident set (VmHWM) once {Kernel} runs, less the resident part of guest RAM",
                samples[0], samples[1], null, Goal.AtMost, 0.5),
        ];
    }

    private static double Measure(Contender contender)
    {
        using GuestProcess guest = contender.Start(Kernel);
        guest.WaitFor("spinning"u8);
        // What is done behind the first output counts as well.
        Thread.Sleep(100);
        long peak = Kibibytes(File.ReadLines($"/proc/{guest.Id}/status"), "VmHWM:");
        return (peak - ResidentGuestRam(guest.Id)) / 1024.0;
    }

    /// <summary>In KiB. Guest RAM is the mapping of its size; the kernel may have joined it with a small neighbour.</summary>
    private static long ResidentGuestRam(int process)
    {
        const long ram = Contender.RamBytes >> 10;
        const long slack = 4096;
        bool isRam = false;
        long resident = -1;
        foreach (string line in File.ReadLines($"/proc/{process}/smaps"))
        {
            if (line.StartsWith("Size:", StringComparison.Ordinal))
            {
                isRam = Value(line) is >= ram and <= ram + slack;
            }
            else if (isRam && line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                resident = Math.Max(0, resident) + Value(line);
            }
        }

        return resident >= 0 ? resident : throw new BenchException($"process {process} has no mapping of the size of guest RAM");
    }

    private static long Kibibytes(IEnumerable<string> lines, string name) =>
        Value(lines.First(line => line.StartsWith(name, StringComparison.Ordinal)));

    private static long Value(string line) =>
        long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
