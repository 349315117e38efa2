namespace OsDevHv.Suites.Reports;

/// <summary>Paths of artifacts: forward slashes, as seen from the directory of the report that names them.</summary>
public static class ArtifactPath
{
    /// <summary>A path in a directory; <c>.</c> is left out.</summary>
    public static string Join(string directory, string path)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return directory is "." or "" ? path : $"{directory.TrimEnd('/')}/{path}";
    }

    /// <summary>A directory as seen from that of a file.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="file">The file that is to name it.</param>
    public static string From(string directory, string file) =>
        Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/", Path.GetFullPath(directory)).Replace('\\', '/');
}
