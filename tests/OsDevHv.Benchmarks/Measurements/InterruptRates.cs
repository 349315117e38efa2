using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>
/// Interrupts where the local APIC is the program's own: ours, and QEMU's with kernel-irqchip=off. Each is timed from the kernel's line of
/// output before to the one after, so that start-up is not in it, and by the processor time that more interrupts take than few.
/// </summary>
internal sealed class InterruptRates : Measurement
{
    private const int Few = 100;

    // More would take minutes where KVM emulates kernel code.
    private const int Timers = 4_000;
    private const int SpinningTimers = 1_000;
    private const int Ends = 30_000;
    private const int RoundTrips = 50;

    /// <inheritdoc/>
    public override string Name => "interrupts";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        var halting = new Load("timer-rate64.elf", "wait=halt", 1);
        var spinning = new Load("timer-rate64.elf", "wait=spin", 1);
        var ends = new Load("eoi-rate64.elf", "", 1);
        var messages = new Load("ipi-rate64.elf", "wait=spin", 2);
        string timers = "one-shot local APIC timer interrupts, each starting the next with a count of 1; the CPU";
        return
        [
            Rate("timer interrupts/s", $"{Timers:#,0} {timers} halts in between", halting, Timers, 1),
            ProcessorTime("timer interrupt, us of CPU", "the same by the process's processor time", halting, Timers),
            Rate(
                "timer interrupts/s, busy",
                $"{SpinningTimers:#,0} {timers} spins: how soon KVM tells of the end of a handler is in it",
                spinning, SpinningTimers, 1),
            Rate(
                "IPIs/s",
                $"{RoundTrips} times there and back between two CPUs that spin (QEMU 7.2 hangs when the second one halts)",
                messages, RoundTrips, 2),
            ProcessorTime("EOI, us of CPU", $"{Ends:#,0} writes of the EOI register in the xAPIC's page", ends, Ends),
        ];

        Result Rate(string name, string meaning, Load load, int count, int interruptsEach)
        {
            Samples[] samples = TakeTurns(
                [.. contenders.Select(contender => (Func<double>)(() => count * interruptsEach / Elapsed(contender, load, count)))], rounds);
            return new Result(name, meaning, samples[0], samples[1], null, Goal.AtLeast, 1);
        }

        Result ProcessorTime(string name, string meaning, Load load, int count)
        {
            Samples[] samples = TakeTurns(
                [.. contenders.Select(contender => (Func<double>)(() => ProcessorTimeEach(contender, load, count)))], rounds);
            return new Result(name, $"{meaning}, less what {Few} take", samples[0], samples[1], null, Goal.AtMost, 1);
        }
    }

    private static double Elapsed(Contender contender, Load load, int count)
    {
        using GuestProcess guest = Start(contender, load, count);
        long begin = guest.WaitFor("begin\n"u8);
        long end = guest.WaitFor("end\n"u8);
        return Stopwatch.GetElapsedTime(begin, end).TotalSeconds;
    }

    private static double ProcessorTimeEach(Contender contender, Load load, int count)
    {
        TimeSpan start = ChildTime.Total();
        RunToEnd(contender, load, count);
        TimeSpan between = ChildTime.Total();
        RunToEnd(contender, load, Few);
        TimeSpan few = ChildTime.Total() - between;
        return (between - start - few).TotalMicroseconds / (count - Few);
    }

    private static void RunToEnd(Contender contender, Load load, int count)
    {
        using GuestProcess guest = Start(contender, load, count);
        guest.WaitFor("end\n"u8);
        guest.WaitForEnd();
    }

    private static GuestProcess Start(Contender contender, Load load, int count) => contender.StartWithOwnInterrupts(
        load.Kernel, string.Create(CultureInfo.InvariantCulture, $"count={count} {load.Options}"), load.Processors);

    /// <summary>What runs: a kernel, its options but for the count, and how many processors it needs.</summary>
    private sealed record Load(string Kernel, string Options, int Processors);
}
