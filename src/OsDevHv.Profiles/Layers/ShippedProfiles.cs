namespace OsDevHv.Profiles.Layers;

/// <summary>The profiles that are part of the program: those of configs/ that name no files, so they mean the same anywhere.</summary>
internal static class ShippedProfiles
{
    /// <summary>The PC that a bare kernel gets.</summary>
    public const string Pc = "pc.yaml";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(ShippedProfiles).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)];

    /// <summary>A shipped profile's bytes, or null when none has that name.</summary>
    public static byte[]? Find(string name)
    {
        using var stream = Names.Contains(name) ? typeof(ShippedProfiles).Assembly.GetManifestResourceStream(name) : null;
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
