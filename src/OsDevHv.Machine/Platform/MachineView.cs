using System.Diagnostics.CodeAnalysis;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Input;

namespace OsDevHv.Machine.Platform;

/// <summary>The view of a real machine.</summary>
internal sealed class MachineView(VirtualMachine machine) : IMachineView
{
    /// <inheritdoc/>
    public string Name => machine.Profile.Name;

    /// <inheritdoc/>
    public InputDevices Input => machine.Input;

    /// <inheritdoc/>
    public (string Name, HostConsole Console)? SerialPort => machine.Board.SerialPort;

    /// <inheritdoc/>
    public bool TryCapture([NotNullWhen(true)] out Picture? picture, out string description) =>
        machine.Screen.TryCapture(out picture, out description);

    /// <inheritdoc/>
    public IReadOnlyList<string> DescribeVcpus()
    {
        string[] lines = new string[machine.Target.VcpuCount];
        for (int i = 0; i < lines.Length; i++)
        {
            string where = machine.Target.IsStopped ? $" at {machine.Controller.Vcpus[i].Snapshot.LinearPc:x}h" : "";
            lines[i] = $"vCPU {i}: {machine.Target.DescribeVcpu(i)}{where}";
        }

        return lines;
    }
}
