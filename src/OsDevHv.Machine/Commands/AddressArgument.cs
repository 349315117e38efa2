using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Commands;

/// <summary>
/// An address in a command, as <see cref="AddressExpression"/> reads it: a hexadecimal number, SEG:OFF, $REGISTER, a symbol.
/// </summary>
internal static class AddressArgument
{
    /// <summary>The linear address.</summary>
    /// <exception cref="MonitorException">It is missing, or none.</exception>
    public static ulong Parse(IMonitoredMachine machine, int vcpu, string? text)
    {
        if (text is null)
        {
            throw new MonitorException("which address? a hexadecimal number, SEG:OFF, $REGISTER or a symbol");
        }
        CpuState cpu = machine.StateOf(vcpu);
        var context = new AddressContext(
            machine.Memory,
            cpu.General,
            cpu.System,
            machine.Symbols.HasAny ? name => machine.Symbols.TryFindAddress(name, out ulong address) ? address : null : null);
        return AddressExpression.TryEvaluate(text, context, out ulong linear, out string? error) ? linear : throw new MonitorException(error!);
    }
}
