using OsDevHv.Benchmarks;
using OsDevHv.Benchmarks.Measurements;

if (!BenchOptions.TryParse(args, out BenchOptions options))
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return 64;
}

try
{
    IReadOnlyList<Contender> contenders = Contender.All();
    var results = new List<Result>();
    foreach (Measurement measurement in Measurement.All)
    {
        if (options.Only is null || measurement.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase))
        {
            Console.Error.Write($"bench: {measurement.Name} ");
            results.AddRange(measurement.Run(contenders, options.Rounds));
            Console.Error.WriteLine();
        }
    }

    Report.Write(Console.Out, results, options.Json);
    return 0;
}
catch (BenchException error)
{
    Console.Error.WriteLine($"bench: {error.Message}");
    return 1;
}
