namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>A directory of files that goes away with the test.</summary>
public sealed class TemporaryFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-test");

    /// <summary>The path of a file that may not exist.</summary>
    public string Path(string name) => System.IO.Path.Combine(_directory.FullName, name);

    /// <summary>Writes a file; returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}
