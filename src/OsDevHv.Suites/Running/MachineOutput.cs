using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;

namespace OsDevHv.Suites.Running;

/// <summary>What gathers what one machine prints and tells, for one attempt after the other.</summary>
/// <param name="further">Who else takes what a device prints, by the device's name; null is nobody.</param>
internal sealed class MachineOutput(Func<string, OutputReceiver?>? further)
{
    private readonly Lock _lock = new();
    private readonly OutputTail _before = new();
    private volatile CaseOutput? _current;

    /// <summary>What the machine tells its user.</summary>
    public MessageLog Messages { get; } = new();

    /// <summary>The options of a machine whose output comes here.</summary>
    public MachineOptions Options() => new() { Messages = Messages, Capture = Capture, ReadsStandardInput = false };

    /// <summary>What comes next is an attempt's.</summary>
    public void StartAnew(CaseOutput output)
    {
        Messages.StartAnew();
        _current = output;
    }

    /// <summary>The end of what was printed before the first attempt: on the way to a snapshot.</summary>
    public string Printed
    {
        get
        {
            lock (_lock)
            {
                return _before.ToString();
            }
        }
    }

    private OutputReceiver Capture(string device)
    {
        OutputReceiver? listener = further?.Invoke(device);
        return bytes =>
        {
            int taken = Take(device, bytes);
            // Outside all locks: whoever listens may be slow.
            listener?.Invoke(bytes[..taken]);
        };
    }

    private int Take(string device, ReadOnlySpan<byte> bytes)
    {
        if (_current is { } output)
        {
            return output.Take(device, bytes);
        }

        lock (_lock)
        {
            _before.Write(bytes);
        }

        return bytes.Length;
    }
}
