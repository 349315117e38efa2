using System.Runtime.CompilerServices;

namespace OsDevHv.Tests.Profiles;

/// <summary>Files of the repository that tests hold true.</summary>
internal static class RepositoryFile
{
    /// <summary>The directory of shipped profiles.</summary>
    public static string Configs { get; } = Find();

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../configs"));
}
