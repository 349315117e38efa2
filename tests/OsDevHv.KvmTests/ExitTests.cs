using System.Buffers.Binary;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Kvm;

/// <summary>Each kind of exit: its description, its data, and how it is completed.</summary>
public sealed class ExitTests
{
    [Fact]
    public void Out_exits_with_the_port_and_the_bytes_written()
    {
        // mov $0x12345678, %eax; out %eax, $0x80
        using var guest = new TestGuest([0xb8, 0x78, 0x56, 0x34, 0x12, 0xe7, 0x80]);

        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal((true, 0x80UL, 4, 1), (exit.IsWrite, exit.Address, exit.Size, exit.Count));
        Assert.Equal([0x78, 0x56, 0x34, 0x12], guest.Cpu.ExitData.ToArray());
    }

    [Fact]
    public void In_gives_the_guest_what_was_put_into_the_data()
    {
        // mov $0x3f8, %edx; in %dx, %ax; hlt
        using var guest = new TestGuest([0xba, 0xf8, 0x03, 0, 0, 0x66, 0xed, 0xf4]);

        var exit = guest.RunTo(VcpuExitKind.PortIo);
        BinaryPrimitives.WriteUInt16LittleEndian(guest.Cpu.ExitData, 0xbeef);
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((false, 0x3f8UL, 2, 1), (exit.IsWrite, exit.Address, exit.Size, exit.Count));
        Assert.Equal(0xbeefUL, guest.General.Rax);
    }

    [Fact]
    public void String_output_hands_over_every_element_in_order()
    {
        // mov $0x18000, %esi; mov $5, %ecx; mov $0x80, %edx; rep outsw; hlt
        using var guest = new TestGuest([0xbe, 0x00, 0x80, 1, 0, 0xb9, 5, 0, 0, 0, 0xba, 0x80, 0, 0, 0, 0x66, 0xf3, 0x6f, 0xf4]);
        byte[] sent = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        guest.Write(TestGuest.Data, sent);
        var received = new List<byte>();

        VcpuExit exit;
        for (exit = guest.Run(); exit.Kind == VcpuExitKind.PortIo; exit = guest.Run())
        {
            Assert.Equal(exit.Size * exit.Count, guest.Cpu.ExitData.Length);
            received.AddRange(guest.Cpu.ExitData);
        }

        Assert.Equal(VcpuExitKind.Halt, exit.Kind);
        Assert.Equal(sent, received);
    }

    [Fact]
    public void String_input_puts_every_element_into_memory()
    {
        // mov $0x18000, %edi; mov $6, %ecx; mov $0x80, %edx; rep insb; hlt
        using var guest = new TestGuest([0xbf, 0x00, 0x80, 1, 0, 0xb9, 6, 0, 0, 0, 0xba, 0x80, 0, 0, 0, 0xf3, 0x6c, 0xf4]);
        var next = (byte)0x31;

        VcpuExit exit;
        for (exit = guest.Run(); exit.Kind == VcpuExitKind.PortIo; exit = guest.Run())
        {
            foreach (ref var value in guest.Cpu.ExitData)
            {
                value = next++;
            }
        }

        Assert.Equal(VcpuExitKind.Halt, exit.Kind);
        Assert.Equal("123456"u8, guest.Read(TestGuest.Data, 6));
    }

    [Fact]
    public void A_write_outside_memory_exits_with_address_and_data()
    {
        // mov $0xd0000000, %ebx; movw $0x1234, 6(%rbx); hlt
        using var guest = new TestGuest([0xbb, 0, 0, 0, 0xd0, 0x66, 0xc7, 0x43, 6, 0x34, 0x12, 0xf4]);

        var exit = guest.RunTo(VcpuExitKind.Mmio);

        Assert.Equal((true, TestGuest.Mmio + 6, 2), (exit.IsWrite, exit.Address, exit.Size));
        Assert.Equal([0x34, 0x12], guest.Cpu.ExitData.ToArray());
        guest.RunTo(VcpuExitKind.Halt);
    }

    [Fact]
    public void A_read_outside_memory_gets_the_data_given()
    {
        // mov $0xd0000000, %ebx; mov (%rbx), %rax; hlt
        using var guest = new TestGuest([0xbb, 0, 0, 0, 0xd0, 0x48, 0x8b, 0x03, 0xf4]);

        var exit = guest.RunTo(VcpuExitKind.Mmio);
        BinaryPrimitives.WriteUInt64LittleEndian(guest.Cpu.ExitData, 0x1122334455667788);
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((false, TestGuest.Mmio, 8), (exit.IsWrite, exit.Address, exit.Size));
        Assert.Equal(0x1122334455667788UL, guest.General.Rax);
    }

    [Fact]
    public void A_read_modify_write_outside_memory_is_a_read_and_then_a_write()
    {
        // mov $0xd0000000, %ebx; addl $1, (%rbx); hlt
        using var guest = new TestGuest([0xbb, 0, 0, 0, 0xd0, 0x83, 0x03, 0x01, 0xf4]);

        Assert.False(guest.RunTo(VcpuExitKind.Mmio).IsWrite);
        BinaryPrimitives.WriteUInt32LittleEndian(guest.Cpu.ExitData, 41);
        var write = guest.RunTo(VcpuExitKind.Mmio);

        Assert.True(write.IsWrite);
        Assert.Equal(42u, BinaryPrimitives.ReadUInt32LittleEndian(guest.Cpu.ExitData));
    }

    [Fact]
    public void An_access_across_the_end_of_a_page_outside_memory_comes_in_two_parts()
    {
        // mov $0xd0000ffd, %ebx; movl $0x44332211, (%rbx); hlt
        using var guest = new TestGuest([0xbb, 0xfd, 0x0f, 0, 0xd0, 0xc7, 0x03, 0x11, 0x22, 0x33, 0x44, 0xf4]);

        var first = guest.RunTo(VcpuExitKind.Mmio);
        byte[] low = [.. guest.Cpu.ExitData];
        var second = guest.RunTo(VcpuExitKind.Mmio);
        byte[] high = [.. guest.Cpu.ExitData];

        Assert.Equal((TestGuest.Mmio + 0xffd, TestGuest.Mmio + 0x1000), (first.Address, second.Address));
        Assert.Equal([0x11, 0x22, 0x33], low);
        Assert.Equal([0x44], high);
    }

    [Fact]
    public void Running_with_the_kick_set_completes_an_IN_and_executes_nothing_more()
    {
        // in $0x80, %al; inc %rbx; hlt
        using var guest = new TestGuest([0xe4, 0x80, 0x48, 0xff, 0xc3, 0xf4]);
        guest.RunTo(VcpuExitKind.PortIo);
        guest.Cpu.ExitData[0] = 0x5a;

        guest.Complete();

        Assert.Equal((0x5aUL, 0UL, TestGuest.Code + 2), (guest.General.Rax, guest.General.Rbx, guest.General.Rip));
    }

    [Fact]
    public void Running_with_the_kick_set_completes_an_OUT_and_executes_nothing_more()
    {
        // out %al, $0x80; inc %rbx; hlt
        using var guest = new TestGuest([0xe6, 0x80, 0x48, 0xff, 0xc3, 0xf4]);
        guest.RunTo(VcpuExitKind.PortIo);

        guest.Complete();

        Assert.Equal((0UL, TestGuest.Code + 2), (guest.General.Rbx, guest.General.Rip));
    }

    [Fact]
    public void Running_with_the_kick_set_completes_a_memory_read_and_executes_nothing_more()
    {
        // mov $0xd0000000, %ebx; mov (%rbx), %al; inc %rcx; hlt
        using var guest = new TestGuest([0xbb, 0, 0, 0, 0xd0, 0x8a, 0x03, 0x48, 0xff, 0xc1, 0xf4]);
        guest.RunTo(VcpuExitKind.Mmio);
        guest.Cpu.ExitData[0] = 0x77;

        guest.Complete();

        Assert.Equal((0x77UL, 0UL, TestGuest.Code + 7), (guest.General.Rax, guest.General.Rcx, guest.General.Rip));
    }

    [Fact]
    public void Halt_exits_with_RIP_past_it()
    {
        // hlt
        using var guest = new TestGuest([0xf4]);

        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(TestGuest.Code + 1, guest.General.Rip);
    }

    [Fact]
    public void A_triple_fault_is_a_shutdown()
    {
        // ud2, with no usable IDT
        using var guest = new TestGuest([0x0f, 0x0b]);
        guest.Cpu.GetSystem(out var system);
        system.Idt = new DescriptorTable(0, 0);
        Assert.True(guest.Cpu.TrySetSystem(system));

        guest.RunTo(VcpuExitKind.Shutdown);
    }

    [Fact]
    public void An_exception_reaches_the_guests_own_handler()
    {
        // ud2
        using var guest = new TestGuest([0x0f, 0x0b]);

        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal(6UL, exit.Address);
    }

    [Theory]
    [InlineData(0x802u)]
    [InlineData(0x12345u)]
    public void Reading_an_MSR_that_is_not_KVMs_exits_and_takes_the_answer(uint index)
    {
        // rdmsr; hlt
        using var guest = new TestGuest([0x0f, 0x32, 0xf4]);
        guest.SetGeneral(r => r with { Rcx = index });

        var exit = guest.RunTo(VcpuExitKind.Msr);
        BinaryPrimitives.WriteUInt64LittleEndian(guest.Cpu.ExitData, 0x1111222233334444);
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((false, (ulong)index), (exit.IsWrite, exit.Address));
        Assert.Equal((0x33334444UL, 0x11112222UL), (guest.General.Rax, guest.General.Rdx));
    }

    [Fact]
    public void Writing_an_MSR_that_is_not_KVMs_exits_with_the_value()
    {
        // wrmsr; hlt
        using var guest = new TestGuest([0x0f, 0x30, 0xf4]);
        guest.SetGeneral(r => r with { Rcx = 0x808, Rax = 0x5678, Rdx = 0x1234 });

        var exit = guest.RunTo(VcpuExitKind.Msr);

        Assert.Equal((true, 0x808UL), (exit.IsWrite, exit.Address));
        Assert.Equal(0x0000123400005678UL, BinaryPrimitives.ReadUInt64LittleEndian(guest.Cpu.ExitData));
        guest.RunTo(VcpuExitKind.Halt);
    }

    [Fact]
    public void A_failed_MSR_access_is_a_general_protection_fault()
    {
        // wrmsr; hlt
        using var guest = new TestGuest([0x0f, 0x30, 0xf4]);
        guest.SetGeneral(r => r with { Rcx = 0x12345 });
        guest.RunTo(VcpuExitKind.Msr);

        guest.Cpu.FailMsr();
        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal(13UL, exit.Address);
        Assert.Equal(TestGuest.Code, guest.ReadUInt64(guest.General.Rsp + 8));
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void Ten_thousand_port_exits_allocate_nothing(GuestMode mode)
    {
        // 1: out %al, $0x80; in $0x80, %al; jmp 1b
        using var guest = new TestGuest([0xe6, 0x80, 0xe4, 0x80, 0xeb, 0xfa], mode);
        var cpu = guest.Cpu;
        RunPortExits(cpu, 10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var ports = RunPortExits(cpu, 10_000);
        var after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(10_000, ports);
        Assert.Equal(0, after - before);
    }

    private static int RunPortExits(IVcpu cpu, int count)
    {
        var ports = 0;
        for (var i = 0; i < count; i++)
        {
            cpu.Run(out var exit);
            cpu.ExitData.Fill(0x42);
            cpu.GetGeneral(out var general);
            if (exit.Kind == VcpuExitKind.PortIo && exit.Address == 0x80 && general.Rsp == TestGuest.Stack)
            {
                ports++;
            }
        }

        return ports;
    }

    [Fact]
    public void A_halt_that_was_stepped_over_does_not_come_again()
    {
        // hlt; nop; nop; out %al, $0x80; hlt
        using var guest = new TestGuest([0xf4, 0x90, 0x90, 0xe6, 0x80, 0xf4]);
        guest.Cpu.SetDebugControl(new DebugControl(true, false, 0, 0, 0, 0, 0));
        guest.Run();
        guest.Cpu.SetDebugControl(default);

        var exit = guest.Run();

        Assert.Equal(VcpuExitKind.PortIo, exit.Kind);
    }
}
