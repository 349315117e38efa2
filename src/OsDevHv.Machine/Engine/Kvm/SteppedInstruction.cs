using System.Buffers.Binary;
using Iced.Intel;
using OsDevHv.Devices;
using OsDevHv.Machine.Debug;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>
/// What an instruction about to be stepped does with RFLAGS. KVM makes the processor step by setting the guest's own trap flag and hides
/// that flag in the registers, so of a flag that the instruction stores or loads KVM cannot say whose it is: that follows from the
/// instruction.
/// </summary>
internal readonly struct SteppedInstruction
{
    /// <summary>RFLAGS.TF.</summary>
    public const ulong TrapFlag = 1 << 8;

    private const ulong ResumeFlag = 1 << 16;
    private const int LongestInstruction = 15;
    private const int TssStack0 = 4;
    private const int TssInterruptStacks = 0x24;

    private readonly GeneralRegisters _general;
    private readonly SystemRegisters _system;
    private readonly FlagsUse _use;
    private readonly int _width;

    private SteppedInstruction(in GeneralRegisters general, in SystemRegisters system, FlagsUse use, int width)
    {
        _general = general;
        _system = system;
        _use = use;
        _width = width;
    }

    private enum FlagsUse
    {
        None,
        Push,
        Pop,
        InterruptReturn,
        SystemReturn,
        SystemCall,
        Shadows,
    }

    /// <summary>SYSCALL in 64-bit code where it is enabled.</summary>
    public bool IsSystemCall => _use == FlagsUse.SystemCall;

    /// <summary>Looks at the instruction at the PC.</summary>
    public static SteppedInstruction Read(IGuestMemory memory, in GeneralRegisters general, in SystemRegisters system)
    {
        ulong pc = CpuMode.LinearPc(general, system);
        FlagsUse use = Classify(memory, system, pc, out int width);
        if (use == FlagsUse.Shadows)
        {
            // The processor traps only behind the next instruction (Intel SDM vol. 3A, 6.8.3; behind STI not all do), so that one is
            // stepped as well.
            use = Classify(memory, system, unchecked(pc + (ulong)Length(memory, system, pc)), out width);
            use = use is FlagsUse.Push or FlagsUse.Pop ? use : FlagsUse.None;
        }
        return new SteppedInstruction(general, system, use, width);
    }

    /// <summary>
    /// After the step: whether the guest's own trap flag is set now. Takes the flag of the step out of what was stored in memory.
    /// </summary>
    /// <param name="memory">Guest-physical memory.</param>
    /// <param name="after">The registers now.</param>
    /// <param name="before">The guest's own trap flag before.</param>
    public bool Finish(IGuestMemory memory, in GeneralRegisters after, bool before)
    {
        switch (_use)
        {
            case FlagsUse.Push when !before && _general.Rsp != after.Rsp:
                ClearTrapFlag(memory, Stack(after.Rsp, 0));
                return before;
            case FlagsUse.Pop when _general.Rsp != after.Rsp:
                return IsTrapFlagSet(memory, Stack(after.Rsp, -_width), before);
            case FlagsUse.InterruptReturn when _general.Rsp != after.Rsp:
                return IsTrapFlagSet(memory, Stack(_general.Rsp, 2 * _width), before);
            case FlagsUse.SystemReturn:
                return (_general.R11 & TrapFlag) != 0;
            default:
                return before;
        }
    }

    /// <summary>
    /// When the guest was left before the step was over: whether the instruction led to an exception's or interrupt's handler, whose frame
    /// is found by what it must hold. Takes the flag of the step out of the frame, so that the handler's return does not trap in the guest.
    /// </summary>
    public bool LedToHandler(IGuestMemory memory, in GeneralRegisters now, in SystemRegisters nowSystem, bool before)
    {
        bool isNear = unchecked(now.Rip - _general.Rip) <= LongestInstruction && now.Rsp == _general.Rsp
            && nowSystem.Cs.Selector == _system.Cs.Selector;
        return !isNear && (!CpuMode.IsProtected(_system) ? IsFrame(memory, Stack(_general.Rsp, -6), 2, before)
            : (_system.Efer & ControlBits.EferLma) != 0 ? HasLongFrame(memory, before)
            : HasFrame(memory, before));
    }

    private static FlagsUse Classify(IGuestMemory memory, in SystemRegisters system, ulong pc, out int width)
    {
        Span<byte> code = stackalloc byte[4];
        code.Clear();
        int bits = CpuMode.CodeBits(system);
        (bool is64, bool toggled, bool wide) = (bits == 64, false, false);
        int at = 0;
        width = 0;
        if (!TryReadCode(memory, system, pc, code))
        {
            return FlagsUse.None;
        }
        while (at < 2 && (code[at] == 0x66 || (is64 && (code[at] & 0xf0) == 0x40)))
        {
            toggled |= code[at] == 0x66;
            wide = (code[at] & 0xf8) == 0x48;
            at++;
        }
        int narrow = toggled == (bits == 16) ? 4 : 2;
        int stack = is64 ? (toggled ? 2 : 8) : narrow;
        switch (code[at])
        {
            case 0x9c:
                width = stack;
                return FlagsUse.Push;
            case 0x9d:
                width = stack;
                return FlagsUse.Pop;
            case 0xcf:
                width = wide ? 8 : narrow;
                return FlagsUse.InterruptReturn;
            case 0x0f when is64 && code[at + 1] == 0x07:
                return FlagsUse.SystemReturn;
            case 0x0f when is64 && at == 0 && code[1] == 0x05 && (system.Efer & 1) != 0:
                return FlagsUse.SystemCall;
            // sti; pop ss; mov ss, r/m; lss
            case 0xfb:
            case 0x17 when !is64:
            case 0x8e when (code[at + 1] & 0x38) == 0x10:
            case 0x0f when code[at + 1] == 0xb2:
                return FlagsUse.Shadows;
            default:
                return FlagsUse.None;
        }
    }

    /// <summary>As many bytes as there are up to the end of a page that is not mapped.</summary>
    private static bool TryReadCode(IGuestMemory memory, in SystemRegisters system, ulong pc, Span<byte> code)
    {
        const ulong page = 0x1000;
        int first = (int)Math.Min((ulong)code.Length, page - (pc % page));
        if (!PageWalk.TryTranslate(memory, system, pc, out Translation at) || !memory.TryRead(at.PhysicalAddress, code[..first]))
        {
            return false;
        }
        if (first < code.Length && PageWalk.TryTranslate(memory, system, unchecked(pc + (ulong)first), out at))
        {
            _ = memory.TryRead(at.PhysicalAddress, code[first..]);
        }
        return true;
    }

    private static int Length(IGuestMemory memory, in SystemRegisters system, ulong pc)
    {
        var code = new byte[LongestInstruction];
        return TryReadCode(memory, system, pc, code) ? Decoder.Create(CpuMode.CodeBits(system), code).Decode().Length : 0;
    }

    private bool HasLongFrame(IGuestMemory memory, bool before)
    {
        const int width = 8;
        ulong? usual = CpuMode.Cpl(_general, _system) != 0 ? ReadTss(memory, TssStack0) : _general.Rsp;
        bool found = usual is { } top && IsLongFrame(memory, top, before);
        for (int stack = 0; stack < 7 && !found; stack++)
        {
            found = ReadTss(memory, TssInterruptStacks + (stack * width)) is { } other && other != 0 && IsLongFrame(memory, other, before);
        }
        return found;
    }

    /// <summary>SS, RSP, RFLAGS, CS and RIP from an aligned address down; an error code is below them.</summary>
    private bool IsLongFrame(IGuestMemory memory, ulong top, bool before) => IsFrame(memory, unchecked((top & ~15ul) - 40), 8, before);

    private bool HasFrame(IGuestMemory memory, bool before)
    {
        if (CpuMode.Cpl(_general, _system) == 0)
        {
            return IsFrame(memory, Stack(_general.Rsp, -12), 4, before);
        }
        // The stack segments of kernels of such code are flat, or the frame is not found.
        return ReadTss(memory, TssStack0) is { } top
            && (IsFrame(memory, (uint)(top - 20), 4, before) || IsFrame(memory, (uint)(top - 36), 4, before));
    }

    /// <summary>RIP of the instruction or the one behind it, CS, and the flags but for those that the entry changes.</summary>
    private bool IsFrame(IGuestMemory memory, ulong at, int width, bool before)
    {
        ulong mask = width == 2 ? 0xffff : width == 4 ? 0xffff_ffff : ulong.MaxValue;
        bool isFrame = TryReadWord(memory, at, width, out ulong rip)
            && unchecked(rip - _general.Rip & mask) <= LongestInstruction
            && TryReadWord(memory, unchecked(at + (ulong)width), width, out ulong cs) && (ushort)cs == _system.Cs.Selector
            && TryReadWord(memory, unchecked(at + (ulong)(2 * width)), width, out ulong flags)
            && ((flags ^ _general.Rflags) & mask & ~(TrapFlag | ResumeFlag)) == 0;
        if (isFrame && !before)
        {
            ClearTrapFlag(memory, unchecked(at + (ulong)(2 * width)));
        }
        return isFrame;
    }

    private ulong Stack(ulong pointer, int offset)
    {
        ulong at = unchecked(pointer + (ulong)offset);
        return CpuMode.Is64Bit(_system) ? at
            : (uint)(_system.Ss.Base + ((_system.Ss.Flags & SegmentBits.Default32) != 0 ? (uint)at : (ushort)at));
    }

    private ulong? ReadTss(IGuestMemory memory, int offset)
    {
        int width = (_system.Efer & ControlBits.EferLma) != 0 ? 8 : 4;
        return (uint)(offset + width - 1) <= _system.Tr.Limit
            && TryReadWord(memory, unchecked(_system.Tr.Base + (ulong)offset), width, out ulong value) ? value : null;
    }

    private bool TryReadWord(IGuestMemory memory, ulong linear, int width, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        bool read = PageWalk.TryTranslate(memory, _system, linear, out Translation at) && memory.TryRead(at.PhysicalAddress, bytes[..width]);
        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return read;
    }

    private bool IsTrapFlagSet(IGuestMemory memory, ulong flagsAt, bool otherwise) =>
        TryReadWord(memory, flagsAt, 2, out ulong flags) ? (flags & TrapFlag) != 0 : otherwise;

    private void ClearTrapFlag(IGuestMemory memory, ulong flagsAt)
    {
        Span<byte> second = stackalloc byte[1];
        if (PageWalk.TryTranslate(memory, _system, unchecked(flagsAt + 1), out Translation at)
            && memory.TryRead(at.PhysicalAddress, second) && (second[0] & 1) != 0)
        {
            second[0] &= 0xfe;
            _ = memory.TryWrite(at.PhysicalAddress, second);
        }
    }
}
