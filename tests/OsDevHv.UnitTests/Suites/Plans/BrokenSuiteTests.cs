namespace OsDevHv.Tests.Suites.Plans;

/// <summary>Mistakes in suites: each is told once, at its place.</summary>
public sealed class BrokenSuiteTests : IDisposable
{
    private readonly SuiteBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("kernel: k\nexpct: {}\n", "2:1", "OSDV020", "'expect'")]
    [InlineData("kernel: k\nexpect: { outptu: a }\n", "2:11", "OSDV020", "'output'")]
    [InlineData("kernel: k\ncases:\n  a: { exepct: {} }\n", "3:8", "OSDV020", "'expect'")]
    [InlineData("kernel: k\nmachine: { memry: 1M }\n", "2:12", "OSDV020", "'memory'")]
    [InlineData("- a\n", "1:1", "OSDV021", "a suite is a map")]
    [InlineData("cases: [a]\n", "1:8", "OSDV021", "cases")]
    [InlineData("cases:\n  a: 5\n", "2:6", "OSDV021", "cases.a")]
    [InlineData("kernel: k\nmachine: 5\n", "2:10", "OSDV021", "machine")]
    [InlineData("kernel: k\nexpect: { output: '' }\n", "2:19", "OSDV090", "empty")]
    [InlineData("kernel: k\nexpect: { output: [{ text: a, regex: b }] }\n", "2:20", "OSDV090", "one of text and regex")]
    [InlineData("kernel: k\nexpect: { output: [{ port: com1 }] }\n", "2:20", "OSDV090", "one of text and regex")]
    [InlineData("kernel: k\nexpect: { output: [[a]] }\n", "2:20", "OSDV090", "text, or a map")]
    [InlineData("kernel: k\nexpect: { output: { regex: '(' } }\n", "2:28", "OSDV034", "regex")]
    [InlineData("kernel: k\nexpect: { output: { text: a, port: com9 } }\n", "2:9", "OSDV090", "'com9'")]
    [InlineData("kernel: k\nexpect: { memory: 'x = 5' }\n", "2:19", "OSDV090", "PLACE OPERATOR NUMBER")]
    [InlineData("kernel: k\nexpect: { memory: '0x1000 == 5' }\n", "2:19", "OSDV090", "an address needs a type")]
    [InlineData("kernel: k\nexpect: { verdict: crashed }\n", "2:20", "OSDV024", "crashed")]
    [InlineData("kernel: k\nexpect: { exit-code: 256 }\n", "2:22", "OSDV026", "256")]
    [InlineData("kernel: k\nmatrix: 5\n", "2:9", "OSDV091", "matrix")]
    [InlineData("kernel: k\nmatrix: { cpus: 5 }\n", "2:17", "OSDV091", "a list of values")]
    [InlineData("kernel: k\nmatrix: { cpus: [] }\n", "2:17", "OSDV091", "an empty list")]
    [InlineData("kernel: k\nexpected-failure: a\nquarantined: b\n", "3:14", "OSDV092", "one of them")]
    [InlineData("cases: {}\n", "1:1", "OSDV093", "no cases")]
    [InlineData("kernels: no/*.elf\n", "1:10", "OSDV093", "no file matches")]
    [InlineData("kernel: k\nsnapshot: { at: redy }\n", "2:17", "OSDV094", "ready")]
    [InlineData("kernel: k\nsnapshot: { }\n", "2:11", "OSDV094", "one of")]
    [InlineData("kernel: k\nsnapshot: { at: ready, time: 1s }\n", "2:11", "OSDV094", "one of")]
    [InlineData("extends: no.yaml\n", "1:10", "OSDV001", "no.yaml")]
    [InlineData("extends: s.yaml\n", "1:10", "OSDV040", "circle")]
    [InlineData("kernel: k\nprofile: no.yaml\n", "2:10", "OSDV001", "no.yaml")]
    [InlineData("kernel: k\nlimits: { time: 5 }\n", "2:17", "OSDV029", "limits.time")]
    [InlineData("kernel: k\nretries: 101\n", "2:10", "OSDV026", "retries")]
    public void A_mistake_is_told_once_with_line_column_and_the_way_out(string yaml, string place, string code, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"s.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_a_matrix_that_no_profile_has_is_told_with_the_one_that_is_meant()
    {
        var error = _bench.Errors("kernel: k\nmatrix: { memroy: [1G, 2G] }\n")[0];

        Assert.StartsWith("s.yaml:2:11: error OSDV091: ", error, StringComparison.Ordinal);
        Assert.Contains("'memory'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_that_multiplies_beyond_measure_is_told()
    {
        string values = string.Join(", ", Enumerable.Range(1, 60));
        string sizes = string.Join(", ", Enumerable.Range(16, 60).Select(size => $"{size}M"));

        Assert.StartsWith("s.yaml:5:3: error OSDV095: ", _bench.OneError(
            $"kernel: k\nmatrix:\n  cpus: [{values}]\n  memory: [{sizes}]\n  boot.cmdline: [{values}]\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_suites_keys_is_told_once_for_all_its_cases()
    {
        string cases = string.Concat(Enumerable.Range(0, 300).Select(number => $"  c{number}:\n"));

        Assert.StartsWith("s.yaml:1:9: error OSDV", _bench.OneError($"memory: much\nkernel: k\ncases:\n{cases}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_a_suite_that_is_extended_names_it_and_who_extends_it()
    {
        _bench.With("b.yaml", "kernel: k\nretries: many\n");

        var error = _bench.OneError("extends: b.yaml\n");

        Assert.StartsWith("b.yaml:2:10: error OSDV", error, StringComparison.Ordinal);
        Assert.EndsWith("(extended from s.yaml:1:10)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_override_is_told_by_its_words()
    {
        Assert.StartsWith("--set #1 'cpu.count=x'", _bench.OneError("kernel: k\n", "cpu.count=x"), StringComparison.Ordinal);
    }
}
