using System.Diagnostics;
using System.Text.Json;

namespace OsDevHv.Benchmarks;

/// <summary>A run of <c>osdevhv test</c> to its end.</summary>
/// <param name="Elapsed">From just before the process was started to its end.</param>
/// <param name="Durations">How long each attempt took, as its report says, in ms and ascending.</param>
internal sealed record SuiteRun(TimeSpan Elapsed, IReadOnlyList<double> Durations)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The median of the durations.</summary>
    public double Median => Durations[Durations.Count / 2];

    /// <summary>Runs a suite; all its cases must pass.</summary>
    /// <param name="program">The program.</param>
    /// <param name="suite">The suite's file.</param>
    /// <param name="directory">For the report and artifacts.</param>
    /// <exception cref="BenchException">It takes too long or does not pass.</exception>
    public static SuiteRun ToTheEnd(string program, string suite, string directory)
    {
        string json = Path.Combine(directory, "report.json");
        var start = new ProcessStartInfo(
            program, ["test", suite, "--json", json, "--artifacts", Path.Combine(directory, "artifacts")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long before = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new BenchException($"{program} does not start");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            throw new BenchException($"{suite} is not through after {Limit.TotalSeconds} s: {output.Result}{errors.Result}");
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(before);
        return process.ExitCode == 0
            ? new SuiteRun(elapsed, Read(json))
            : throw new BenchException($"{suite} does not pass: {output.Result}{errors.Result}");
    }

    private static List<double> Read(string json)
    {
        using FileStream file = File.OpenRead(json);
        using JsonDocument report = JsonDocument.Parse(file);
        return
        [
            .. report.RootElement.GetProperty("cases").EnumerateArray()
                .SelectMany(static one => one.GetProperty("attempts").EnumerateArray())
                .Select(static attempt => attempt.GetProperty("duration").GetDouble() * 1000)
                .Order(),
        ];
    }
}
