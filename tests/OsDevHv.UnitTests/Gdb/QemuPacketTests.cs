using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>QEMU's packets (its manual, "GDB usage": "Advanced debugging options", "Examining physical memory").</summary>
public sealed class QemuPacketTests
{
    [Fact]
    public void Addresses_are_physical_between_one_and_zero()
    {
        FakeMachine machine = new();
        machine.PhysicalMemory[0] = 0x42;

        string said = Conversation.Ask(
            machine, "qqemu.PhyMemMode", "m70000000,1", "Qqemu.PhyMemMode:1", "qqemu.PhyMemMode", "m70000000,1", "x70000000,1",
            "M70000001,1:43", "M1000,1:00", "m1000,1", "Qqemu.PhyMemMode:0", "m1000,1");

        Assert.Equal("<0><E0e><OK><1><42><bB><OK><E.no RAM><E0e><OK><90>", said);
        Assert.Equal(0x43, machine.PhysicalMemory[1]);
    }

    [Fact]
    public void The_search_goes_through_physical_memory_then_too()
    {
        FakeMachine machine = new();
        "needle"u8.CopyTo(machine.PhysicalMemory[0x20..]);

        Assert.Equal("<OK><1,70000020>", Conversation.Ask(machine, "Qqemu.PhyMemMode:1", "qSearch:memory:6fff0000;20000;needle"));
    }

    [Fact]
    public void The_step_bits_are_QEMUs()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(
            machine, "qqemu.sstepbits", "qqemu.sstep", "Qqemu.sstep=0x5", "qqemu.sstep", "Qqemu.sstep=7", "qqemu.sstep", "Qqemu.sstep=3",
            "qqemu.sstep");

        Assert.Equal("<ENABLE=1,NOIRQ=2,NOTIMER=4><0x7><OK><0x5><OK><0x7><OK><0x3>", said);
    }

    [Fact]
    public void Without_NOIRQ_steps_deliver_interrupts()
    {
        FakeMachine machine = new();

        Conversation.Ask(machine, "Qqemu.sstep=5");

        Assert.True(machine.InterruptsInSteps);
    }

    [Theory]
    [InlineData("Qqemu.sstep=")]
    [InlineData("Qqemu.sstep=0")]
    [InlineData("Qqemu.sstep=6")]
    [InlineData("Qqemu.sstep=9")]
    [InlineData("Qqemu.sstep=x")]
    [InlineData("Qqemu.PhyMemMode")]
    [InlineData("Qqemu.PhyMemMode:2")]
    public void What_cannot_be_is_refused_and_nothing_changes(string packet) =>
        Assert.Equal("<E16><0x7><0>", Conversation.Ask(new FakeMachine(), packet, "qqemu.sstep", "qqemu.PhyMemMode"));
}
