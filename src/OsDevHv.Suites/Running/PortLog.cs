using System.Buffers;

namespace OsDevHv.Suites.Running;

/// <summary>
/// All that one console printed in one attempt: the first of it in memory, more of it in a file, so that many cases can print much at a
/// time. One thread at a time.
/// </summary>
/// <param name="path">The file, whose directory is made when it is needed.</param>
internal sealed class PortLog(string path) : IDisposable
{
    private const int MostInMemory = 256 << 10;

    private readonly ArrayBufferWriter<byte> _memory = new();
    private FileStream? _file;

    /// <summary>Why the file could not be written; null where it could.</summary>
    public string? Failure { get; private set; }

    /// <summary>Takes what comes next.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_file is null && Failure is null && _memory.WrittenCount + bytes.Length <= MostInMemory)
        {
            _memory.Write(bytes);
            return;
        }

        Guard(bytes, static (log, rest) => log.Open().Write(rest));
    }

    /// <summary>Keeps the whole as the file.</summary>
    public void Keep() => Guard(default, static (log, _) => log.Open().Flush());

    /// <summary>Deletes what is in the file.</summary>
    public void Discard()
    {
        if (_file is not null)
        {
            Dispose();
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        if (_file is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            _file.Write(_memory.WrittenSpan);
            _memory.ResetWrittenCount();
        }

        return _file;
    }

    // A full disk must not end a console's thread: the attempt goes on and says what is missing.
    private void Guard(ReadOnlySpan<byte> bytes, Writing write)
    {
        try
        {
            if (Failure is null)
            {
                write(this, bytes);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Failure = $"{path} cannot be written: {error.Message}";
        }
    }

    private delegate void Writing(PortLog log, ReadOnlySpan<byte> bytes);
}
