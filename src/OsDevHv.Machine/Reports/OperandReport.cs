using Iced.Intel;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>
/// The memory that the instruction at RIP reads and writes, where an access would fault: what is known of a page fault when CR2 is lost or
/// not written yet. Protection keys are left out.
/// </summary>
internal static class OperandReport
{
    private const int LongestInstruction = 15;

    /// <summary>Writes a line for each access that would fault; nothing where none would.</summary>
    public static void Write(TextWriter writer, CpuState cpu)
    {
        byte[] code = new byte[LongestInstruction];
        int length = cpu.ReadSome(cpu.LinearRip, code);
        Decoder decoder = Decoder.Create(cpu.CodeBits, new ByteArrayCodeReader(code, 0, length));
        decoder.IP = cpu.General.Rip;
        Instruction instruction = decoder.Decode();
        if (instruction.IsInvalid)
        {
            return;
        }

        foreach (UsedMemory used in new InstructionInfoFactory().GetInfo(instruction).GetUsedMemory())
        {
            bool isWrite = used.Access is OpAccess.Write or OpAccess.ReadWrite or OpAccess.ReadCondWrite or OpAccess.CondWrite;
            bool isAccess = isWrite || used.Access is OpAccess.Read or OpAccess.CondRead;
            if (isAccess && used.TryGetVirtualAddress(0, out ulong linear, (Register register, int _, int _, out ulong value) => TryRead(cpu, register, out value)))
            {
                WriteFault(writer, cpu, cpu.IsLongModeActive ? linear : (uint)linear, isWrite);
            }
        }
    }

    private static void WriteFault(TextWriter writer, CpuState cpu, ulong linear, bool isWrite)
    {
        Span<PageWalkStep> steps = stackalloc PageWalkStep[PageWalk.MaxSteps];
        PageWalkEnd end = PageWalk.Walk(cpu.Memory, cpu.System, linear, steps, out int count, out Translation translation);
        var walk = new FinishedWalk(PageWalk.ModeOf(cpu.System), end, steps[..count].ToArray(), translation);
        SystemRegisters system = cpu.System;
        system.Cr4 &= ~((1UL << 22) | (1UL << 24));
        var rules = new AccessRules(system, cpu.General.Rflags, null, null);
        string verdict = PageAccess.Describe(walk, rules, cpu.PrivilegeLevel, isWrite ? AccessKind.Write : AccessKind.Read);
        if (verdict != "allowed")
        {
            writer.WriteLine($"The instruction {(isWrite ? "writes" : "reads")} 0x{linear:x}: {verdict}");
        }
    }

    private static bool TryRead(CpuState cpu, Register register, out ulong value)
    {
        GeneralRegisters r = cpu.General;
        SystemRegisters s = cpu.System;
        bool isLong = cpu.Mode == CpuMode.Long;
        ulong? whole = register switch
        {
            Register.CS => isLong ? 0 : s.Cs.Base,
            Register.DS => isLong ? 0 : s.Ds.Base,
            Register.ES => isLong ? 0 : s.Es.Base,
            Register.SS => isLong ? 0 : s.Ss.Base,
            Register.FS => s.Fs.Base,
            Register.GS => s.Gs.Base,
            _ => register.GetFullRegister() switch
            {
                Register.RAX => r.Rax,
                Register.RBX => r.Rbx,
                Register.RCX => r.Rcx,
                Register.RDX => r.Rdx,
                Register.RSI => r.Rsi,
                Register.RDI => r.Rdi,
                Register.RSP => r.Rsp,
                Register.RBP => r.Rbp,
                Register.R8 => r.R8,
                Register.R9 => r.R9,
                Register.R10 => r.R10,
                Register.R11 => r.R11,
                Register.R12 => r.R12,
                Register.R13 => r.R13,
                Register.R14 => r.R14,
                Register.R15 => r.R15,
                _ => null,
            },
        };
        value = register.GetSize() switch { 4 when !register.IsSegmentRegister() => (uint)(whole ?? 0), 2 when !register.IsSegmentRegister() => (ushort)(whole ?? 0), _ => whole ?? 0 };
        return whole is not null;
    }
}
