using OsDevHv.Kvm;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;

namespace OsDevHv.Tests.Kvm;

/// <summary>Memory layouts: read-only pieces, changes, and errors.</summary>
public sealed class MemoryTests
{
    private const ulong Page = GuestRam.PageSize;

    // movl $0x11223344, 0x18000; mov 0x18000, %eax; hlt
    private static readonly byte[] s_writeAndRead =
        [0xc7, 0x04, 0x25, 0x00, 0x80, 1, 0, 0x44, 0x33, 0x22, 0x11, 0x8b, 0x04, 0x25, 0x00, 0x80, 1, 0, 0xf4];

    [Fact]
    public void A_write_to_read_only_memory_exits_and_leaves_it_as_it_was()
    {
        using var guest = new TestGuest(s_writeAndRead);
        guest.Write(TestGuest.Data, [1, 2, 3, 4]);
        Protect(guest, readOnly: true);

        var exit = guest.RunTo(VcpuExitKind.Mmio);
        byte[] written = [.. guest.Cpu.ExitData];
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((true, TestGuest.Data, 4), (exit.IsWrite, exit.Address, exit.Size));
        Assert.Equal([0x44, 0x33, 0x22, 0x11], written);
        Assert.Equal(0x04030201UL, guest.General.Rax);
    }

    [Fact]
    public void A_guest_sees_at_once_that_its_RAM_was_cleared()
    {
        // mov 0x18000, %eax; hlt
        byte[] code = [0xa1, 0x00, 0x80, 1, 0, 0xf4];
        using var guest = new TestGuest(code, GuestMode.Protected32);
        guest.Write(TestGuest.Data, [1, 2, 3, 4]);
        guest.RunTo(VcpuExitKind.Halt);
        var before = guest.General.Rax;

        guest.Ram.Clear();
        guest.Write(TestGuest.Code, code);
        guest.SetGeneral(r => r with { Rip = TestGuest.Code });
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((0x04030201UL, 0UL), (before, guest.General.Rax));
    }

    [Fact]
    public void Memory_that_is_writable_again_takes_writes()
    {
        using var guest = new TestGuest(s_writeAndRead);
        Protect(guest, readOnly: true);
        Protect(guest, readOnly: false);

        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(0x11223344UL, guest.General.Rax);
    }

    [Fact]
    public void A_write_beside_read_only_memory_does_not_exit()
    {
        using var guest = new TestGuest(s_writeAndRead);
        guest.Engine.SetMemoryLayout(
        [
            new(0, 0, TestGuest.Data - Page, false),
            new(TestGuest.Data - Page, TestGuest.Data - Page, Page, true),
            new(TestGuest.Data, TestGuest.Data, 0x200000 - TestGuest.Data, false),
        ]);

        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(0x11223344UL, guest.General.Rax);
    }

    [Fact]
    public void Memory_taken_away_exits_as_MMIO()
    {
        using var guest = new TestGuest(s_writeAndRead);
        guest.Engine.SetMemoryLayout([new(0, 0, TestGuest.Data, false)]);

        Assert.True(guest.RunTo(VcpuExitKind.Mmio).IsWrite);
        Assert.False(guest.RunTo(VcpuExitKind.Mmio).IsWrite);
    }

    [Fact]
    public void The_same_RAM_can_be_at_two_addresses()
    {
        using var guest = new TestGuest(s_writeAndRead);
        guest.Engine.SetMemoryLayout([new(0, 0, TestGuest.Data, false), new(TestGuest.Data, 0x100000, Page, false)]);

        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal([0x44, 0x33, 0x22, 0x11], guest.Read(0x100000, 4));
    }

    [Fact]
    public void A_change_of_one_piece_leaves_the_other_slots_alone()
    {
        using var ram = new GuestRam(16 * Page);
        using var device = KvmDevice.Open();
        using var vm = device.CreateVm();
        var slots = new KvmMemorySlots(vm, ram);
        slots.Apply([new(0, 0, Page, false), new(2 * Page, 2 * Page, Page, false), new(4 * Page, 4 * Page, Page, false)]);
        var before = slots.Changes;

        slots.Apply([new(0, 0, Page, false), new(2 * Page, 2 * Page, Page, true), new(4 * Page, 4 * Page, Page, false)]);

        Assert.Equal((3, 2), (before, slots.Changes - before));
    }

    [Theory]
    [InlineData(0x0UL, 0x0UL, 0x0UL)]
    [InlineData(0x1UL, 0x0UL, 0x1000UL)]
    [InlineData(0x0UL, 0x1UL, 0x1000UL)]
    [InlineData(0x0UL, 0x0UL, 0x1001UL)]
    [InlineData(0x0UL, 0x1000UL, 0x10000UL)]
    [InlineData(0x0UL, 0xfffffffffffff000UL, 0x2000UL)]
    [InlineData(0xfffffffffffff000UL, 0x0UL, 0x2000UL)]
    public void A_piece_that_is_unaligned_empty_or_outside_is_refused(ulong address, ulong offset, ulong length)
    {
        using var ram = new GuestRam(16 * Page);
        using var engine = new KvmEngine(ram, new CpuFeatures(1));

        Assert.Throws<ArgumentException>(() => engine.SetMemoryLayout([new(address, offset, length, false)]));
    }

    [Fact]
    public void Overlapping_pieces_are_refused()
    {
        using var ram = new GuestRam(16 * Page);
        using var engine = new KvmEngine(ram, new CpuFeatures(1));

        Assert.Throws<ArgumentException>(() => engine.SetMemoryLayout([new(0, 0, 2 * Page, false), new(Page, 0, Page, false)]));
    }

    private static void Protect(TestGuest guest, bool readOnly) => guest.Engine.SetMemoryLayout(
    [
        new(0, 0, TestGuest.Data, false),
        new(TestGuest.Data, TestGuest.Data, Page, readOnly),
        new(TestGuest.Data + Page, TestGuest.Data + Page, 0x200000 - TestGuest.Data - Page, false),
    ]);
}
