using System.Buffers.Binary;
using System.Diagnostics;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>
/// Stepping through 10,000 instructions of a source line: one packet with us, one an instruction with QEMU, which has no other way.
/// </summary>
internal sealed class RangeSteps : Measurement
{
    private const int Instructions = 10_000;
    private const uint Address = 0x40_0000;

    /// <summary>mov ecx, 4999; (twice as many) dec ecx; jnz; then nop; jmp to itself.</summary>
    private const string Code = "b98713000049 75fd90ebfe";

    /// <inheritdoc/>
    public override string Name => "range step";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns(
            [() => Measure(contenders[0], inServer: true), () => Measure(contenders[1], inServer: false)], rounds);
        return
        [
            new Result(
                $"range steps of {Instructions} instructions/s",
                "a loop in one range, out of it: vCont;r where the server has it, else vCont;s until the range is left",
                samples[0], samples[1], null, Goal.AtLeast, 50),
        ];
    }

    private static double Measure(Contender contender, bool inServer)
    {
        int port = RspClient.FreePort();
        using GuestProcess guest = contender.Start("spinner32.elf", gdbPort: port);
        guest.WaitFor("spinning"u8);
        using var client = new RspClient(port);
        // QEMU has no P for a client that has not read the description.
        client.AskText("qXfer:features:read:target.xml:0,ffb");
        string code = Code.Replace(" ", "", StringComparison.Ordinal);
        Expect(client, $"M{Address:x},{code.Length / 2:x}:{code}");

        // QEMU describes a 64-bit processor, whatever it executes.
        Span<byte> pc = stackalloc byte[inServer ? 4 : 8];
        pc.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(pc, Address);
        Expect(client, $"P{(inServer ? 8 : 16):x}={Convert.ToHexStringLower(pc)}");
        byte[] packet = RspClient.Frame(inServer ? $"vCont;r{Address:x},{Address + 8:x}:1" : "vCont;s:1");
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < (inServer ? 1 : Instructions); i++)
        {
            if (!client.Ask(packet).StartsWith("T05"u8))
            {
                throw new BenchException("a step does not end with SIGTRAP");
            }
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        // On a host with emulated processors QEMU's steps may not get anywhere: its time is then that of as many packets.
        if (inServer && client.AskText("p8") is var reached and not "08004000")
        {
            throw new BenchException($"the range step ends not behind the loop but at {reached}");
        }

        return 1 / seconds;
    }

    private static void Expect(RspClient client, string packet)
    {
        if (client.AskText(packet) is var reply and not "OK")
        {
            throw new BenchException($"{packet}: {reply}");
        }
    }
}
