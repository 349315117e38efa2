using OsDevHv.Profiles.Keys;

namespace OsDevHv.Profiles;

/// <summary>
/// The JSON Schema of a profile, for editors: made from the table of keys that the reader follows. An editor checks one file with it, so
/// what depends on the files that are extended is left to the reader.
/// </summary>
public static class ProfileSchema
{
    /// <summary>The schema's text, ending in a line feed: what configs/machine.schema.json holds.</summary>
    public static string Text { get; } = SchemaDocument.Write(
        "OsDevHv machine profile", static json => SectionKey.WriteMapSchema(json, ProfileKeys.Root, nullable: false));
}
