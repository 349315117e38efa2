using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>What can be wrong with extends, and errors that stand in inherited files.</summary>
public sealed class BrokenExtendsTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("extends: none.yaml\n", "1:10", "OSDV001", "nor a shipped profile of that name; valid here: pc.yaml")]
    [InlineData("extends: pcc.yaml\n", "1:10", "OSDV001", "did you mean 'pc.yaml'?")]
    [InlineData("extends: [pc.yaml, none.yaml]\n", "1:20", "OSDV001", "'none.yaml'")]
    [InlineData("extends: { base: pc.yaml }\n", "1:10", "OSDV021", "extends is text; or a list of such, not a map")]
    [InlineData("extends: [pc.yaml, [x]]\n", "1:20", "OSDV021", "extends.1 is text")]
    [InlineData("extends: [null]\n", "1:11", "OSDV021", "extends.0 is text, not nothing")]
    [InlineData("extends: m.yaml\n", "1:10", "OSDV040", "m.yaml -> m.yaml")]
    [InlineData("extends: \"a\\0b\"\n", "1:10", "OSDV030", "U+0000")]
    [InlineData("extends: ''\n", "1:10", "OSDV031", "a path")]
    [InlineData("extends: .\n", "1:10", "OSDV002", "is a directory")]
    [InlineData("extends: pc.yaml\ndevices: { cmo2: null }\n", "2:12", "OSDV042",
        "no device 'cmo2' is inherited, so there is none to remove; did you mean 'com2'?")]
    [InlineData("extends: pc.yaml\ndevices: { cmo2: { irq: 5 } }\n", "2:12", "OSDV022", "is this to be 'com2'?")]
    [InlineData("extends: pc.yaml\ndevices: { log: { type: debug-console } }\n", "2:12", "OSDV060",
        "log and debugcon both take port 0xe9; debugcon's is stated at <shipped>/pc.yaml:")]
    [InlineData("extends: pc.yaml\ndevices: { com2: { connect: stdio } }\n", "2:29", "OSDV062", "(com1 at <shipped>/pc.yaml:")]
    public void Extending_what_cannot_be_is_refused_at_its_place(string yaml, string place, string code, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"m.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_an_inherited_file_names_it_and_the_chain()
    {
        _bench.With("sub/base.yaml", "name: b\nmemory: 1X\n").With("middle.yaml", "extends: sub/base.yaml\n");

        var error = _bench.OneError("name: m\nextends: [middle.yaml]\n");

        Assert.StartsWith("sub/base.yaml:2:9: error OSDV028: memory is a size", error, StringComparison.Ordinal);
        Assert.EndsWith(" (extended from middle.yaml:1:10, from m.yaml:2:11)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Yaml_that_is_broken_in_an_inherited_file_names_it_and_the_chain()
    {
        _bench.With("base.yaml", "name: 'b\n");

        var error = _bench.OneError("extends: base.yaml\ndevices: { unknown: null, also: { irq: 3 } }\n");

        Assert.StartsWith("base.yaml:1:7: error OSDV006: ", error, StringComparison.Ordinal);
        Assert.EndsWith(" (extended from m.yaml:1:10)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_inherited_file_names_it_and_the_chain()
    {
        _bench.With("base.yaml", "# nothing yet\n");

        var error = _bench.OneError("extends: base.yaml\n");

        Assert.Equal("base.yaml:1:1: error OSDV005: there is nothing in it (extended from m.yaml:1:10)", error);
    }

    [Fact]
    public void A_value_that_is_overridden_does_no_harm()
    {
        _bench.With("base.yaml", "memory: nonsense\n");

        var profile = _bench.ReadValid("extends: base.yaml\nmemory: 64M\n");

        Assert.Equal(64u << 20, profile.MemoryBytes);
    }

    [Fact]
    public void A_circle_of_profiles_is_refused_where_it_closes()
    {
        _bench.With("a.yaml", "extends: b.yaml\n").With("b.yaml", "extends: m.yaml\n");

        var error = _bench.OneError("extends: a.yaml\n");

        Assert.Equal(
            "b.yaml:1:10: error OSDV040: this goes round in a circle: 'm.yaml -> a.yaml -> b.yaml -> m.yaml' "
            + "(extended from a.yaml:1:10, from m.yaml:1:10)",
            error);
    }

    [Fact]
    public void A_chain_that_is_too_long_is_refused_at_its_seventeenth_file()
    {
        foreach (var i in Enumerable.Range(1, 20))
        {
            _bench.With($"b{i}.yaml", $"extends: b{i + 1}.yaml\n");
        }

        var error = _bench.OneError("extends: b1.yaml\n");

        Assert.StartsWith("b15.yaml:1:10: error OSDV041: a profile extends at most 64 files, ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_files_are_refused_at_the_first_too_many()
    {
        foreach (var i in Enumerable.Range(0, 70))
        {
            _bench.With($"b{i:00}.yaml", "name: b\n");
        }

        var errors = _bench.Errors(_bench.Read("extends:\n" + string.Concat(Enumerable.Range(0, 64).Select(i => $"- b{i:00}.yaml\n"))));

        Assert.StartsWith("m.yaml:65:3: error OSDV041: ", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_is_missing_in_an_inherited_file_is_named_there()
    {
        _bench.With("sub/base.yaml", "boot: { kernel: k.elf }\n").With("m.yaml", "extends: sub/base.yaml\n");

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Run)));

        Assert.Equal(
            "sub/base.yaml:1:17: error OSDV070: boot.kernel: there is no file 'sub/k.elf' (extended from m.yaml:1:10)", error);
    }
}
