using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.Machine.Interrupts.Explain;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>
/// <c>monitor why</c>: each thing that can keep an interrupt from coming, made by a kernel that is wrong in just that way. The kernel
/// stands at its label <c>stuck</c> when it is asked about.
/// </summary>
public sealed class WhyTests
{
    /// <summary>
    /// The obstacle; the kernel's mistake; what is asked; the sentence that names it, <c>{pc}</c> being where the kernel is stuck.
    /// </summary>
    public static TheoryData<string, string, string, string> Mistakes { get; } = new()
    {
        { nameof(Obstacle.NotWired), "no-device", "irq 5", "in the way: line: no device drives interrupt 5" },
        { nameof(Obstacle.NeverAsserted), "not-asserted", "irq 4", "in the way: line: not asserted, and never was" },
        { nameof(Obstacle.NotAsserted), "lost-edge", "irq 4", "the way through the I/O APIC is open, but the line is not asserted" },
        { nameof(Obstacle.PinMasked), "pin-masked", "irq 0", "! I/O APIC pin 2, where IRQ0 is routed: masked" },
        { nameof(Obstacle.PinMasked), "wrong-pin", "irq 0", "masked; pin 0 is unmasked, but nothing is wired to it for this interrupt" },
        { nameof(Obstacle.RemoteIrr), "no-eoi", "irq 4", "remote IRR is set: it was sent, and no EOI for vector 61h has come since" },
        { nameof(Obstacle.IllegalVector), "vector", "irq 0", "I/O APIC pin 2, where IRQ0 is routed: vector fh is below 10h" },
        { nameof(Obstacle.IllegalVector), "vector", "vector 0x0f", "in the way: vector fh is below 10h" },
        { nameof(Obstacle.NoSuchDestination), "destination", "irq 0", "no local APIC answers to APIC id 20h" },
        { nameof(Obstacle.NoSuchDestination), "logical", "irq 0", "no local APIC answers to logical destination 80h" },
        { nameof(Obstacle.PicMasked), "pic-masked", "irq 0", "in the way: it is masked in both the I/O APIC and the 8259s" },
        { nameof(Obstacle.PicMasked), "pic-cascade", "irq 8", "! master 8259: input 2, through which the slave comes, is masked" },
        { nameof(Obstacle.PicInService), "pic-no-eoi", "irq 0", "IRQ0 is held by its input 0, which is in service" },
        { nameof(Obstacle.PicNotInitialised), "pic-unfinished", "irq 0", "8259: its initialisation was begun and not finished" },
        { nameof(Obstacle.PicNotInitialised), "pic-vectors", "irq 0", "vector 18h is an exception's: the 8259s were not moved" },
        { nameof(Obstacle.Lint0), "lint0", "irq 0", "in the way, through the 8259s: no CPU takes the 8259s' output: LINT0 is masked" },
        { nameof(Obstacle.ApicDisabled), "apic-off", "irq 0", "CPU 0: its local APIC is disabled in IA32_APIC_BASE" },
        { nameof(Obstacle.ApicDisabled), "apic-off", "vector 0x50", "in the way: CPU 0: its local APIC is disabled in IA32_APIC_BASE" },
        { nameof(Obstacle.ApicSoftwareDisabled), "svr", "irq 0", "CPU 0: its local APIC is disabled in SVR (ffh: bit 8 is 0)" },
        { nameof(Obstacle.TaskPriority), "tpr", "irq 0", "CPU 0: held by TPR f0h" },
        { nameof(Obstacle.InService), "isr", "irq 0", "vector 50h is in service: it was delivered, and no EOI has come since" },
        { nameof(Obstacle.InService), "class", "vector 80", "in the way: CPU 0: held by vector 58h, which is in service without an EOI" },
        { nameof(Obstacle.InterruptsOff), "if", "irq 0", "CPU 0: interrupts are off (RFLAGS.IF = 0) at RIP {pc}h" },
        { nameof(Obstacle.WaitsForStartUp), "no-sipi", "irq 0", "in the way, through the I/O APIC: CPU 1: it waits for a SIPI" },
        { nameof(Obstacle.LocalEntryMasked), "lvt-masked", "vector 0x70", "Timer entry of CPU 0's local vector table, which is masked" },
        { nameof(Obstacle.TimerStopped), "timer-stopped", "vector 0x70", "local vector table; the timer is not running" },
        { nameof(Obstacle.NoSource), "lvt-vector", "vector 0x70", "in the way: no I/O APIC pin, local vector table or 8259 is" },
    };

    /// <summary>Each mistake once.</summary>
    public static TheoryData<string> Names { get; } = [.. Mistakes.Select(static row => row.Data.Item2).Distinct()];

    [Fact]
    public void Every_reason_that_can_be_given_has_a_kernel_that_makes_the_mistake() => Assert.Equal(
        Enum.GetNames<Obstacle>().Except([nameof(Obstacle.None)]).Order(),
        Mistakes.Select(static row => row.Data.Item1).Distinct().Order());

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task The_mistake_is_named(string obstacle, string mistake, string question, string sentence)
    {
        Transcript session = await AskAsync(mistake, question);

        string pc = session.Section("where").Trim();
        session.Says("why", sentence.Replace("{pc}", pc, StringComparison.Ordinal));
        session.NeverSays("the way through the 8259s is open");
        Assert.True(mistake is "lost-edge" || !session.Section("why").Contains("is open", StringComparison.Ordinal), obstacle);
    }

    [Fact]
    [Trait("Suite", "devices")]
    public async Task Interrupts_that_are_off_are_named_with_the_place()
    {
        Transcript session = await AskAsync("if", "irq 0");

        session.Says("why", $"CPU 0: interrupts are off (RFLAGS.IF = 0) at RIP {session.Section("where").Trim()}h");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Without_the_mistake_the_interrupt_comes(string mistake)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("why64.elf", 2, $"mistake={mistake} fix=yes");

        run.Exits(KernelRun.Passed);
    }

    [Theory]
    [InlineData("apic-off")]
    [InlineData("svr")]
    [InlineData("no-eoi")]
    [InlineData("no-sipi")]
    public async Task Without_the_mistake_the_interrupt_comes_in_x2APIC_mode_too(string mistake)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("why64.elf", 2, $"mistake={mistake} fix=yes mode=x2apic");

        run.Exits(KernelRun.Passed);
    }

    private static async Task<Transcript> AskAsync(string mistake, string question)
    {
        const string kernel = "why64.elf";
        await using RunningMachine machine =
            await RunningMachine.StartAsync(kernel, "--wait", "--set", "cpu.count=2", "--cmdline", $"mistake={mistake}");
        return await DebuggerSession.RunAsync(machine, kernel, $"""
            # stuck
            break stuck
            continue
            # where
            printf "%lx\n", (long)$pc
            # why
            monitor why {question}
            # end
            monitor quit
            """);
    }
}
