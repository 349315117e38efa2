using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Debug;

public sealed class RangeCodeTests
{
    private const ulong Start = 0x40_0000;

    [Theory]
    [InlineData("e800000000")] // call
    [InlineData("ffd0")] // call rax
    [InlineData("ffe0")] // jmp rax
    [InlineData("ff28")] // jmp far [rax]
    [InlineData("c3")] // ret
    [InlineData("cb")] // retf
    [InlineData("48cf")] // iretq
    [InlineData("cd80")] // int 80h
    [InlineData("cc")] // int3
    [InlineData("f1")] // int1
    [InlineData("0f05")] // syscall
    [InlineData("480f07")] // sysretq
    [InlineData("0f34")] // sysenter
    [InlineData("0f35")] // sysexit
    [InlineData("f4")] // hlt
    [InlineData("0f01c9")] // mwait
    [InlineData("0f01fb")] // mwaitx
    [InlineData("0f0b")] // ud2
    [InlineData("0f01c1")] // vmcall
    [InlineData("0f01d9")] // vmmcall
    [InlineData("9d")] // popfq
    [InlineData("8ed0")] // mov ss, eax
    [InlineData("480fb200")] // lss rax, [rax]
    [InlineData("0f22d8")] // mov cr3, rax
    [InlineData("0f06")] // clts
    [InlineData("0f01f0")] // lmsw ax
    [InlineData("0f23f8")] // mov dr7, rax
    [InlineData("0f30")] // wrmsr
    [InlineData("0f01d1")] // xsetbv
    [InlineData("0f0110")] // lgdt [rax]
    [InlineData("0f0118")] // lidt [rax]
    [InlineData("0f00d0")] // lldt ax
    [InlineData("0f00d8")] // ltr ax
    [InlineData("c7f800000000")] // xbegin
    [InlineData("06")] // not an instruction in 64-bit mode
    [InlineData("880500000000")] // mov [rip + 0], al: into the range
    [InlineData("66eb00")] // a jump with an operand size that processors read differently
    public void What_may_lead_anywhere_or_change_how_code_is_executed_is_stepped_in_64_bit_code(string instruction) =>
        Assert.Equal([Start], Decode(instruction + "9090").Exits);

    [Theory]
    [InlineData("ce")] // into
    [InlineData("17")] // pop ss
    [InlineData("0fb200")] // lss eax, [eax]
    [InlineData("9d")] // popfd
    [InlineData("669d")] // popf
    [InlineData("cf")] // iretd
    [InlineData("ea000000000800")] // jmp 8:0
    [InlineData("9a000000000800")] // call 8:0
    [InlineData("a201004000")] // mov [400001h], al: into the range
    [InlineData("c60501004000ff")] // mov byte [400001h], ffh
    [InlineData("ffe0")] // jmp eax
    [InlineData("f4")] // hlt
    public void What_may_lead_anywhere_or_change_how_code_is_executed_is_stepped_in_32_bit_code(string instruction) =>
        Assert.Equal([Start], Decode(instruction + "9090", bits: 32).Exits);

    [Theory]
    [InlineData("9c")] // pushfq: nobody steps, so it pushes the guest's own flags
    [InlineData("fa")] // cli
    [InlineData("fb")] // sti
    [InlineData("ec")] // in al, dx
    [InlineData("f36e")] // rep outsb
    [InlineData("f3a4")] // rep movsb
    [InlineData("48ffc8")] // dec rax
    [InlineData("8803")] // mov [rbx], al
    [InlineData("8ed8")] // mov ds, eax
    [InlineData("0fa2")] // cpuid
    [InlineData("488d0500000000")] // lea rax, [rip + 0]
    [InlineData("8805ffff0000")] // mov [rip + ffffh], al: elsewhere
    [InlineData("65880425000040 00")] // mov gs:[400000h], al: wherever GS is
    [InlineData("75fe")] // jnz to itself
    [InlineData("e2fe")] // loop to itself
    [InlineData("e3fe")] // jrcxz to itself
    [InlineData("f00fb10b")] // lock cmpxchg [rbx], ecx
    [InlineData("0f58c1")] // addps xmm0, xmm1
    public void What_stays_or_leads_to_a_known_place_is_not_stepped(string instruction) =>
        Assert.Empty(Decode(instruction + "90").Exits);

    [Fact]
    public void The_end_of_the_range_and_the_targets_outside_hold_the_cpu()
    {
        // jz +20h; jmp -80h is behind a conditional jump back to the start; nop
        RangeCode code = Decode("7420" + "75fc" + "90");

        Assert.Empty(code.Exits);
        Assert.Equal([Start + 5, Start + 0x22], code.Outside.Order());
    }

    [Fact]
    public void A_jump_that_leads_where_no_cpu_can_be_held_is_stepped()
    {
        RangeCode code = Decode("7420" + "90", canTrap: address => address != Start + 0x22);

        Assert.Equal([Start], code.Exits);
        Assert.Equal([Start + 3], code.Outside);
    }

    [Fact]
    public void The_last_instruction_is_stepped_where_no_cpu_can_be_held_behind_it()
    {
        RangeCode code = Decode("9090", canTrap: static _ => false);

        Assert.Equal([Start + 1], code.Exits);
        Assert.Empty(code.Outside);
    }

    [Fact]
    public void What_is_behind_a_stepped_instruction_is_decoded_but_not_what_nothing_leads_to()
    {
        // popfq; jmp over two bytes of data; nop
        RangeCode code = Decode("9d" + "eb02" + "0606" + "90");

        Assert.Equal([Start], code.Exits);
        Assert.True(code.IsStart(Start + 1));
        Assert.True(code.IsStart(Start + 5));
        Assert.False(code.Covers(Start + 3));
    }

    [Fact]
    public void A_path_into_the_middle_of_an_instruction_is_not_planned_for()
    {
        // jz to the last byte of: mov eax, 90909090h
        Assert.Null(Decoded("7404" + "b890909090" + "90"));
        // the same, the other way round: a root in the middle
        Assert.Null(Decoded("b890909090" + "90", roots: [Start, Start + 2]));
    }

    [Fact]
    public void A_place_outside_that_is_inside_of_the_last_instruction_is_not_planned_for()
    {
        // jz to the second byte of: mov eax, imm32, of which only the first byte is in the range
        byte[] bytes = [.. Convert.FromHexString("7401b890909090"), .. new byte[12]];

        Assert.Null(RangeCode.Decode(bytes, new StepRange(Start, Start + 3), 64, [Start], static _ => true));
    }

    [Fact]
    public void A_later_root_adds_its_code()
    {
        // jmp rax; nop
        Assert.False(Decode("ffe0" + "90").IsStart(Start + 2));
        Assert.True(Decode("ffe0" + "90", roots: [Start, Start + 2]).IsStart(Start + 2));
    }

    [Fact]
    public void Only_kernel_code_of_32_or_64_bits_that_does_not_trap_itself_may_run_freely()
    {
        var range = new StepRange(Start, Start + 0x100);
        SystemRegisters flat = RunControlRig.Flat(default);
        SystemRegisters real = default;
        SystemRegisters narrow = flat;
        narrow.Cs = flat.Cs with { Flags = flat.Cs.Flags & ~SegmentBits.Default32 };
        SystemRegisters user = flat;
        user.Ss = flat.Ss with { Dpl = 3 };
        SystemRegisters wide = flat;
        wide.Efer = ControlBits.EferLma;
        wide.Cs = flat.Cs with { Flags = (flat.Cs.Flags & ~SegmentBits.Default32) | SegmentBits.Long };
        SystemRegisters compatible = flat;
        compatible.Efer = ControlBits.EferLma;
        var general = new GeneralRegisters { Rip = Start, Rflags = 2 };

        Assert.True(RangePlan.Allows(ArmedTraps.None, general, flat, range));
        Assert.True(RangePlan.Allows(ArmedTraps.None, general, wide, range));
        Assert.All(
            [real, narrow, user, compatible], system => Assert.False(RangePlan.Allows(ArmedTraps.None, general, system, range)));
        Assert.False(RangePlan.Allows(ArmedTraps.None, general with { Rflags = 0x102 }, flat, range));
        Assert.False(RangePlan.Allows(ArmedTraps.None, general with { Rflags = ControlBits.RflagsVm | 2 }, flat, range));
    }

    [Theory]
    [InlineData(Start, Start)]
    [InlineData(Start, Start - 1)]
    [InlineData(Start, Start + 0x1_0001)]
    [InlineData(0, ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 0x100, ulong.MaxValue)]
    public void A_range_that_is_empty_too_long_or_at_the_end_of_memory_is_stepped(ulong start, ulong end)
    {
        SystemRegisters wide = RunControlRig.Flat(default);
        wide.Efer = ControlBits.EferLma;
        wide.Cs = wide.Cs with { Flags = (wide.Cs.Flags & ~SegmentBits.Default32) | SegmentBits.Long };

        Assert.False(RangePlan.Allows(ArmedTraps.None, new GeneralRegisters { Rflags = 2 }, wide, new StepRange(start, end)));
    }

    private static RangeCode Decode(
        string hex, int bits = 64, Func<ulong, bool>? canTrap = null, IReadOnlyCollection<ulong>? roots = null) =>
        Decoded(hex, bits, canTrap, roots) ?? throw new InvalidOperationException("not decoded");

    private static RangeCode? Decoded(
        string hex, int bits = 64, Func<ulong, bool>? canTrap = null, IReadOnlyCollection<ulong>? roots = null)
    {
        byte[] code = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        // What is behind the range is not decoded: it would not be an instruction.
        byte[] bytes = [.. code, .. Enumerable.Repeat((byte)0x06, RangeCode.LongestInstruction)];
        var range = new StepRange(Start, Start + (ulong)code.Length);
        return RangeCode.Decode(bytes, range, bits, roots ?? [Start], canTrap ?? (static _ => true));
    }
}
