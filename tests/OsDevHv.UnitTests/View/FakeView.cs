using System.Diagnostics.CodeAnalysis;
using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Input;
using OsDevHv.Tests.Consoles;

namespace OsDevHv.Tests.View;

/// <summary>A machine to look at whose screen the test draws, and whose serial port takes <see cref="Room"/> bytes.</summary>
#pragma warning disable CA1001 // The console has a background thread and nothing else: it ends with the tests.
internal sealed class FakeView : IMachineView
#pragma warning restore CA1001
{
    private readonly HostConsole _console = new("com1", new FakeEnd(), watcher: null, discards: false, new ConsoleBacklog());
    private readonly List<byte> _typed = [];

    public FakeView() => _console.TryConnectInput(bytes =>
    {
        lock (_typed)
        {
            int count = Math.Min(bytes.Length, Room - _typed.Count);
            _typed.AddRange(bytes[..count]);
            return count;
        }
    });

    public Picture? Shown { get; set; }

    public int Room { get; set; } = int.MaxValue;

    public int Captures { get; private set; }

    public byte[] Typed
    {
        get
        {
            lock (_typed)
            {
                return [.. _typed];
            }
        }
    }

    public string Name => "fake <b>";

    public InputDevices Input { get; } = new();

    public (string Name, HostConsole Console)? SerialPort => ("com1", _console);

    public bool TryCapture([NotNullWhen(true)] out Picture? picture, out string description)
    {
        Captures++;
        picture = Shown;
        description = picture is null ? "no screen" : "a picture";
        return picture is not null;
    }

    public IReadOnlyList<string> DescribeVcpus() => ["vCPU 0: halted"];
}
