using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OsDevHv.Profiles;

/// <summary>
/// A JSON Schema for editors, of draft-07 (https://json-schema.org/draft-07), the newest that every release of yaml-language-server takes;
/// later drafts have nothing that the keys need.
/// </summary>
internal static class SchemaDocument
{
    /// <summary>The schema's text, ending in a line feed.</summary>
    /// <param name="title">What it is the schema of.</param>
    /// <param name="writeBody">Writes the members after the title.</param>
    public static string Write(string title, Action<Utf8JsonWriter> writeBody)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", title);
            writeBody(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
