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
            writer.WriteLine("To see them, let registers be kept (debug.watch-faults: on), or break in the exception handlers.");
        }

        if (context.RegistersNote is { } note)
        {
            writer.WriteLine(note);
        }

        WriteException(writer, context, vcpu, cpu, checkGates: !isAfterReset);
        RegisterText.Write(writer, cpu, vcpu.Index, OneLine(vcpu.Activity));
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
        OperandReport.Write(writer, cpu);
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
                RegisterText.Write(writer, cpu, vcpu.Index, OneLine(vcpu.Activity));
                writer.WriteLine($"  at 0x{cpu.LinearRip:x}{SymbolText.Suffix(context.Symbols, cpu.LinearRip)}");
            }
            else
            {
                writer.WriteLine($"CPU {vcpu.Index}, {OneLine(vcpu.Activity)}: "
                    + $"0x{cpu.LinearRip:x}{SymbolText.Suffix(context.Symbols, cpu.LinearRip)}, {cpu.Describe()}");
            }
        }
    }

    private static string OneLine(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestLine ? line : line[..LongestLine] + "...";
    }
}
