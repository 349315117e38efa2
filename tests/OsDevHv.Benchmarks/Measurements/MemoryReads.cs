using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>Guest memory read through the gdb socket.</summary>
internal sealed class MemoryReads : Measurement
{
    private const uint Address = 0x40_0000;
    private const int Length = 0x20_0000;

    // Random bytes, the same in each run: memory full of zeros would hide what escapes cost.
    private static readonly byte[] Pattern = MakePattern();

    /// <inheritdoc/>
    public override string Name => "memory reads";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns(
            [
                () => Measure(contenders[0], binary: false),
                () => Measure(contenders[0], binary: true),
                () => Measure(contenders[1], binary: false),
            ],
            rounds);
        string what = $"{Length >> 20} MiB of random bytes, in pieces as large as the server takes, MB = 1,000,000 bytes of memory";
        return
        [
            new Result("memory read by m, MB/s", $"{what}; hexadecimal digits", samples[0], samples[2], null, Goal.AtLeast, 20),
            new Result(
                "memory read by x, MB/s",
                "the same with the binary packet of gdb 16; QEMU has none, so its figure is that of m",
                samples[1], samples[2], null, Goal.AtLeast, 20),
        ];
    }

    private static double Measure(Contender contender, bool binary)
    {
        int port = RspClient.FreePort();
        using GuestProcess guest = contender.Start("spinner32.elf", gdbPort: port);
        guest.WaitFor("spinning"u8);
        using var client = new RspClient(port);
        if (binary && !client.HasBinaryRead)
        {
            throw new BenchException($"{contender.Name} has no packet x");
        }

        Fill(client);
        int piece = client.PacketSize / 2;
        Check(client.Ask(ReadPacket(binary, 0, piece)), binary, piece);
        byte[][] packets = [.. Enumerable.Range(0, Length / piece).Select(i => ReadPacket(binary, i * piece, piece))];
        long start = Stopwatch.GetTimestamp();
        foreach (byte[] packet in packets)
        {
            if (client.Ask(packet).Length < piece)
            {
                throw new BenchException($"{contender.Name} gives less memory than it was asked for");
            }
        }

        return packets.Length * (double)piece / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static byte[] ReadPacket(bool binary, int offset, int length) =>
        RspClient.Frame(string.Create(CultureInfo.InvariantCulture, $"{(binary ? 'x' : 'm')}{Address + offset:x},{length:x}"));

    private static void Fill(RspClient client)
    {
        // Room for the packet's head.
        int piece = (client.PacketSize / 2) - 32;
        for (int at = 0; at < Length; at += piece)
        {
            ReadOnlySpan<byte> bytes = Pattern.AsSpan(at, Math.Min(piece, Length - at));
            string head = string.Create(CultureInfo.InvariantCulture, $"M{Address + at:x},{bytes.Length:x}:");
            if (client.AskText(head + Convert.ToHexStringLower(bytes)) != "OK")
            {
                throw new BenchException("memory cannot be written");
            }
        }
    }

    /// <summary>That the reply is the memory is looked at once, outside the time that counts.</summary>
    private static void Check(ReadOnlySpan<byte> reply, bool binary, int piece)
    {
        byte[] bytes = binary ? Unescape(reply[1..]) : Convert.FromHexString(reply);
        if (!bytes.AsSpan().SequenceEqual(Pattern.AsSpan(0, piece)))
        {
            throw new BenchException("the memory read is not the memory written");
        }
    }

    private static byte[] Unescape(ReadOnlySpan<byte> data)
    {
        var bytes = new List<byte>(data.Length);
        for (int i = 0; i < data.Length; i++)
        {
            bytes.Add(data[i] == '}' ? (byte)(data[++i] ^ 0x20) : data[i]);
        }

        return [.. bytes];
    }

    private static byte[] MakePattern()
    {
        var bytes = new byte[Length];
        uint state = 1;
        foreach (ref byte value in bytes.AsSpan())
        {
            state = (state * 1664525) + 1013904223;
            value = (byte)(state >> 24);
        }

        return bytes;
    }
}
