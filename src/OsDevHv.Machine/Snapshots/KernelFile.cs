using System.Security.Cryptography;

namespace OsDevHv.Machine.Snapshots;

/// <summary>The file that has a kernel's symbols, as it was when the kernel was booted. Immutable; any thread.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Digest">Their SHA-256.</param>
public sealed record KernelFile(string Path, long Length, ReadOnlyMemory<byte> Digest)
{
    /// <summary>Looks at the file, all of it.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="SnapshotException">It cannot be read.</exception>
    public static KernelFile Of(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return new KernelFile(System.IO.Path.GetFullPath(path), file.Length, SHA256.HashData(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SnapshotException($"{path}: the kernel's file cannot be kept: {error.Message}", error);
        }
    }

    /// <summary>What happened to the file since, to follow its path; null where it is still the same.</summary>
    public string? Change()
    {
        try
        {
            using FileStream file = File.OpenRead(Path);
            return file.Length == Length && SHA256.HashData(file).AsSpan().SequenceEqual(Digest.Span) ? null : "has changed since the snapshot was saved";
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return "is gone";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "cannot be read";
        }
    }
}
