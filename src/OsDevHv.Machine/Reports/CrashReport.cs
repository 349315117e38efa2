using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>
/// What a kernel developer would look up by hand when the machine died, as text: registers, the exception and its gate, page walks, code,
/// stack and callers. Its length is bounded, and no guest state makes it throw.
/// </summary>
public static class CrashReport
{
    private const int MostVcpusInFull = 8;
    private const int MostExits = 32;
    private const int LongestLine = 400;
    private const ulong ResetRip = 0xfff0;

    // CR0 after reset is 60000010h; on AMD's SHUTDOWN exit without CD and NW.
    private const ulong CacheBits = 0x6000_0000;

    /// <summary>Writes the report, lines ended by the writer's line feed.</summary>
    public static void Write(TextWriter writer, CrashContext context)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(context);
        CrashedVcpu? culprit = context.Vcpus.FirstOrDefault(vcpu => vcpu.Index == context.Culprit);
        string where = culprit is null ? "" : $" on CPU {culprit.Index}";
        string detail = context.Detail.Length == 0 ? "" : $": {OneLine(context.Detail)}";
        writer.WriteLine($"---- {Title(context.Kind)}{where}{detail} ----");
        if (culprit is not null)
        {
            WriteCulprit(writer, context, culprit);
        }

        WriteOthers(writer, context);
        if (context.LastExits.Count > 0)
        {
            writer.WriteLine("Last exits:");
            foreach (string exit in context.LastExits.Skip(context.LastExits.Count - MostExits))
            {
                writer.WriteLine($"  {OneLine(exit)}");
            }
        }

        writer.WriteLine("----");
    }

    /// <summary>
    /// Whether the registers are those after reset although a triple fault was reported: AMD processors have reset the vCPU by then.
    /// </summary>
    public static bool IsAfterReset(in GeneralRegisters general, in SystemRegisters system) =>
        general.Rip == ResetRip && (system.Cr0 & ~CacheBits) == ControlBits.Cr0Et && system.Cr3 == 0;

    private static string Title(VerdictKind kind) => kind switch
    {
        VerdictKind.TripleFaulted => "Triple fault",
        VerdictKind.DeadHalt => "Halted for good",
        VerdictKind.MachineError => "Machine error",
        VerdictKind.Panicked => "Panic",
        VerdictKind.TimedOut => "Timed out",
        VerdictKind.Reset => "Reset",
        _ => "Stopped",
    };

    private static void WriteCulprit(TextWriter writer, CrashContext context, CrashedVcpu vcpu)
    {
        CpuState cpu = new(vcpu.General, vcpu.System, context.Memory);
        bool isTripleFault = context.Kind == VerdictKind.TripleFaulted;
        bool isAfterReset = isTripleFault && IsAfterReset(vcpu.General, vcpu.System);
        if (isAfterReset)
        {
            writer.WriteLine("This host's CPU had reset the vCPU before KVM could tell of the triple fault (AMD processors do), so its "
                + "registers at the fault are lost.");
            writer.WriteLine("To see them, stop before it: break in the exception handlers, or step from the last output.");
        }

        WriteException(writer, context, vcpu, cpu, checkGates: !isAfterReset);
        WriteRegisters(writer, cpu, vcpu);
        if (isAfterReset)
        {
            return;
        }

        if (!context.NotExecuted.IsEmpty)
        {
            writer.WriteLine("The instruction that this host's KVM could not execute:");
            CodeListing.Write(writer, cpu, context.NotExecuted.Span, context.Symbols);
        }

        CodeListing.Write(writer, cpu, context.Symbols);
        PageWalkText.Write(writer, cpu, "RIP", cpu.LinearRip);
        if (vcpu.Events.ExceptionVector == ExceptionNames.PageFault || vcpu.System.Cr2 != 0)
        {
            PageWalkText.Write(writer, cpu, "CR2", vcpu.System.Cr2);
        }

        StackListing.WriteWords(writer, cpu, context.Symbols);
        StackListing.WriteCallers(writer, cpu, context.Symbols);
    }

    private static void WriteException(TextWriter writer, CrashContext context, CrashedVcpu vcpu, CpuState cpu, bool checkGates)
    {
        VcpuEvents events = vcpu.Events;
        bool isKnown = events.ExceptionInjected || events.ExceptionVector != 0;
        if (isKnown)
        {
            string error = events.ExceptionErrorCode is { } code ? $", error code 0x{code:x}" : "";
            string pending = events.ExceptionInjected ? ", still to be delivered" : "";
            writer.WriteLine($"Last exception: {ExceptionNames.Describe(events.ExceptionVector)}{error}{pending}");
        }

        if (context.Kind != VerdictKind.TripleFaulted || !checkGates)
        {
            return;
        }

        if (isKnown && events.ExceptionVector != ExceptionNames.DoubleFault)
        {
            writer.WriteLine($"Delivering {ExceptionNames.Describe(events.ExceptionVector)}: "
                + $"{GateReport.Describe(cpu, events.ExceptionVector, context.Symbols)}.");
        }

        writer.WriteLine($"Delivering {ExceptionNames.Describe(ExceptionNames.DoubleFault)}: "
            + $"{GateReport.Describe(cpu, ExceptionNames.DoubleFault, context.Symbols)}.");
    }

    private static void WriteOthers(TextWriter writer, CrashContext context)
    {
        int inFull = context.Vcpus.Count <= MostVcpusInFull ? MostVcpusInFull : 0;
        foreach (CrashedVcpu vcpu in context.Vcpus)
        {
            if (vcpu.Index == context.Culprit)
            {
                continue;
            }

            CpuState cpu = new(vcpu.General, vcpu.System, context.Memory);
            if (inFull > 0)
            {
                WriteRegisters(writer, cpu, vcpu);
                writer.WriteLine($"  at 0x{cpu.LinearRip:x}{SymbolText.Suffix(context.Symbols, cpu.LinearRip)}");
            }
            else
            {
                writer.WriteLine($"CPU {vcpu.Index}, {OneLine(vcpu.Activity)}: "
                    + $"0x{cpu.LinearRip:x}{SymbolText.Suffix(context.Symbols, cpu.LinearRip)}, {cpu.Describe()}");
            }
        }
    }

    private static void WriteRegisters(TextWriter writer, CpuState cpu, CrashedVcpu vcpu)
    {
        GeneralRegisters r = vcpu.General;
        SystemRegisters s = vcpu.System;
        writer.WriteLine($"CPU {vcpu.Index}, {OneLine(vcpu.Activity)}: {cpu.Describe()}");
        if (cpu.IsLongModeActive)
        {
            writer.WriteLine($"  rax {r.Rax:x16}  rbx {r.Rbx:x16}  rcx {r.Rcx:x16}  rdx {r.Rdx:x16}");
            writer.WriteLine($"  rsi {r.Rsi:x16}  rdi {r.Rdi:x16}  rbp {r.Rbp:x16}  rsp {r.Rsp:x16}");
            writer.WriteLine($"  r8  {r.R8:x16}  r9  {r.R9:x16}  r10 {r.R10:x16}  r11 {r.R11:x16}");
            writer.WriteLine($"  r12 {r.R12:x16}  r13 {r.R13:x16}  r14 {r.R14:x16}  r15 {r.R15:x16}");
            writer.WriteLine($"  rip {r.Rip:x16}  rflags {r.Rflags:x}{Flags(r.Rflags)}");
        }
        else
        {
            writer.WriteLine($"  eax {(uint)r.Rax:x8}  ebx {(uint)r.Rbx:x8}  ecx {(uint)r.Rcx:x8}  edx {(uint)r.Rdx:x8}");
            writer.WriteLine($"  esi {(uint)r.Rsi:x8}  edi {(uint)r.Rdi:x8}  ebp {(uint)r.Rbp:x8}  esp {(uint)r.Rsp:x8}");
            writer.WriteLine($"  eip {(uint)r.Rip:x8}  eflags {(uint)r.Rflags:x}{Flags(r.Rflags)}");
        }

        writer.WriteLine($"  cr0 {s.Cr0:x}  cr2 {s.Cr2:x}  cr3 {s.Cr3:x}  cr4 {s.Cr4:x}  cr8 {s.Cr8:x}  efer {s.Efer:x}");
        WriteSegment(writer, "cs", s.Cs);
        WriteSegment(writer, "ss", s.Ss);
        WriteSegment(writer, "ds", s.Ds);
        WriteSegment(writer, "es", s.Es);
        WriteSegment(writer, "fs", s.Fs);
        WriteSegment(writer, "gs", s.Gs);
        WriteSegment(writer, "tr", s.Tr);
        writer.WriteLine($"  gdt base {s.Gdt.Base:x} limit {s.Gdt.Limit:x}  idt base {s.Idt.Base:x} limit {s.Idt.Limit:x}");
    }

    private static void WriteSegment(TextWriter writer, string name, in Segment segment)
    {
        bool isUsable = (segment.Flags & SegmentBits.Unusable) == 0;
        writer.WriteLine($"  {name} {segment.Selector:x4}  base {segment.Base:x}  limit {segment.Limit:x}  type {segment.Type:x}  dpl "
            + $"{segment.Dpl}"
            + (isUsable ? "" : "  unusable"));
    }

    private static string Flags(ulong flags)
    {
        ReadOnlySpan<(int Bit, string Name)> names =
            [(0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"), (14, "NT"), (16, "RF"),
                (17, "VM"), (18, "AC")];
        List<string> set = [];
        foreach ((int bit, string name) in names)
        {
            if ((flags >> bit & 1) != 0)
            {
                set.Add(name);
            }
        }

        return $" [{string.Join(' ', set)}]";
    }

    private static string OneLine(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestLine ? line : line[..LongestLine] + "...";
    }
}
