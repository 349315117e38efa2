using System.Buffers;
using System.Text;
using CsCheck;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Scanning and writing of frames.</summary>
public sealed class RspFrameScannerTests
{
    private const int Maximum = 32;

    /// <summary>Streams rich in what has a meaning, so that frames, escapes and oversize payloads do occur.</summary>
    private static readonly Gen<byte[]> Streams = Gen.OneOf(
        OneOf([.. "$#}+-\u0003 0bf9qC"]).Select(static c => new[] { (byte)c }),
        Gen.Byte.Array[0, 40],
        Gen.String[Gen.Char['a', 'z'], 0, 40].Select(static s => Encoding.Latin1.GetBytes(Conversation.Frame(s))))
        .Array[0, 30]
        .Select(static parts => parts.SelectMany(static part => part).ToArray());

    [Fact]
    public void What_is_found_does_not_depend_on_how_the_stream_is_cut() =>
        Gen.Select(Streams, Gen.Int[1, 9].Array[0, 60]).Sample(
            static (stream, cuts) =>
            {
                Assert.Equal(Scan([stream]), Scan(Cut(stream, cuts)));
                Assert.Equal(Scan([stream]), ScanAsOneSequence(Cut(stream, cuts)));
            },
            iter: 20_000);

    [Fact]
    public void Any_stream_in_any_pieces_is_survived_by_a_session() =>
        Gen.Select(Streams, Packets(), Gen.Int[1, 40]).Sample(
            static (noise, packets, chunk) =>
            {
                FakeMachine machine = new();
                string stream = Encoding.Latin1.GetString(noise) + packets;

                Conversation.Send(machine, stream, chunk);

                Assert.Single(machine.Calls, static call => call is "detach" or "kill");
            },
            iter: 300);

    [Fact]
    public void Binary_data_survives_writing_and_scanning() =>
        Gen.Byte.Array[0, 300].Sample(
            static data =>
            {
                using MemoryStream output = new();
                RspFrameWriter writer = new(output);
                writer.Begin();
                writer.AppendBinary(data);
                writer.End();
                writer.Flush();

                RspFrameScanner scanner = new(2 * 300);
                ReadOnlySequence<byte> input = new(output.ToArray());

                Assert.True(scanner.TryScan(ref input, out RspToken token));
                Assert.Equal(RspToken.Frame, token);
                Assert.Equal(data, scanner.Payload.ToArray());
                Assert.True(input.IsEmpty);
            },
            iter: 5_000);

    [Fact]
    public void The_checksum_is_the_sum_modulo_256() =>
        Gen.Byte.Array[0, 400].Sample(
            static data => Assert.Equal((byte)(data.Sum(static b => (int)b) & 0xFF), RspChecksum.Of(data)), iter: 2_000);

    [Fact]
    public void Frames_acknowledgements_and_interrupts_are_told_apart()
    {
        List<string> found = Scan(["+$qC#b4-\u0003$}\u0003#80"u8.ToArray()]);

        Assert.Equal(["Ack", "Frame qC", "Nack", "Interrupt", "Frame #"], found);
    }

    [Fact]
    public void An_oversize_frame_is_counted_as_sent_not_as_decoded()
    {
        string escaped = string.Concat(Enumerable.Repeat("}!", Maximum / 2));

        List<string> found = Scan([Encoding.Latin1.GetBytes(Conversation.Frame(escaped) + Conversation.Frame(escaped + "!"))]);

        Assert.Equal([$"Frame {new string('\u0001', Maximum / 2)}", "Oversize"], found);
    }

    [Fact]
    public void An_unfinished_frame_is_known()
    {
        RspFrameScanner scanner = new(Maximum);
        ReadOnlySequence<byte> input = new("+$qC#b"u8.ToArray());
        scanner.TryScan(ref input, out _);

        bool found = scanner.TryScan(ref input, out _);

        Assert.False(found);
        Assert.True(scanner.IsInsideFrame);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<string> Packets()
    {
        string[] names =
        [
            "?", "g", "G00", "p1", "P1=00", "m1000,10", "M1000,1:00", "x1000,10", "X1000,1:a", "c", "s", "C05", "S05",
            "Z0,1000,1", "z0,1000,1", "Hg2", "Hc1", "T1", "vCont;c", "vCont;s:1", "vCont?", "vKill;1", "qSupported:a;b", "QStartNoAckMode",
            "qXfer:threads:read::0,100", "qRcmd,68", "k", "D", "qC",
        ];
        return Gen.OneOf(OneOf(names).Select(Conversation.Frame), OneOf("\u0003", "+", "-", "$", "#00"))
            .Array[0, 12]
            .Select(string.Concat);
    }

    private static List<byte[]> Cut(byte[] stream, int[] lengths)
    {
        List<byte[]> pieces = [];
        int at = 0;
        foreach (int length in lengths)
        {
            int taken = Math.Min(length, stream.Length - at);
            pieces.Add(stream[at..(at + taken)]);
            at += taken;
        }

        pieces.Add(stream[at..]);
        return pieces;
    }

    private static List<string> Scan(List<byte[]> pieces)
    {
        RspFrameScanner scanner = new(Maximum);
        List<string> found = [];
        foreach (byte[] piece in pieces)
        {
            ReadOnlySequence<byte> input = new(piece);
            ScanAll(scanner, ref input, found);
        }

        return found;
    }

    private static List<string> ScanAsOneSequence(List<byte[]> pieces)
    {
        Segment first = new(pieces[0], 0);
        Segment last = first;
        foreach (byte[] piece in pieces.Skip(1))
        {
            last = last.Append(piece);
        }

        ReadOnlySequence<byte> input = new(first, 0, last, last.Memory.Length);
        List<string> found = [];
        ScanAll(new RspFrameScanner(Maximum), ref input, found);
        return found;
    }

    private static void ScanAll(RspFrameScanner scanner, ref ReadOnlySequence<byte> input, List<string> found)
    {
        while (scanner.TryScan(ref input, out RspToken token))
        {
            found.Add(token == RspToken.Frame ? "Frame " + Encoding.Latin1.GetString(scanner.Payload) : token.ToString());
        }

        Assert.True(input.IsEmpty);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index) => (Memory, RunningIndex) = (bytes, index);

        public Segment Append(byte[] bytes)
        {
            Segment next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
