using System.Buffers.Binary;
using OsDevHv.Kvm;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;

namespace OsDevHv.Tests.Kvm;

/// <summary>What is set is what the guest and the debugger see.</summary>
public sealed class RegisterTests
{
    private static readonly GeneralRegisters s_distinct = new()
    {
        Rax = 0x101, Rbx = 0x202, Rcx = 0x303, Rdx = 0x404, Rsi = 0x505, Rdi = 0x606, Rsp = TestGuest.Stack, Rbp = 0x808,
        R8 = 0x909, R9 = 0xa0a, R10 = 0xb0b, R11 = 0xc0c, R12 = 0xd0d, R13 = 0xe0e, R14 = 0xf0f, R15 = 0x1010,
        Rip = TestGuest.Code, Rflags = 0x46,
    };

    [Fact]
    public void General_registers_keep_what_is_set_before_and_after_a_run()
    {
        // hlt
        using var guest = new TestGuest([0xf4]);

        guest.Cpu.SetGeneral(s_distinct);
        var before = guest.General;
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(s_distinct, before);
        Assert.Equal(s_distinct with { Rip = TestGuest.Code + 1 }, guest.General);
    }

    [Fact]
    public void The_guest_computes_with_registers_set_at_an_exit()
    {
        // hlt; add %rbx, %rax; hlt
        using var guest = new TestGuest([0xf4, 0x48, 0x01, 0xd8, 0xf4]);
        guest.RunTo(VcpuExitKind.Halt);

        guest.SetGeneral(r => r with { Rax = 40, Rbx = 2 });
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(42UL, guest.General.Rax);
    }

    [Fact]
    public void Registers_set_before_a_system_call_that_depends_on_them_are_not_lost()
    {
        // hlt
        using var guest = new TestGuest([0xf4]);
        guest.Cpu.SetGeneral(s_distinct);

        guest.Cpu.SetDebugControl(new DebugControl(false, true, 0, 0, 0, 0, 0));
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(s_distinct with { Rip = TestGuest.Code + 1 }, guest.General);
    }

    [Fact]
    public void System_registers_keep_what_is_set()
    {
        // hlt
        using var guest = new TestGuest([0xf4]);
        guest.Cpu.GetSystem(out var wanted);
        wanted.Fs = wanted.Fs with { Base = 0x7654_3210_0000 };
        wanted.Gs = wanted.Gs with { Base = 0xffff_8000_1234_5000 };
        wanted.Cr2 = 0xdead000;
        wanted.Cr8 = 5;

        Assert.True(guest.Cpu.TrySetSystem(wanted));
        guest.RunTo(VcpuExitKind.Halt);

        guest.Cpu.GetSystem(out var seen);
        Assert.Equal((wanted.Fs.Base, wanted.Gs.Base, wanted.Cr2, wanted.Cr8), (seen.Fs.Base, seen.Gs.Base, seen.Cr2, seen.Cr8));
        Assert.Equal((wanted.Cs, wanted.Ss, wanted.Tr, wanted.Gdt, wanted.Idt), (seen.Cs, seen.Ss, seen.Tr, seen.Gdt, seen.Idt));
        Assert.Equal((wanted.Cr0, wanted.Cr3, wanted.Cr4, wanted.Efer), (seen.Cr0, seen.Cr3, seen.Cr4, seen.Efer));
    }

    [Fact]
    public void A_change_of_system_registers_by_the_guest_is_seen()
    {
        // hlt; mov $0x1234000, %eax; mov %rax, %cr2; hlt
        using var guest = new TestGuest([0xf4, 0xb8, 0x00, 0x40, 0x23, 0x01, 0x0f, 0x22, 0xd0, 0xf4]);
        guest.RunTo(VcpuExitKind.Halt);
        guest.Cpu.GetSystem(out var before);
        guest.RunTo(VcpuExitKind.Halt);
        guest.Cpu.GetSystem(out var after);

        Assert.NotEqual(before.Cr2, after.Cr2);
        Assert.Equal(0x1234000UL, after.Cr2);
    }

    [Fact]
    public void Impossible_system_registers_are_refused_and_change_nothing()
    {
        using var guest = new TestGuest([0xf4]);
        guest.Cpu.GetSystem(out var before);
        var withoutPae = before;
        withoutPae.Cr4 &= ~0x20UL;
        var withWideCr8 = before;
        withWideCr8.Cr8 = 16;

        Assert.False(guest.Cpu.TrySetSystem(withoutPae));
        Assert.False(guest.Cpu.TrySetSystem(withWideCr8));

        guest.Cpu.GetSystem(out var after);
        Assert.Equal((before.Cr4, before.Cr8), (after.Cr4, after.Cr8));
    }

    [Fact]
    public void An_FXSAVE_image_comes_back_as_it_was_set()
    {
        using var guest = new TestGuest([0xf4]);
        var image = DistinctImage();

        Assert.True(guest.Cpu.TrySetFxsave(image));
        guest.RunTo(VcpuExitKind.Halt);

        var seen = new byte[512];
        guest.Cpu.GetFxsave(seen);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(28), BinaryPrimitives.ReadUInt32LittleEndian(seen.AsSpan(28)));
        Assert.Equal(image, seen);
    }

    [Fact]
    public void The_guest_sees_an_XMM_register_that_was_set_and_the_debugger_one_that_the_guest_loaded()
    {
        // movups %xmm3, 0x18000; movups 0x18010, %xmm4; hlt
        using var guest = new TestGuest(
            [0x0f, 0x11, 0x1c, 0x25, 0x00, 0x80, 1, 0, 0x0f, 0x10, 0x24, 0x25, 0x10, 0x80, 1, 0, 0xf4]);
        byte[] ours = [.. Enumerable.Range(0x40, 16).Select(i => (byte)i)];
        byte[] theirs = [.. Enumerable.Range(0x80, 16).Select(i => (byte)i)];
        guest.Write(TestGuest.Data + 16, theirs);
        var image = new byte[512];
        guest.Cpu.GetFxsave(image);
        ours.CopyTo(image, 160 + (3 * 16));
        Assert.True(guest.Cpu.TrySetFxsave(image));

        guest.RunTo(VcpuExitKind.Halt);

        guest.Cpu.GetFxsave(image);
        Assert.Equal(ours, guest.Read(TestGuest.Data, 16));
        Assert.Equal(theirs, image[(160 + (4 * 16))..(160 + (5 * 16))]);
    }

    [Fact]
    public void Reserved_bits_of_MXCSR_are_refused()
    {
        using var guest = new TestGuest([0xf4]);
        var image = new byte[512];
        guest.Cpu.GetFxsave(image);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(24), 0x80001f80);

        Assert.False(guest.Cpu.TrySetFxsave(image));
    }

    [Theory]
    [InlineData(0xc0000082u)]
    [InlineData(0xc0000102u)]
    public void A_model_specific_register_keeps_what_is_set(uint index)
    {
        using var guest = new TestGuest([0xf4]);

        Assert.True(guest.Cpu.TrySetMsr(index, 0xffff_8000_0012_3450));

        Assert.True(guest.Cpu.TryGetMsr(index, out var value));
        Assert.Equal(0xffff_8000_0012_3450UL, value);
    }

    [Fact]
    public void A_register_that_does_not_exist_is_refused()
    {
        using var guest = new TestGuest([0xf4]);

        Assert.False(guest.Cpu.TryGetMsr(0x12345, out _));
        Assert.False(guest.Cpu.TrySetMsr(0x12345, 1));
    }

    [Fact]
    public void A_reset_gives_the_state_of_table_10_1()
    {
        using var guest = new TestGuest([0xf4]);
        guest.Cpu.SetGeneral(s_distinct);
        guest.Cpu.TrySetMsr(0xc0000082, 0x1234);
        guest.Cpu.SetDebugRegisters(new DebugRegisters(1, 2, 3, 4, 0xffff0ff1, 0x401));
        guest.RunTo(VcpuExitKind.Halt);

        guest.Cpu.ResetState();

        guest.Cpu.GetSystem(out var system);
        Assert.Equal(guest.General with { Rdx = 0 }, new GeneralRegisters { Rip = 0xfff0, Rflags = 2 });
        Assert.Equal((0xffff0000UL, (ushort)0xf000, 0xffffu), (system.Cs.Base, system.Cs.Selector, system.Cs.Limit));
        Assert.Equal((0x60000010UL, 0UL, 0UL, 0UL, 0UL), (system.Cr0, system.Cr2, system.Cr3, system.Cr4, system.Efer));
        Assert.Equal((0xffff, 0xffff), (system.Gdt.Limit, system.Idt.Limit));
        Assert.Equal(0xfee00900UL, system.ApicBase);
        guest.Cpu.GetDebugRegisters(out var debug);
        Assert.Equal(new DebugRegisters(0, 0, 0, 0, 0xffff0ff0, 0x400), debug);
        Assert.True(guest.Cpu.TryGetMsr(0xc0000082, out var lstar));
        Assert.True(guest.Cpu.TryGetMsr(0x277, out var pat));
        Assert.Equal((0UL, 0x0007040600070406UL), (lstar, pat));
        var fxsave = new byte[512];
        guest.Cpu.GetFxsave(fxsave);
        Assert.Equal(0x1f80u, BinaryPrimitives.ReadUInt32LittleEndian(fxsave.AsSpan(24)));
    }

    [Fact]
    public void EDX_after_a_reset_is_the_processors_signature()
    {
        // mov $1, %eax; cpuid; hlt
        using var guest = new TestGuest([0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0xf4]);
        guest.RunTo(VcpuExitKind.Halt);
        var signature = guest.General.Rax;

        guest.Cpu.ResetState();

        Assert.Equal(signature, guest.General.Rdx);
    }

    [Fact]
    public void A_reset_in_the_middle_of_a_port_access_starts_at_the_reset_vector()
    {
        // in $0x64, %al
        using var guest = new TestGuest([0xe4, 0x64, 0xf4]);
        guest.RunTo(VcpuExitKind.PortIo);
        guest.Cpu.ExitData[0] = 0x5a;

        guest.Cpu.ResetState();
        guest.RunTo(VcpuExitKind.Interrupted);

        Assert.Equal((0xfff0UL, 0UL), (guest.General.Rip, guest.General.Rax));
    }

    [Fact]
    public void Only_the_first_processor_is_the_boot_processor()
    {
        using var ram = new GuestRam(GuestRam.PageSize);
        using var engine = new KvmEngine(ram, new CpuFeatures(2));

        engine.CreateVcpu(0).GetSystem(out var first);
        engine.CreateVcpu(1).GetSystem(out var second);

        Assert.Equal((0xfee00900UL, 0xfee00800UL), (first.ApicBase, second.ApicBase));
    }

    private static byte[] DistinctImage()
    {
        var image = new byte[512];
        BinaryPrimitives.WriteUInt16LittleEndian(image, 0x27f); // FCW
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(2), 0x3800); // FSW: TOP is 7
        image[4] = 0x80; // one register in use
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(24), 0x1f81); // MXCSR
        for (var register = 0; register < 8; register++)
        {
            image.AsSpan(32 + (register * 16), 10).Fill((byte)(register + 1));
        }

        for (var register = 0; register < 16; register++)
        {
            image.AsSpan(160 + (register * 16), 16).Fill((byte)(0xa0 + register));
        }

        return image;
    }
}
