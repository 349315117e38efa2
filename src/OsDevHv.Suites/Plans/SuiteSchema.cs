using System.Text.Json;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Keys;
using OsDevHv.Suites.Plans.Yaml;

namespace OsDevHv.Suites.Plans;

/// <summary>The JSON Schema of a suite, for editors, made from the table of keys that the reader follows.</summary>
public static class SuiteSchema
{
    /// <summary>The schema's text, ending in a line feed: what configs/suite.schema.json holds.</summary>
    public static string Text { get; } = SchemaDocument.Write("OsDevHv test suite", WriteBody);

    private static void WriteBody(Utf8JsonWriter json)
    {
        json.WriteStartObject("definitions");
        json.WriteStartObject("machine");
        SectionKey.WriteMapSchema(json, ProfileKeys.Root, nullable: true);
        json.WriteEndObject();
        json.WriteEndObject();
        SectionKey.WriteMapSchema(json, SuiteKeys.Root, nullable: false);
    }
}
