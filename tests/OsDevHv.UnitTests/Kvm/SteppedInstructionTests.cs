using System.Buffers.Binary;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Kvm;

/// <summary>
/// Whose trap flag it is that a stepped instruction leaves in memory and in RFLAGS (Intel SDM vol. 2; vol. 3A, 6.12.1 and 6.14.2).
/// </summary>
public sealed class SteppedInstructionTests
{
    private const ulong Code = 0x1000, Stack = 0x8000, Tss = 0x3000, Handler = 0x1800;
    private const ulong TrapFlag = 0x100, Flags = 0x202;
    private const SegmentBits Usable = SegmentBits.Present | SegmentBits.CodeOrData;

    private readonly FlatMemory _memory = new();

    [Theory]
    [InlineData(64, 8, new byte[] { 0x9c })]
    [InlineData(64, 2, new byte[] { 0x66, 0x9c })]
    [InlineData(64, 8, new byte[] { 0x48, 0x9c })]
    [InlineData(32, 4, new byte[] { 0x9c })]
    [InlineData(16, 2, new byte[] { 0x9c })]
    [InlineData(16, 4, new byte[] { 0x66, 0x9c })]
    public void What_PUSHF_pushes_has_no_trap_flag_of_the_steps(int bits, int width, byte[] code)
    {
        SteppedInstruction instruction = At(bits, Flags, code);
        Write(Stack - (ulong)width, Flags | TrapFlag, width);

        bool after = instruction.Finish(_memory, Registers(Code + (ulong)code.Length, Flags) with { Rsp = Stack - (ulong)width }, before: false);

        Assert.False(after);
        Assert.Equal(Flags, Read(Stack - (ulong)width, width));
    }

    [Fact]
    public void What_PUSHF_pushes_keeps_the_guests_own_trap_flag()
    {
        SteppedInstruction instruction = At(64, Flags | TrapFlag, 0x9c);
        Write(Stack - 8, Flags | TrapFlag, 8);

        Assert.True(instruction.Finish(_memory, Registers(Code + 1, Flags) with { Rsp = Stack - 8 }, before: true));

        Assert.Equal(Flags | TrapFlag, Read(Stack - 8, 8));
    }

    [Theory]
    [InlineData(true, 64, 8, new byte[] { 0x9d })]
    [InlineData(false, 64, 8, new byte[] { 0x9d })]
    [InlineData(true, 32, 4, new byte[] { 0x9d })]
    [InlineData(true, 16, 2, new byte[] { 0x9d })]
    [InlineData(true, 32, 2, new byte[] { 0x66, 0x9d })]
    public void POPF_decides_the_guests_trap_flag(bool sets, int bits, int width, byte[] code)
    {
        SteppedInstruction instruction = At(bits, Flags, code);
        Write(Stack, sets ? Flags | TrapFlag : Flags, width);

        Assert.Equal(sets, instruction.Finish(_memory, Registers(Code + 1, Flags) with { Rsp = Stack + (ulong)width }, before: !sets));
    }

    [Theory]
    [InlineData(64, 8, new byte[] { 0x48, 0xcf })]
    [InlineData(64, 4, new byte[] { 0xcf })]
    [InlineData(32, 4, new byte[] { 0xcf })]
    [InlineData(16, 2, new byte[] { 0xcf })]
    public void IRET_decides_the_guests_trap_flag(int bits, int width, byte[] code)
    {
        SteppedInstruction instruction = At(bits, Flags, code);
        Write(Stack + (ulong)(2 * width), Flags | TrapFlag, width);

        Assert.True(instruction.Finish(_memory, Registers(Handler, Flags) with { Rsp = Stack + (ulong)(3 * width) }, before: false));
    }

    [Fact]
    public void SYSRET_takes_the_guests_trap_flag_from_R11()
    {
        Write(Code, 0x070f48, 3);
        SteppedInstruction instruction = SteppedInstruction.Read(_memory, Registers(Code, Flags) with { R11 = Flags | TrapFlag }, Long());

        Assert.True(instruction.Finish(_memory, Registers(Handler, Flags), before: false));
    }

    [Theory]
    [InlineData(new byte[] { 0x8e, 0xd0 })] // mov ss, eax
    [InlineData(new byte[] { 0xfb })] // sti
    public void A_PUSHF_in_a_shadow_is_cleaned_too(byte[] before)
    {
        SteppedInstruction instruction = At(64, Flags, [.. before, 0x9c]); // ...; pushf
        Write(Stack - 8, Flags | TrapFlag, 8);

        instruction.Finish(_memory, Registers(Code + (ulong)before.Length + 1, Flags) with { Rsp = Stack - 8 }, before: false);

        Assert.Equal(Flags, Read(Stack - 8, 8));
    }

    [Fact]
    public void Any_other_instruction_leaves_the_flag_and_the_stack_as_they_are()
    {
        SteppedInstruction instruction = At(64, Flags, 0x50); // push rax
        Write(Stack - 8, TrapFlag, 8);

        Assert.False(instruction.Finish(_memory, Registers(Code + 1, Flags) with { Rsp = Stack - 8 }, before: false));

        Assert.Equal(TrapFlag, Read(Stack - 8, 8));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 4)]
    [InlineData(0, 0x24)]
    [InlineData(3, 0x3c)]
    public void A_frame_in_64_bit_mode_is_found_on_whatever_stack_it_is(int level, int tssField)
    {
        const ulong other = 0x6008;
        SystemRegisters system = Long() with { Tr = new Segment(Tss, 0x67, 0x28, 11, 0, SegmentBits.Present) };
        system.Ss = system.Ss with { Dpl = (byte)level };
        Write(Tss + (ulong)tssField, tssField == 0 ? 0 : other, 8);
        ulong frame = ((tssField == 0 ? Stack : other) & ~15ul) - 40;
        Write(Code, 0x0b0f, 2);
        SteppedInstruction instruction = SteppedInstruction.Read(_memory, Registers(Code, Flags), system);
        Write(frame, Code, 8);
        Write(frame + 8, 0x10, 8);
        Write(frame + 16, Flags | TrapFlag | 0x10000, 8);

        bool led = instruction.LedToHandler(_memory, Registers(Handler, 2) with { Rsp = frame }, Long(), before: false);

        Assert.True(led);
        Assert.Equal(Flags | 0x10000, Read(frame + 16, 8));
    }

    [Theory]
    [InlineData(false, Flags)]
    [InlineData(true, Flags | TrapFlag)]
    public void A_frame_in_32_bit_mode_loses_the_flag_of_the_step_and_keeps_the_guests_own(bool own, ulong expected)
    {
        SteppedInstruction instruction = At(32, own ? Flags | TrapFlag : Flags, 0xcd, 0x40); // int 40h
        Write(Stack - 12, Code + 2, 4);
        Write(Stack - 8, 0x10, 4);
        Write(Stack - 4, Flags | TrapFlag, 4);

        Assert.True(instruction.LedToHandler(_memory, Registers(Handler, 2) with { Rsp = Stack - 12 }, Protected(), own));

        Assert.Equal(expected, Read(Stack - 4, 4));
    }

    [Fact]
    public void A_frame_in_real_mode_is_found()
    {
        SteppedInstruction instruction = At(16, Flags, 0xcd, 0x40);
        Write(Stack - 6, Code + 2, 2);
        Write(Stack - 4, 0x10, 2);
        Write(Stack - 2, Flags | TrapFlag, 2);

        Assert.True(instruction.LedToHandler(_memory, Registers(Handler, 2) with { Rsp = Stack - 6 }, Real(), before: false));

        Assert.Equal(Flags, Read(Stack - 2, 2));
    }

    [Fact]
    public void Words_on_the_stack_that_are_no_frame_of_the_instruction_stay()
    {
        SteppedInstruction instruction = At(64, Flags, 0x90);
        Write(Stack - 40, Code + 0x100, 8);
        Write(Stack - 32, 0x10, 8);
        Write(Stack - 24, Flags | TrapFlag, 8);

        Assert.False(instruction.LedToHandler(_memory, Registers(Handler, 2) with { Rsp = Stack - 40 }, Long(), before: false));

        Assert.Equal(Flags | TrapFlag, Read(Stack - 24, 8));
    }

    private static GeneralRegisters Registers(ulong rip, ulong flags) => new() { Rip = rip, Rsp = Stack, Rflags = flags };

    private static SystemRegisters Protected()
    {
        var code = new Segment(0, uint.MaxValue, 0x10, 11, 0, Usable | SegmentBits.Granular | SegmentBits.Default32);
        return new SystemRegisters { Cr0 = ControlBits.Cr0Pe, Cs = code, Ss = code with { Selector = 0x18, Type = 3 } };
    }

    private static SystemRegisters Real()
    {
        var code = new Segment(0, 0xffff, 0x10, 11, 0, Usable);
        return new SystemRegisters { Cs = code, Ss = code with { Type = 3 } };
    }

    /// <summary>64-bit code; paging is left off, so that linear addresses are physical ones.</summary>
    private static SystemRegisters Long()
    {
        SystemRegisters system = Protected();
        system.Efer = ControlBits.EferLma | 1;
        system.Cs = system.Cs with { Flags = Usable | SegmentBits.Granular | SegmentBits.Long };
        return system;
    }

    private SteppedInstruction At(int bits, ulong flags, params byte[] code)
    {
        Assert.True(_memory.TryWrite(Code, code));
        return SteppedInstruction.Read(_memory, Registers(Code, flags), bits == 64 ? Long() : bits == 32 ? Protected() : Real());
    }

    private void Write(ulong address, ulong value, int width)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Assert.True(_memory.TryWrite(address, bytes[..width]));
    }

    private ulong Read(ulong address, int width)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        Assert.True(_memory.TryRead(address, bytes[..width]));
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
