namespace OsDevHv.Machine.Consoles;

/// <summary>The host's end of a console: a file, a terminal, a socket. Reads and writes are by one thread each; both block.</summary>
internal interface IHostEnd : IDisposable
{
    /// <summary>Whether anything can ever be read.</summary>
    bool HasInput { get; }

    /// <summary>Whether it must be read even where no device takes input, as that is how a client's coming and going is noticed.</summary>
    bool AwaitsClients { get; }

    /// <summary>
    /// How long a drain waits for an end that takes nothing: for ever where a person or a pipe decides, briefly where a forgotten client
    /// does.
    /// </summary>
    TimeSpan DrainPatience { get; }

    /// <summary>
    /// Passes bytes on, waiting for a slow reader. Where nobody takes them, or after <see cref="Cancel"/>, they are dropped.
    /// </summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Waits for input; 0 when there will be no more, or after <see cref="Cancel"/>.</summary>
    int Read(Span<byte> buffer);

    /// <summary>Ends every wait in <see cref="Read"/> and <see cref="Write"/>, now and from now on. Any thread.</summary>
    void Cancel();
}
