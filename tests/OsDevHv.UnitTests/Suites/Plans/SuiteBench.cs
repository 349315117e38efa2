using OsDevHv.Profiles;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Plans.Yaml;
using OsDevHv.Tests.Profiles;

namespace OsDevHv.Tests.Suites.Plans;

/// <summary>A directory of suites for one test. Errors come without its name, so that they can be compared.</summary>
public sealed class SuiteBench : IDisposable
{
    private readonly ProfileBench _files = new();

    /// <summary>Its absolute path.</summary>
    public string Directory => _files.Directory;

    /// <summary>An absolute path in it.</summary>
    public string At(string name) => _files.At(name);

    /// <summary>Writes a file in it.</summary>
    public SuiteBench With(string name, string text)
    {
        _files.With(name, text);
        return this;
    }

    /// <summary>The cases of a text that is right, as the suite s.yaml.</summary>
    public IReadOnlyList<TestCase> Cases(string yaml, params string[] overrides)
    {
        var (cases, errors) = Read(yaml, overrides);
        Assert.Empty(errors);
        return cases;
    }

    /// <summary>The only case of a text that is right.</summary>
    public TestCase Case(string yaml, params string[] overrides) => Assert.Single(Cases(yaml, overrides));

    /// <summary>The errors of a text, as they are printed.</summary>
    public string[] Errors(string yaml, params string[] overrides) => Read(yaml, overrides).Errors;

    /// <summary>The one error of a text.</summary>
    public string OneError(string yaml, params string[] overrides) => Assert.Single(Errors(yaml, overrides));

    /// <summary>Reads an unittests.cfg.</summary>
    internal (IReadOnlyList<TestCase> Cases, string[] Errors) Config(string text, ProfileUse use, params string[] overrides)
    {
        With("x86/unittests.cfg", text);
        var context = new ReadContext(use);
        var cases = UnitTestsConfig.Read(At("x86/unittests.cfg"), [.. overrides.Select(text => new ProfileOverride(text))], context);
        return (cases, Printed(context));
    }

    public void Dispose() => _files.Dispose();

    private (IReadOnlyList<TestCase> Cases, string[] Errors) Read(string yaml, string[] overrides)
    {
        With("s.yaml", yaml);
        var context = new ReadContext(ProfileUse.Check);
        var cases = SuiteBinder.Read(At("s.yaml"), [.. overrides.Select(text => new ProfileOverride(text))], context);
        return (cases, Printed(context));
    }

    private string[] Printed(ReadContext context) =>
        [.. context.Diagnostics.Sorted().Select(one => one.ToString().Replace(Directory + "/", "", StringComparison.Ordinal))];
}
