using System.Buffers;
using System.IO.Pipelines;

namespace OsDevHv.Gdb;

/// <content>Reading: frames, acknowledgements, and what each packet is given to.</content>
internal sealed partial class GdbSession
{
    /// <summary>So many retransmissions in a row mean that the client cannot be talked to.</summary>
    public const int MaximumRetransmissions = 10;

    private readonly RspFrameScanner scanner = new(PacketSize);
    private bool acknowledges = true;
    private int retransmissions;
    private byte[]? expanded;

    /// <summary>Ends acknowledgements, after the reply that says so.</summary>
    public void StopAcknowledging() => acknowledges = false;

    private void Serve()
    {
        while (!over)
        {
            ValueTask<ReadResult> pending = input.ReadAsync(CancellationToken.None);
            ReadResult read = pending.IsCompleted ? pending.Result : pending.AsTask().GetAwaiter().GetResult();
            ReadOnlySequence<byte> bytes = read.Buffer;
            lock (gate)
            {
                while (!over && scanner.TryScan(ref bytes, out RspToken token))
                {
                    ReportStopIfThere();
                    Handle(token);
                }

                GoOn();
                Writer.Flush();
            }

            input.AdvanceTo(bytes.Start);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private void Handle(RspToken token)
    {
        Reply.Policy = PacketPolicy.None;
        switch (token)
        {
            case RspToken.Ack:
                retransmissions = 0;
                break;
            case RspToken.Nack:
                Retransmit();
                break;
            case RspToken.Interrupt:
                Interrupt();
                break;
            case RspToken.BadChecksum when acknowledges:
                Writer.Nack();
                break;
            case RspToken.BadChecksum:
                Reply.Error(RspError.BadFrame, "the frame's checksum is wrong");
                break;
            case RspToken.BrokenEscape:
                Acknowledge();
                Reply.Error(RspError.BadFrame, "the frame ends inside an escape sequence");
                break;
            case RspToken.Oversize:
                Acknowledge();
                Reply.Error(RspError.TooLong, $"the packet is longer than the announced {PacketSize} bytes");
                break;
            default:
                Acknowledge();
                HandlePacket(scanner.Payload);
                break;
        }
    }

    private void HandlePacket(ReadOnlySpan<byte> payload)
    {
        trace?.Received(payload);
        retransmissions = 0;
        if (payload.Contains((byte)'*') && !IsBinary(payload))
        {
            if (!RunLength.TryDecode(payload, expanded ??= new byte[PacketSize], out int length))
            {
                Reply.Error(RspError.BadFrame, "the frame's run-length encoding is wrong, or it is too long without it");
                return;
            }

            payload = expanded.AsSpan(0, length);
        }

        if (!PacketTable.TryFind(payload, out PacketEntry? entry, out int nameLength))
        {
            Reply.Text([]);
            return;
        }

        Reply.Policy = entry!.Policy;
        if (running is not null && !entry.Policy.HasFlag(PacketPolicy.WhileRunning) && !TryPause())
        {
            Reply.Error(RspError.Running, "the machine is running; interrupt it first");
            return;
        }

        entry.Handle(this, new PacketReader(payload[nameLength..]));
    }

    /// <summary>Whether a star in a packet's data is data, which only replies must escape.</summary>
    private static bool IsBinary(ReadOnlySpan<byte> payload) =>
        payload[0] == 'X' || payload.StartsWith("vF"u8) || payload.StartsWith("qSearch"u8);

    private void Acknowledge()
    {
        if (acknowledges)
        {
            Writer.Ack();
        }
    }

    private void Retransmit()
    {
        if (!acknowledges || !Writer.HasLastFrame)
        {
            return;
        }

        if (++retransmissions > MaximumRetransmissions)
        {
            trace?.Event($"the client refused a packet {MaximumRetransmissions} times; the connection is useless");
            End(targetReleased: false);
            return;
        }

        Writer.Retransmit();
    }
}
