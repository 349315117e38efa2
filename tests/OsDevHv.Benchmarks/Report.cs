using System.Globalization;
using System.Text.Json;

namespace OsDevHv.Benchmarks;

/// <summary>Prints the results.</summary>
internal static class Report
{
    public static void Write(TextWriter output, IReadOnlyList<Result> results, bool json)
    {
        if (json)
        {
            WriteJson(output, results);
            return;
        }

        string[] head = ["", "OsDevHv", "QEMU", "yardstick", "ratio", "target", ""];
        string[][] rows = [head, .. results.Select(Cells)];
        int[] widths = [.. head.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, i) => i is 0 or 6 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }

        output.WriteLine();
        output.WriteLine("Medians, contenders taking turns; in brackets the best round, which is what the target is held against.");
        output.WriteLine("The ratio is to the yardstick (a bare loop on KVM, or a fixed limit) where there is one, else to QEMU.");
        if (BusyHost() is { } load)
        {
            output.WriteLine($"The host is busy (load average {load} on {Environment.ProcessorCount} CPUs): medians scatter.");
        }

        foreach (Result result in results)
        {
            output.WriteLine($"  {result.Name}: {result.Meaning}");
        }
    }

    private static string[] Cells(Result result) =>
    [
        result.Name,
        Figure(result, result.Ours),
        Figure(result, result.Qemu),
        result.Yardstick is { } yardstick ? Figure(result, yardstick) : "",
        string.Create(CultureInfo.InvariantCulture, $"{result.Ratio:0.00} ({result.BestRatio:0.00})"),
        (result.Goal == Goal.AtMost ? "<= " : ">= ") + result.Target.ToString("0.0", CultureInfo.InvariantCulture),
        result.IsMet ? "met" : "not met",
    ];

    private static string Figure(Result result, Samples samples) => $"{Number(samples.Median)} ({Number(result.Best(samples))})";

    /// <summary>The load average of the last minute where more wants to run than there are processors; else null.</summary>
    private static string? BusyHost()
    {
        string load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return double.Parse(load, CultureInfo.InvariantCulture) > Environment.ProcessorCount ? load : null;
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private static void WriteJson(TextWriter output, IReadOnlyList<Result> results)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (Result result in results)
            {
                json.WriteStartObject();
                json.WriteString("name", result.Name);
                json.WriteString("meaning", result.Meaning);
                WriteSamples(json, "osdevhv", result.Ours);
                WriteSamples(json, "qemu", result.Qemu);
                if (result.Yardstick is { } yardstick)
                {
                    WriteSamples(json, "yardstick", yardstick);
                }

                json.WriteNumber("ratio", Math.Round(result.Ratio, 4));
                json.WriteNumber("best-ratio", Math.Round(result.BestRatio, 4));
                json.WriteString("goal", result.Goal == Goal.AtMost ? "at-most" : "at-least");
                json.WriteNumber("target", result.Target);
                json.WriteBoolean("met", result.IsMet);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(memory.ToArray()));
    }

    private static void WriteSamples(Utf8JsonWriter json, string name, Samples samples)
    {
        json.WriteStartObject(name);
        json.WriteNumber("median", Math.Round(samples.Median, 3));
        json.WriteNumber("least", Math.Round(samples.Least, 3));
        json.WriteNumber("greatest", Math.Round(samples.Greatest, 3));
        json.WriteEndObject();
    }
}
