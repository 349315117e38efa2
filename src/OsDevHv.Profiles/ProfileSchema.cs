using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OsDevHv.Profiles.Keys;

namespace OsDevHv.Profiles;

/// <summary>
/// The JSON Schema of a profile, for editors: made from the table of keys that the reader follows. It is draft-07
/// (https://json-schema.org/draft-07), the newest that every release of yaml-language-server takes; later drafts have nothing that a
/// profile needs. An editor checks one file with it, so what depends on the files that are extended is left to the reader.
/// </summary>
public static class ProfileSchema
{
    /// <summary>The schema's text, ending in a line feed: what configs/machine.schema.json holds.</summary>
    public static string Text { get; } = Write();

    private static string Write()
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", "OsDevHv machine profile");
            SectionKey.WriteMapSchema(json, ProfileKeys.Root, nullable: false);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
