using System.IO.Pipelines;
using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>
/// Runs a whole session in memory: what the client sends goes in, what the server says comes out in a readable form: <c>+</c> and <c>-</c>
/// as they are, frames as <c>&lt;payload&gt;</c>, their checksums checked. Bytes are Latin-1 characters.
/// </summary>
internal static class Conversation
{
    /// <summary>A frame with its right checksum; the payload is sent as given, so escapes are the caller's.</summary>
    public static string Frame(string payload)
    {
        int sum = payload.Sum(static c => c) & 0xFF;
        return $"${payload}#{sum:x2}";
    }

    /// <summary>Sends frames after switching acknowledgements off, and returns the replies.</summary>
    public static string Ask(FakeMachine machine, params string[] packets)
    {
        string sent = Frame("QStartNoAckMode") + "+" + string.Concat(packets.Select(Frame));
        string said = Send(machine, sent);
        Assert.StartsWith("+<OK>", said, StringComparison.Ordinal);
        return said["+<OK>".Length..];
    }

    /// <summary>Sends a raw stream in pieces of <paramref name="chunk"/> bytes and then hangs up.</summary>
    public static string Send(FakeMachine machine, string stream, int chunk = int.MaxValue)
    {
        using MemoryStream output = new();
        using ChunkedStream input = new(Encoding.Latin1.GetBytes(stream), chunk);
        GdbSession session = new(machine, PipeReader.Create(input), output, trace: null, CancellationToken.None);

        session.Run();

        return Read(Encoding.Latin1.GetString(output.ToArray()));
    }

    /// <summary>Makes a server's stream readable.</summary>
    public static string Read(string raw)
    {
        StringBuilder said = new();
        int at = 0;
        while (at < raw.Length)
        {
            if (raw[at] is not ('$' or '%'))
            {
                said.Append(raw[at++]);
                continue;
            }

            int end = raw.IndexOf('#', at);
            string payload = raw[(at + 1)..end];
            Assert.Equal(Frame(payload)[1..], raw[(at + 1)..(end + 3)]);
            said.Append(raw[at] == '%' ? "%" : "");
            said.Append('<').Append(Decode(payload)).Append('>');
            at = end + 3;
        }

        return said.ToString();
    }

    /// <summary>Undoes the run-length encoding: X*N is X and N - 29 more of it.</summary>
    private static string Decode(string payload)
    {
        StringBuilder plain = new();
        for (int at = 0; at < payload.Length; at++)
        {
            if (payload[at] == '*')
            {
                at++;
                plain.Append(plain[^1], payload[at] - 29);
            }
            else
            {
                plain.Append(payload[at]);
            }
        }

        return plain.ToString();
    }

    /// <summary>The hexadecimal digits of a text, as console packets have them.</summary>
    public static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    /// <summary>Gives at most so many bytes a read.</summary>
    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span[..Math.Min(chunk, buffer.Length)]));
    }
}
