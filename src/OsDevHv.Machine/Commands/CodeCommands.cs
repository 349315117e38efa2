using System.Globalization;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Commands;

/// <summary>Code and callers: <c>disassemble</c>, <c>backtrace</c>. In every mode, by CS as it is now.</summary>
internal sealed class CodeCommands(IMonitoredMachine machine)
{
    private const int UsualInstructions = 10;
    private const int MostInstructions = 1000;
    private const int LongestInstruction = 15;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("disassemble", "[VA [COUNT]]", "instructions around the current one, or from an address on", DisassembleAt)
        {
            NeedsStop = true,
            Details = "16-, 32- or 64-bit code as CS says, in AT&T syntax with the kernel's symbols. Addresses are linear.\n",
        },
        new("backtrace", "", "the callers, by frame pointers", Backtrace)
        {
            NeedsStop = true,
            Aliases = ["bt", "where"],
            Details = "Only code that keeps frame pointers (-fno-omit-frame-pointer) has the chain. It ends where a frame is not mapped, is not\n"
                + "above the one before, or has no return address.\n",
        },
    ];

    /// <summary>Instructions from an address on, up to the first that cannot be read.</summary>
    public string Disassemble(CpuState cpu, ulong linear, int count)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        byte[] code = new byte[Math.Min(count, MostInstructions) * LongestInstruction];
        int length = cpu.ReadSome(linear, code);
        if (length == 0)
        {
            throw new MonitorException($"0x{linear:x} is not mapped to RAM");
        }
        CodeListing.WriteFrom(writer, cpu, new CodePlace(linear, Math.Min(count, MostInstructions)), code.AsSpan(0, length), machine.Symbols);
        return writer.ToString();
    }

    private string DisassembleAt(MonitorCall call)
    {
        CpuState cpu = machine.StateOf(call.Vcpu);
        if (call[0] is null)
        {
            using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
            CodeListing.Write(writer, cpu, machine.Symbols);
            return writer.ToString();
        }
        int count = call[1] is { } given ? MonitorNumbers.ParseUpTo(given, "the count", MostInstructions) : UsualInstructions;
        return Disassemble(cpu, AddressArgument.Parse(machine, call.Vcpu, call[0]), count);
    }

    private string Backtrace(MonitorCall call)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        StackListing.WriteCallers(writer, machine.StateOf(call.Vcpu), machine.Symbols);
        if (!machine.Symbols.HasAny)
        {
            writer.WriteLine("(no symbols: the kernel's file has none)");
        }
        return writer.ToString();
    }
}
