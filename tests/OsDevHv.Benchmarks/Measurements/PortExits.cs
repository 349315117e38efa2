using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>What an OUT to a port costs, against a loop in C that does nothing but run the same kernel.</summary>
internal sealed class PortExits : Measurement
{
    private const string Kernel = "port-exits32.elf";
    private const int Count = 10_000;
    private const int FewCount = 100;

    /// <inheritdoc/>
    public override string Name => "port exits";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        string bareLoop = BuildBareLoop();
        Action<int>[] programs =
        [
            .. contenders.Select(contender => (Action<int>)(count => RunToEnd(contender, count))),
            count => Loop(bareLoop, count),
        ];
        Samples[] elapsed = TakeTurns(
            [.. contenders.Select(contender => (Func<double>)(() => Measure(contender))), () => Loop(bareLoop, Count)], 2 * rounds);
        Samples[] processor = TakeTurns(
            [.. programs.Select(program => (Func<double>)(() => MeasureProcessorTime(program)))], rounds);
        return
        [
            new Result(
                "port exit, us",
                $"{Kernel} writes {Count:#,0} times to port 80h: from its line of output before to the one after, divided by the writes",
                elapsed[0], elapsed[1], elapsed[2], Goal.AtMost, 1.1),
            new Result(
                "port exit, us of CPU",
                $"the same by the process's processor time, less what {FewCount} writes take: hardly changed by a busy host",
                processor[0], processor[1], processor[2], Goal.AtMost, 1.1),
        ];
    }

    private static double Measure(Contender contender)
    {
        using GuestProcess guest = contender.Start(Kernel, CommandLine(Count));
        long begin = guest.WaitFor("begin\n"u8);
        long end = guest.WaitFor("end\n"u8);
        return Stopwatch.GetElapsedTime(begin, end).TotalMicroseconds / Count;
    }

    private static double MeasureProcessorTime(Action<int> program)
    {
        TimeSpan start = ChildTime.Total();
        program(Count);
        TimeSpan between = ChildTime.Total();
        program(FewCount);
        TimeSpan few = ChildTime.Total() - between;
        return (between - start - few).TotalMicroseconds / (Count - FewCount);
    }

    private static void RunToEnd(Contender contender, int count)
    {
        using GuestProcess guest = contender.Start(Kernel, CommandLine(count));
        guest.WaitForEnd();
    }

    private static double Loop(string program, int count) =>
        double.Parse(Capture(program, Repository.Kernel(Kernel), CommandLine(count)), CultureInfo.InvariantCulture) / 1000;

    private static string CommandLine(int count) => string.Create(CultureInfo.InvariantCulture, $"count={count}");

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
        return process.ExitCode == 0
            ? output
            : throw new BenchException($"{program} {string.Join(' ', arguments)} failed: {process.ExitCode}");
    }
}
