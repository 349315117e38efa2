using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>A breakpoint in a loop whose condition is false a million times, or for as many rounds as the contender gets done.</summary>
internal sealed class ConditionalBreakpoints : Measurement
{
    /// <summary>As many as one round is given for the contender that decides itself; the rate is the same for a million.</summary>
    private const int Evaluated = 20_000;

    private const int AnsweredByClient = 200;

    /// <inheritdoc/>
    public override string Name => "conditional breakpoints";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Samples[] samples = TakeTurns([.. contenders.Select(contender => (Func<double>)(() => Measure(contender)))], rounds);
        return
        [
            new Result(
                "false conditions/s",
                "hits a second of a hardware breakpoint in the loop of spinner32.elf whose condition (a variable in memory has a value) is false; "
                + "a stub that evaluates none is asked what gdb asks it: registers, the variable, the breakpoint out, a step, in again, go on",
                samples[0], samples[1], null, Goal.AtLeast, 20),
        ];
    }

    private static double Measure(Contender contender)
    {
        string kernel = Repository.Kernel("spinner32.elf");
        uint counter = Symbol(kernel, "spin_count");
        uint loop = Symbol(kernel, "spin");
        int port = RspClient.FreePort();
        using GuestProcess guest = contender.Start("spinner32.elf", gdbPort: port);
        guest.WaitFor("spinning"u8);
        using var client = new RspClient(port);
        // The loop's first instruction: one that a step reaches, and reaches again.
        uint address = FindInLoop(client, loop);
        uint now = Read(client, counter);
        return client.EvaluatesConditions ? LetEvaluate(client, address, counter, now) : Answer(client, address, counter);
    }

    private static double LetEvaluate(RspClient client, uint address, uint counter, uint now)
    {
        // const32 counter, ref32, const32 value, equal, end.
        string code = $"24{counter:x8}1924{unchecked(now + Evaluated):x8}1327";
        Expect(client.AskText($"Z1,{address:x},1;X{code.Length / 2:x},{code}"), "OK");
        long start = Stopwatch.GetTimestamp();
        Expect(client.AskText("vCont;c"), "T05");
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Evaluated / seconds;
    }

    private static double Answer(RspClient client, uint address, uint counter)
    {
        string insert = $"Z1,{address:x},1";
        string remove = $"z1,{address:x},1";
        Expect(client.AskText(insert), "OK");
        Expect(client.AskText("vCont;c"), "T05");
        long start = Stopwatch.GetTimestamp();
        for (int hit = 0; hit < AnsweredByClient; hit++)
        {
            client.AskText("g");
            Read(client, counter);
            Expect(client.AskText(remove), "OK");
            Expect(client.AskText("vCont;s:1"), "T05");
            Expect(client.AskText(insert), "OK");
            Expect(client.AskText("vCont;c"), "T05");
        }

        return AnsweredByClient / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Steps to where the loop comes round to: an address that is seen twice.</summary>
    private static uint FindInLoop(RspClient client, uint function)
    {
        const uint longest = 64;
        var seen = new HashSet<uint>();
        while (true)
        {
            Expect(client.AskText("vCont;s:1"), "T05");
            // EIP comes after eight registers of 4 bytes, RIP, in the longer list, after sixteen of 8.
            const int longList = 900;
            string registers = client.AskText("g");
            uint pc = BitConverter.ToUInt32(Convert.FromHexString(registers.AsSpan(registers.Length > longList ? 256 : 64, 8)));
            if (pc - function < longest && !seen.Add(pc))
            {
                return pc;
            }
        }
    }

    private static uint Read(RspClient client, uint address) =>
        BitConverter.ToUInt32(Convert.FromHexString(client.AskText($"m{address:x},4")));

    private static uint Symbol(string file, string name)
    {
        using Process nm = Process.Start(new ProcessStartInfo("nm", [file]) { RedirectStandardOutput = true })
            ?? throw new BenchException("nm does not start");
        string? line = nm.StandardOutput.ReadToEnd().Split('\n').FirstOrDefault(line => line.EndsWith($" {name}", StringComparison.Ordinal));
        nm.WaitForExit();
        return line is null
            ? throw new BenchException($"{file} has no {name}")
            : uint.Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static void Expect(string reply, string begin)
    {
        if (!reply.StartsWith(begin, StringComparison.Ordinal))
        {
            throw new BenchException($"the gdb server answers {reply} where {begin} was expected");
        }
    }
}
