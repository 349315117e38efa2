using System.Diagnostics.CodeAnalysis;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Input;

namespace OsDevHv.Machine;

/// <summary>A machine as one sees it who sits before it: its screen, its keyboard and mouse, its serial line, its lights.</summary>
/// <remarks>Any thread, from before the machine runs until it is disposed of. Nothing waits for the guest or makes it wait.</remarks>
public interface IMachineView
{
    /// <summary>The machine's name.</summary>
    string Name { get; }

    /// <summary>The keyboard and the mouse.</summary>
    InputDevices Input { get; }

    /// <summary>
    /// The first serial port: its name in the profile, and its console; null where there is none. Where that is stdio, it has the output of
    /// all that is connected there.
    /// </summary>
    (string Name, HostConsole Console)? SerialPort { get; }

    /// <summary>The pixels that are shown now.</summary>
    /// <param name="picture">They.</param>
    /// <param name="description">What is shown, in a few words; or why there is nothing.</param>
    /// <returns>False when there is no screen.</returns>
    bool TryCapture([NotNullWhen(true)] out Picture? picture, out string description);

    /// <summary>
    /// What each vCPU is doing, a line each, and where it is while the machine is stopped. It may go on while it is looked at: then what is
    /// told of it is a mixture, once.
    /// </summary>
    IReadOnlyList<string> DescribeVcpus();
}
