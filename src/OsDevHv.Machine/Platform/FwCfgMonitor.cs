using System.Text;
using OsDevHv.Devices;

namespace OsDevHv.Machine.Platform;

/// <summary><c>monitor info fw-cfg</c>: the files of the firmware configuration device, and the frame that was set up through it.</summary>
internal sealed class FwCfgMonitor(DeviceBoard board)
{
    public string Info()
    {
        if (board.FirmwareItems is not { } items)
        {
            return "there is no fw-cfg device\n";
        }
        var text = new StringBuilder();
        foreach (FwCfgFile file in items.Files)
        {
            text.Append($"{file.Key:x4}h {file.Length,9} bytes {(file.IsWritable ? "rw" : "r-")} {file.Name}\n");
        }
        if (board.Screens.Ramfb is { } ramfb)
        {
            text.Append(ramfb() is { } shown ? $"ramfb: {Describe(shown)}\n" : "ramfb: not set up by the guest\n");
        }
        return text.ToString();
    }

    private static string Describe(FrameLayout frame) =>
        $"{frame.Width}x{frame.Height} {frame.Format} at {frame.Address:x}h, {frame.Stride} bytes from row to row";
}
