using OsDevHv.Devices;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Platform;

/// <summary>Tells what the guest does wrong to devices, and where, under <c>--trace guest-errors</c>. Any thread.</summary>
internal sealed class GuestErrorTrace(TextWriter messages, TraceSwitches switches) : IGuestErrorLog
{
    // A guest that is wrong in a loop is not to fill the disk.
    private const int MaximumLines = 1000;

    private int _lines;

    /// <inheritdoc/>
    public void Report(string device, string problem, ulong value)
    {
        if (!switches.IsOn(TraceCategories.GuestErrors))
        {
            return;
        }
        int line = Interlocked.Increment(ref _lines);
        if (line > MaximumLines)
        {
            return;
        }
        string place = VcpuThread.OfThisThread is { } vcpu ? $", CPU {vcpu.Index} at RIP {vcpu.CurrentRip:x}h" : "";
        messages.WriteLine($"guest error: {device}: {problem} ({value:x}h){place}");
        if (line == MaximumLines)
        {
            messages.WriteLine("guest error: further ones are not shown");
        }
    }
}
