using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// Tells the user once each time that a stop finds the CPU in a mode whose code the debugger disassembles wrongly: it has one architecture
/// a session, and cannot be told of another.
/// </summary>
/// <param name="architecture">The description that sessions are given.</param>
internal sealed class ModeNotices(Func<TargetArchitecture> architecture)
{
    private string _last = "";

    /// <summary>What to say at a stop in this state; null when it was said, or there is nothing to say.</summary>
    public string? Take(VcpuSnapshot at)
    {
        string mode = CpuMode.Describe(at.General, at.System);
        if (mode == _last)
        {
            return null;
        }
        _last = mode;
        int shown = architecture() switch
        {
            TargetArchitecture.X86_64 => 64,
            TargetArchitecture.I386 => 32,
            _ => 16,
        };
        int actual = CpuMode.CodeBits(at.System);
        return shown == actual
            ? null
            : $"the CPU is in {mode}: gdb shows its {actual}-bit code as {shown}-bit code; 'monitor disassemble' shows it as it is"
                + (actual == 16 ? " (as debug.gdb.architecture: i8086 makes gdb do)" : "");
    }
}
