using System.Diagnostics;
using System.Globalization;
using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>
/// Random and mutated packets: whatever comes, the session answers in whole frames, goes on, and lets the machine go once. Runs for a few
/// seconds; with OSDEVHV_FUZZ_PACKETS until so many packets were sent, from OSDEVHV_FUZZ_SEED.
/// </summary>
public sealed class PacketFuzzTests
{
    private const int PacketsOfASession = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly string[] Corpus =
    [
        "?", "g", "G00", "p10", "P10=0010000000000000", "m1000,40", "M1800,4:01020304", "x1000,40", "X1800,4:abcd", "c", "c1000", "C05",
        "s", "S05;1000", "Z0,1004,1", "z0,1004,1", "Z1,1010,1", "Z2,1800,4", "Z3,1800,8", "Z4,1800,1000", "Hg1", "Hc-1", "Hgp1.2", "T1",
        "Tp1.2", "!", "R00", "vRun;;6162", "vAttach;1", "vCont?", "vCont;c", "vCont;s:1;c", "vCont;r1000,1010:p1.1;c:p1.-1", "vCont;t",
        "vCtrlC", "vStopped", "QNonStop:1", "QNonStop:0", "QThreadEvents:1", "qSupported:multiprocess+;swbreak+;no-resumed+;error-message+",
        "QStartNoAckMode", "qAttached:1", "qC", "qfThreadInfo", "qsThreadInfo", "qThreadExtraInfo,p1.1",
        "qXfer:features:read:target.xml:0,ffff", "qXfer:memory-map:read::0,ffff", "qXfer:threads:read::0,ffff", "qRcmd,68656c70",
        "vMustReplyEmpty", "M1800,8:0*,", "qXfer:exec-file:read:1:0,100", "vFile:open:6162,0,0",
    ];

    [Fact]
    public void No_packet_breaks_the_session()
    {
        long wanted = Number("OSDEVHV_FUZZ_PACKETS") ?? 0;
        int seed = (int)(Number("OSDEVHV_FUZZ_SEED") ?? Environment.TickCount);
        long start = Stopwatch.GetTimestamp();
        long packets = 0;
        for (int round = 0; wanted > 0 ? packets < wanted : Stopwatch.GetElapsedTime(start) < Patience; round++)
        {
            packets += RunSession(unchecked(seed + round));
        }

        TestContext.Current.SendDiagnosticMessage($"{packets} packets from seed {seed}");
    }

    private static int RunSession(int seed)
    {
        Random random = new(seed);
        FakeMachine machine = new() { Refusal = random.Next(4) == 0 ? "refused" : null };
        StringBuilder stream = new();
        for (int i = 0; i < PacketsOfASession; i++)
        {
            stream.Append(Next(random));
        }

        // Whatever state that left it in: out of a frame, stopped, and asked what it surely answers.
        stream.Append(Conversation.Frame("vMustReplyEmpty")).Append('\u0003').Append(Conversation.Frame("vMustReplyEmpty"));
        string said;
        try
        {
            said = Conversation.Send(machine, stream.ToString(), random.Next(2) == 0 ? int.MaxValue : random.Next(1, 100));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"OSDEVHV_FUZZ_SEED={seed} OSDEVHV_FUZZ_PACKETS=1: {stream}", e);
        }

        // D, k and vKill, and too many '-', end a session before its stream does.
        bool mayHaveEnded = machine.Calls.Contains("kill") || stream.ToString().Contains("$D", StringComparison.Ordinal)
            || stream.ToString().Contains("$k", StringComparison.Ordinal) || stream.ToString().Contains('-', StringComparison.Ordinal);
        Assert.True(
            mayHaveEnded || said.Contains("<>", StringComparison.Ordinal), $"OSDEVHV_FUZZ_SEED={seed}: no answer at the end of {stream}");
        int goes = machine.Calls.Count(static call => call is "detach" or "kill");
        Assert.True(goes == 1, $"OSDEVHV_FUZZ_SEED={seed}: let go {goes} times by {stream}");
        Assert.True(machine.IsStopped, $"OSDEVHV_FUZZ_SEED={seed}: left running by {stream}");
        return PacketsOfASession;
    }

    private static string Next(Random random) => random.Next(12) switch
    {
        0 => Garbage(random),
        1 => "\u0003",
        2 => "$" + Mutate(random, Corpus[random.Next(Corpus.Length)]) + "#" + random.Next(256).ToString("x2", CultureInfo.InvariantCulture),
        3 => Conversation.Frame(Corpus[random.Next(Corpus.Length)]),
        _ => Conversation.Frame(Mutate(random, Corpus[random.Next(Corpus.Length)])),
    };

    private static string Garbage(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 40)];
        random.NextBytes(bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>A packet with a few bytes changed, dropped, doubled or taken from another. Never one that is a frame's own.</summary>
    private static string Mutate(Random random, string packet)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            int at = random.Next(packet.Length + 1);
            int to = random.Next(at, packet.Length + 1);
            string other = Corpus[random.Next(Corpus.Length)];
            packet = random.Next(5) switch
            {
                0 => packet[..at] + (char)random.Next(256) + packet[at..],
                1 => packet[..at] + packet[to..],
                2 => packet[..to] + packet[at..to] + packet[to..],
                3 => packet[..at] + other[random.Next(other.Length)..],
                _ => packet[..at] + "0123456789abcdef,;:-*p."[random.Next(23)] + packet[to..],
            };
        }

        return packet.Replace('#', '.').Replace('$', '.');
    }

    private static long? Number(string name) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
}
