using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>What an OUT to a port costs, against a loop in C that does nothing but run the same kernel.</summary>
internal sealed class PortExits : Measurement
{
    private const string Kernel = "port-exits32.elf";
    private const int Count = 10_000;

    private static readonly string CommandLine = string.Create(CultureInfo.InvariantCulture, $"count={Count}");

    /// <inheritdoc/>
    public override string Name => "port exits";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        string bareLoop = BuildBareLoop();
        Samples[] samples = TakeTurns(
            [.. contenders.Select(contender => (Func<double>)(() => Measure(contender))), () => MeasureBareLoop(bareLoop)], 2 * rounds);
        return
        [
            new Result(
                "port exit, us",
                $"{Kernel} writes {Count:#,0} times to port 80h: the time between its lines of output before and after, divided by the writes",
                samples[0], samples[1], samples[2], Goal.AtMost, 1.1),
        ];
    }

    private static double Measure(Contender contender)
    {
        using GuestProcess guest = contender.Start(Kernel, CommandLine);
        long begin = guest.WaitFor("begin\n"u8);
        long end = guest.WaitFor("end\n"u8);
        return Stopwatch.GetElapsedTime(begin, end).TotalMicroseconds / Count;
    }

    private static double MeasureBareLoop(string program) =>
        double.Parse(Capture(program, Repository.Kernel(Kernel), CommandLine), CultureInfo.InvariantCulture) / 1000;

    private static string BuildBareLoop()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "bare-loop");
        Capture("gcc", "-O2", "-Wall", "-Wextra", "-o", program, program + ".c");
        return program;
    }

    private static string Capture(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })
            ?? throw new BenchException($"{program} does not start");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new BenchException($"{program} {string.Join(' ', arguments)} failed: {process.ExitCode}");
    }
}
