namespace OsDevHv.Gdb;

/// <summary>
/// Follows the protocol, for <c>--trace gdb</c>. Called on the session's threads, one call at a time; must not block for long or throw.
/// </summary>
public interface IProtocolTrace
{
    /// <summary>A packet arrived; <paramref name="payload"/> has the escapes undone and may be binary.</summary>
    void Received(ReadOnlySpan<byte> payload);

    /// <summary>A frame was sent, <c>$</c>, escapes and checksum included.</summary>
    void Sent(ReadOnlySpan<byte> frame);

    /// <summary>Something happened that no packet shows: a client came or went, a request was refused and why.</summary>
    void Event(string text);
}
