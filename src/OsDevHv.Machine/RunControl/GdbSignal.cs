namespace OsDevHv.Machine.RunControl;

/// <summary>gdb's own signal numbers (include/gdb/signals.def), which a stop reply carries whatever the host's are.</summary>
internal static class GdbSignal
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int IllegalInstruction = 4;
    public const int Trap = 5;
    public const int Abort = 6;
    public const int SegmentationFault = 11;
    public const int Alarm = 14;
}
