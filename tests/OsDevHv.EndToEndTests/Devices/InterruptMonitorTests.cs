using OsDevHv.EndToEndTests.Debugger;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>
/// What gdb's <c>monitor</c> shows of the interrupt controllers, timers and clocks, in a session with the kernel that routes the PIT's
/// pin, and never ends the interrupt.
/// </summary>
public sealed class InterruptMonitorTests(InterruptMonitorSession session) : IClassFixture<InterruptMonitorSession>
{
    [Fact]
    public void The_local_APICs()
    {
        session.Session.Says("lapic", "CPU 0: local APIC id 0h, xAPIC, registers at fee00000h");
        session.Session.Says("lapic", "SVR 1ffh  TPR 00h  PPR 50h");
        session.Session.Says("lapic", "ISR: 50h");
        session.Session.Says("lapic", "CPU 1: local APIC id 1h, xAPIC, disabled in SVR");
    }

    [Fact]
    public void One_local_APIC()
    {
        session.Session.Says("lapic 1", "CPU 1: local APIC id 1h");
        Assert.DoesNotContain("CPU 0", session.Session.Section("lapic 1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_local_APIC_that_is_not_there() => session.Session.Says("lapic 2", "there is no CPU 2");

    [Fact]
    public void The_IO_APIC()
    {
        session.Session.Says("ioapic", "open   edge  high Fixed vector 50h to 00h, sent ");
        session.Session.Says("ioapic", "pin 23: -        masked");
    }

    [Fact]
    public void The_8259s()
    {
        session.Session.Says("pic", "master: vectors from 20h, IMR ffh");
        session.Session.Says("pic", "slave : vectors from 28h, IMR ffh");
    }

    [Fact]
    public void The_8254() => session.Session.Says("pit", "counter 0: mode 2, count ");

    [Fact]
    public void The_8254_counts_what_it_was_given() => session.Session.Says("pit", " of 1193, gate high");

    [Fact]
    public void The_HPET()
    {
        session.Session.Says("hpet", "HPET: halted, counter 0h");
        session.Session.Says("hpet", "timer 2: disabled, one-shot, edge, to ");
    }

    [Fact]
    public void The_RTC()
    {
        session.Session.Says("rtc", "RTC: 2031-05-06 07:08:");
        session.Session.Says("rtc", "B 02h");
    }

    [Fact]
    public void The_clock_stands() => session.Session.Says("clock", " ms, stopped; stopped for ");

    [Fact]
    public void The_last_interrupts()
    {
        session.Session.Says("interrupts", "CPU 0: 1 delivered");
        session.Session.Says("interrupts", " ms  vector 50h");
        session.Session.Says("interrupts", "CPU 1: 0 delivered");
    }

    [Fact]
    public void The_last_exits_have_the_writes_to_the_PIT()
    {
        session.Session.Says("exits", "CPU 0:");
        session.Session.Says("exits", "40h");
    }

    [Theory]
    [InlineData("why", "why what? irq N or vector V")]
    [InlineData("why irq", "why what? irq N or vector V")]
    [InlineData("why pin 3", "why what? irq N or vector V")]
    [InlineData("why irq 24", "there is no IRQ 24; 0 to 15 are the ISA interrupts, 16 to 23 further pins of the I/O APIC")]
    [InlineData("why irq timer", "'timer' is no number; decimal, or hexadecimal with 0x")]
    [InlineData("why vector 256", "there is no vector 256; 0 to 255")]
    [InlineData("why vector 0xg0", "'0xg0' is no number; decimal, or hexadecimal with 0x")]
    [InlineData("info", "info what? maps, regs, cpuid, gdt, ldt, idt, tss, vcpus, memory")]
    public void A_wrong_argument_is_told_with_the_right_ones(string command, string answer) => session.Session.Says(command, answer);
}

/// <summary>The session of <see cref="InterruptMonitorTests"/>.</summary>
public sealed class InterruptMonitorSession : SessionFixture
{
    /// <inheritdoc/>
    protected override string Kernel => "why64.elf";

    /// <inheritdoc/>
    protected override string[] Options =>
        ["--set", "cpu.count=2", "--cmdline", "mistake=isr", "--set", "devices.rtc.base=2031-05-06T07:08:00Z"];

    /// <inheritdoc/>
    protected override string Script => """
        # start
        break stuck
        continue
        # lapic
        monitor info lapic
        # lapic 1
        monitor info lapic 1
        # lapic 2
        monitor info lapic 2
        # ioapic
        monitor info ioapic
        # pic
        monitor info pic
        # pit
        monitor info pit
        # hpet
        monitor info hpet
        # rtc
        monitor info rtc
        # clock
        monitor info clock
        # interrupts
        monitor interrupts
        # exits
        monitor exits
        # why
        monitor why
        # why irq
        monitor why irq
        # why pin 3
        monitor why pin 3
        # why irq 24
        monitor why irq 24
        # why irq timer
        monitor why irq timer
        # why vector 256
        monitor why vector 256
        # why vector 0xg0
        monitor why vector 0xg0
        # info
        monitor info
        # end
        monitor quit
        """;
}
