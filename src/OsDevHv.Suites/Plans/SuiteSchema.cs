using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OsDevHv.Profiles.Keys;
using OsDevHv.Suites.Plans.Yaml;

namespace OsDevHv.Suites.Plans;

/// <summary>The JSON Schema of a suite, for editors, of draft-07 as that of a profile is.</summary>
public static class SuiteSchema
{
    /// <summary>The schema's text, ending in a line feed: what configs/suite.schema.json holds.</summary>
    public static string Text { get; } = Write();

    private static string Write()
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", "OsDevHv test suite");
            json.WriteStartObject("definitions");
            json.WriteStartObject("machine");
            SectionKey.WriteMapSchema(json, ProfileKeys.Root, nullable: true);
            json.WriteEndObject();
            json.WriteEndObject();
            SectionKey.WriteMapSchema(json, SuiteKeys.Root, nullable: false);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
