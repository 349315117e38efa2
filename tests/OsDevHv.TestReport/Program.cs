using OsDevHv.TestReport;

if (args is not ([_] or [_, "--filtered"]))
{
    Console.Error.WriteLine("usage: OsDevHv.TestReport DIRECTORY [--filtered]");
    return 2;
}

var suites = ResultsDirectory.Read(args[0], emptyIsFailure: args.Length == 1);
using (var table = File.CreateText(Path.Combine(args[0], "tests.tsv")))
{
    Summary.WriteTable(suites, table);
}

return Summary.Write(suites, Console.Out);
