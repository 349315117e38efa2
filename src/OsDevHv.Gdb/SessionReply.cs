using System.Text;

namespace OsDevHv.Gdb;

/// <summary>What can be said to the client: replies, errors in the form that it understands, and console text.</summary>
/// <remarks>Not thread-safe: used with the session's gate held.</remarks>
/// <param name="writer">The session's writer.</param>
/// <param name="trace">Follows the protocol; or null.</param>
internal sealed class SessionReply(RspFrameWriter writer, IProtocolTrace? trace)
{
    /// <summary>How much console text an <c>O</c> packet carries; any client takes so much.</summary>
    private const int ConsoleChunk = 1024;

    private string? notice;

    /// <summary>Takes the payload between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public RspFrameWriter Writer { get; } = writer;

    /// <summary>What the client announced.</summary>
    public ClientFeatures Client { get; set; }

    /// <summary>What holds for the packet that is being answered.</summary>
    public PacketPolicy Policy { get; set; }

    /// <summary>Starts a reply.</summary>
    public void Begin() => Writer.Begin();

    /// <summary>Ends the reply.</summary>
    public void End()
    {
        Writer.End();
        trace?.Sent(Writer.LastFrame);
    }

    /// <summary>Ends a reply that is worth run-length encoding: registers, memory.</summary>
    public void EndEncoded()
    {
        Writer.EndEncoded();
        trace?.Sent(Writer.LastFrame);
    }

    /// <summary>Ends a notification.</summary>
    public void EndNotification()
    {
        Writer.End();
        trace?.Sent(Writer.LastFrame);
        Writer.ForgetLastFrame();
    }

    /// <summary>Replies with a text that needs no escapes; the empty one says "not supported".</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        Begin();
        Writer.Append(text);
        End();
    }

    /// <summary>Appends the id of a vCPU's thread in the form that the client takes.</summary>
    public void AppendThread(int vcpu) => ThreadIdText.Append(Writer, vcpu, Client);

    /// <summary>Replies <c>OK</c>.</summary>
    public void Ok() => Text("OK"u8);

    /// <summary>Replies with an error: in words where the client takes them, else as a number, with the words in the trace.</summary>
    public void Error(RspError error, string text)
    {
        trace?.Event($"refused: {text}");
        Begin();
        Writer.Append((byte)'E');
        if (Client.HasFlag(ClientFeatures.ErrorStrings))
        {
            Writer.AppendHexByte((byte)error);
            Writer.Append((byte)';');
            Writer.AppendHex(Encoding.UTF8.GetBytes(text));
        }
        else if (Client.HasFlag(ClientFeatures.ErrorMessages) || Policy.HasFlag(PacketPolicy.TextErrors))
        {
            Writer.Append((byte)'.');
            Writer.AppendBinary(Encoding.UTF8.GetBytes(text));
        }
        else
        {
            Writer.AppendHexByte((byte)error);
        }

        End();
    }

    /// <summary>Replies that the packet is not as the protocol has it.</summary>
    public void Malformed(string text) => Error(RspError.Malformed, text);

    /// <summary>
    /// Keeps a text for the next moment at which the protocol lets us show one: for errors that the client does not show.
    /// </summary>
    public void KeepNotice(string text)
    {
        if (!Client.HasFlag(ClientFeatures.ErrorMessages))
        {
            notice = text;
        }
    }

    /// <summary>Shows a text to the user. Only where <c>O</c> packets are allowed: before a stop reply and before <c>qRcmd</c>'s.</summary>
    public void ShowConsole(string text)
    {
        if (notice is { } kept)
        {
            notice = null;
            ShowConsole(kept + "\n");
        }

        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        while (!rest.IsEmpty)
        {
            int length = Math.Min(rest.Length, ConsoleChunk);
            Begin();
            Writer.Append((byte)'O');
            Writer.AppendHex(rest[..length]);
            End();
            rest = rest[length..];
        }
    }
}
