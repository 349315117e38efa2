using System.Text.Json;
using OsDevHv.Profiles.Keys;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Plans.Yaml;

namespace OsDevHv.Tests.Suites.Plans;

/// <summary>The JSON Schema of suites.</summary>
public sealed class SuiteSchemaTests : IDisposable
{
    private readonly JsonDocument _schema = JsonDocument.Parse(SuiteSchema.Text);

    public void Dispose() => _schema.Dispose();

    [Fact]
    public void It_has_every_key_of_a_suite_with_its_description_and_no_other()
    {
        var properties = _schema.RootElement.GetProperty("properties");

        Assert.Equal(SuiteKeys.Root.Select(key => key.Name).Order(), properties.EnumerateObject().Select(one => one.Name).Order());
        Assert.All(properties.EnumerateObject(), one => Assert.NotEqual("", one.Value.GetProperty("description").GetString()));
        Assert.False(_schema.RootElement.GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public void A_case_has_the_keys_of_a_case()
    {
        var properties = _schema.RootElement.GetProperty("properties").GetProperty("cases").GetProperty("additionalProperties").GetProperty("properties");

        Assert.Equal(SuiteKeys.Case.Select(key => key.Name).Order(), properties.EnumerateObject().Select(one => one.Name).Order());
    }

    [Fact]
    public void Its_machine_is_a_profile()
    {
        var reference = _schema.RootElement.GetProperty("properties").GetProperty("machine").GetProperty("allOf")[0].GetProperty("$ref").GetString();
        var machine = _schema.RootElement.GetProperty("definitions").GetProperty("machine").GetProperty("properties");

        Assert.Equal("#/definitions/machine", reference);
        Assert.Equal(ProfileKeys.Root.Select(key => key.Name).Order(), machine.EnumerateObject().Select(one => one.Name).Order());
    }

    [Fact]
    public void Keys_of_sections_are_in_it()
    {
        var expect = _schema.RootElement.GetProperty("properties").GetProperty("expect").GetProperty("properties");

        Assert.Equal(SuiteKeys.Expect.Keys.Select(key => key.Name).Order(), expect.EnumerateObject().Select(one => one.Name).Order());
    }
}
