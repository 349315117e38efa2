using System.Buffers.Binary;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>
/// Checks, as the processor would on delivering an exception, its gate in the IDT, the code segment and handler that the gate names, and
/// the stack (Intel SDM vol. 3A, 6.10 to 6.14). Not checked: task gates, shadow stacks, SMEP.
/// </summary>
internal static class GateReport
{
    /// <summary>What is wrong with the delivery of <paramref name="vector"/>, or that nothing is; one line without a line feed.</summary>
    public static string Describe(CpuState cpu, byte vector, ElfSymbols? symbols) => cpu.Mode switch
    {
        CpuMode.Real => DescribeRealVector(cpu, vector),
        _ => DescribeGate(cpu, vector, symbols),
    };

    private static string DescribeRealVector(CpuState cpu, byte vector)
    {
        if ((vector * 4) + 3 > cpu.System.Idt.Limit)
        {
            return NoRoom(cpu, 4);
        }

        ulong at = (uint)(cpu.System.Idt.Base + ((ulong)vector * 4));
        if (!cpu.TryReadWord(at, 4, out ulong entry))
        {
            return $"its vector at 0x{at:x} is not in RAM";
        }

        return entry == 0 ? $"its vector at 0x{at:x} is 0000:0000: no handler was installed"
            : $"its handler is {entry >> 16:x4}:{entry & 0xffff:x4}";
    }

    private static string DescribeGate(CpuState cpu, byte vector, ElfSymbols? symbols)
    {
        int size = cpu.IsLongModeActive ? 16 : 8;
        if ((vector * size) + size - 1 > cpu.System.Idt.Limit)
        {
            return NoRoom(cpu, size);
        }

        ulong at = cpu.System.Idt.Base + (ulong)(vector * size);
        Span<byte> gate = stackalloc byte[16];
        gate.Clear();
        if (!cpu.TryRead(at, gate[..size]))
        {
            return $"its gate at 0x{at:x} cannot be read: the IDT there is not mapped, or not RAM";
        }

        byte type = (byte)(gate[5] & 0x1f);
        if (gate[5] >> 7 == 0)
        {
            return gate[..size].ContainsAnyExcept((byte)0) ? $"its gate at 0x{at:x} is not present"
                : $"its gate at 0x{at:x} is empty: no handler was installed";
        }

        bool isGate = type is 0xe or 0xf || (!cpu.IsLongModeActive && type is 5 or 6 or 7);
        if (!isGate)
        {
            return $"its gate at 0x{at:x} has type 0x{type:x}, which is no {(cpu.IsLongModeActive ? "64-bit " : "")}interrupt or trap gate";
        }

        if (type == 5)
        {
            return $"its gate at 0x{at:x} is a task gate";
        }

        ushort selector = BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]);
        ulong handler = BinaryPrimitives.ReadUInt16LittleEndian(gate)
            | (type is 6 or 7 ? 0 : (ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[6..]) << 16)
            | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(gate[8..]) << 32);
        return ProblemOfCode(cpu, selector, out ulong codeBase, out int handlerLevel)
            ?? ProblemOfHandler(cpu, (cpu.IsLongModeActive ? 0 : codeBase) + handler)
            ?? ProblemOfStack(cpu, handlerLevel, gate[4] & 7)
            ?? $"its gate, handler 0x{handler:x}{SymbolText.Suffix(symbols, handler)} and stack look sound";
    }

    private static string NoRoom(CpuState cpu, int size) =>
        cpu.System.Idt is { Base: 0, Limit: 0 }
            ? "no IDT was loaded (IDTR is base 0, limit 0)"
            : $"the IDT (base 0x{cpu.System.Idt.Base:x}, limit 0x{cpu.System.Idt.Limit:x}) has room for "
                + $"{(cpu.System.Idt.Limit + 1) / size} vectors only";

    private static string? ProblemOfCode(CpuState cpu, ushort selector, out ulong codeBase, out int level)
    {
        codeBase = 0;
        level = 0;
        if (selector < 4)
        {
            return "its gate has a null code selector";
        }

        bool isLocal = (selector & 4) != 0;
        ulong table = isLocal ? cpu.System.Ldt.Base : cpu.System.Gdt.Base;
        ulong limit = isLocal ? cpu.System.Ldt.Limit : cpu.System.Gdt.Limit;
        ulong at = table + (ulong)(selector & ~7);
        if ((ulong)(selector | 7) > limit)
        {
            return $"its gate's selector 0x{selector:x} is beyond the {(isLocal ? "LDT" : "GDT")} (limit 0x{limit:x})";
        }

        if (!cpu.TryReadWord(at, 8, out ulong descriptor))
        {
            return $"the descriptor of its gate's selector 0x{selector:x} at 0x{at:x} cannot be read: not mapped, or not RAM";
        }

        if ((descriptor >> 43 & 3) != 3)
        {
            return $"its gate's selector 0x{selector:x} is not a code segment (descriptor 0x{descriptor:x16})";
        }

        if ((descriptor >> 47 & 1) == 0)
        {
            return $"its gate's code segment 0x{selector:x} is not present (descriptor 0x{descriptor:x16})";
        }

        if (cpu.IsLongModeActive && (descriptor >> 53 & 3) != 1)
        {
            return $"its gate's code segment 0x{selector:x} is not a 64-bit one (descriptor 0x{descriptor:x16})";
        }

        // A conforming segment runs at the interrupted code's level.
        int descriptorLevel = (int)(descriptor >> 45 & 3);
        level = (descriptor >> 42 & 1) != 0 ? cpu.PrivilegeLevel : descriptorLevel;
        if (descriptorLevel > cpu.PrivilegeLevel)
        {
            return $"its gate's code segment 0x{selector:x} is for CPL {descriptorLevel}, less privileged than the interrupted code's "
                + $"{cpu.PrivilegeLevel}";
        }

        codeBase = (descriptor >> 16 & 0xff_ffff) | (descriptor >> 56 << 24);
        return null;
    }

    private static string? ProblemOfHandler(CpuState cpu, ulong handler)
    {
        PagingMode paging = PageWalk.ModeOf(cpu.System);
        if (!PageWalk.IsCanonical(paging, handler))
        {
            return $"its handler 0x{handler:x} is not canonical";
        }

        if (!PageWalk.TryTranslate(cpu.Memory, cpu.System, handler, out Translation translation))
        {
            return $"its handler 0x{handler:x} is not mapped";
        }

        return translation.Executable ? null : $"its handler 0x{handler:x} is on a page that is not executable";
    }

    private static string? ProblemOfStack(CpuState cpu, int handlerLevel, int interruptStack)
    {
        bool switches = handlerLevel != cpu.PrivilegeLevel;
        ulong stack;
        string name;
        if (cpu.IsLongModeActive && (interruptStack != 0 || switches))
        {
            // 64-bit TSS: RSP0 at 4, IST1 at 24h.
            int field = interruptStack != 0 ? 0x24 + ((interruptStack - 1) * 8) : 4 + (handlerLevel * 8);
            name = interruptStack != 0 ? $"IST{interruptStack}" : $"RSP{handlerLevel}";
            if (!cpu.TryReadWord(cpu.System.Tr.Base + (ulong)field, 8, out stack))
            {
                return $"the TSS at 0x{cpu.System.Tr.Base:x}, which has its stack ({name}), cannot be read: not mapped, or not RAM";
            }
        }
        else if (switches)
        {
            // 32-bit TSS: ESP0 at 4, each with its SS.
            name = $"ESP{handlerLevel}";
            if (!cpu.TryReadWord(cpu.System.Tr.Base + 4 + (ulong)(handlerLevel * 8), 4, out stack))
            {
                return $"the TSS at 0x{cpu.System.Tr.Base:x}, which has its stack ({name}), cannot be read: not mapped, or not RAM";
            }
        }
        else
        {
            name = "RSP";
            stack = cpu.LinearRsp;
        }

        // SS, RSP, RFLAGS, CS, RIP and an error code, or fewer.
        ulong word = cpu.IsLongModeActive ? 8u : 4u;
        return ProblemOfStackByte(cpu, name, stack, stack - word) ?? ProblemOfStackByte(cpu, name, stack, stack - (6 * word));
    }

    private static string? ProblemOfStackByte(CpuState cpu, string name, ulong stack, ulong address)
    {
        if (!PageWalk.TryTranslate(cpu.Memory, cpu.System, address, out Translation translation))
        {
            return $"there is no memory for its stack frame: {name} is 0x{stack:x}, and 0x{address:x} is not mapped";
        }

        Span<byte> probe = stackalloc byte[1];
        return translation.Writable && cpu.Memory.TryRead(translation.PhysicalAddress, probe)
            ? null
            : $"its stack frame cannot be written: {name} is 0x{stack:x}, which is {(translation.Writable ? "not RAM" : "read-only")}";
    }
}
