namespace OsDevHv.Profiles.Yaml;

/// <summary>A text from which nodes were read: a file, a shipped profile, an override of the command line.</summary>
/// <param name="Name">As errors name it.</param>
/// <param name="Directory">Where relative paths that stand in it begin.</param>
/// <param name="ExtendedFrom">The value of <c>extends</c> that brought this file in; null for what the user named.</param>
internal sealed record NodeSource(string Name, string Directory, Place? ExtendedFrom = null)
{
    /// <summary>True for an override: it is one line that the name quotes, so a position adds nothing.</summary>
    public bool IsOverride { get; init; }

    /// <summary>The start, for what concerns the whole text.</summary>
    public Place Start => new(this, 1, 1);

    /// <summary>A path that stands in this text, as an absolute one.</summary>
    public string Resolve(string path) => Path.GetFullPath(Path.Combine(Directory, path));
}

/// <summary>A position in a source.</summary>
/// <param name="Source">The text.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
internal readonly record struct Place(NodeSource Source, int Line, int Column)
{
    /// <summary>As errors write it.</summary>
    public override string ToString() => Source.IsOverride ? Source.Name : $"{Source.Name}:{Line}:{Column}";
}
