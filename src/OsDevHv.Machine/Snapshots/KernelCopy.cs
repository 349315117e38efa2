namespace OsDevHv.Machine.Snapshots;

/// <summary>
/// A kernel's file out of a snapshot, in a directory of its own that only the user can enter: the symbols of a kernel whose own file is
/// gone or is another one now. Immutable; any thread.
/// </summary>
internal sealed class KernelCopy : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-kernel-");

    /// <param name="original">Where the kernel's file was.</param>
    public KernelCopy(string original)
    {
        Original = original;
        // A debugger shows the name, and finds sources by what the file itself says.
        File = Path.Combine(_directory.FullName, Path.GetFileName(original));
    }

    /// <summary>Where the kernel's file was.</summary>
    public string Original { get; }

    /// <summary>Where the copy is.</summary>
    public string File { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else has cleared the directory of temporary files, or made something in it.
        }
    }
}
