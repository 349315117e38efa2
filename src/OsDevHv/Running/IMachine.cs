using OsDevHv.Gdb;
using OsDevHv.Machine;

namespace OsDevHv.Running;

/// <summary>A machine as the program needs it: <see cref="VirtualMachine"/>, or a scripted one in tests.</summary>
internal interface IMachine : IDisposable
{
    /// <summary>The machine as a debugger sees it.</summary>
    IDebugTarget DebugTarget { get; }

    /// <summary>The machine as one sees it who sits before it.</summary>
    IMachineView View { get; }

    /// <summary>Runs to the verdict; all output of the guest has left when it completes.</summary>
    /// <param name="waitForDebugger">Stay stopped before the first instruction until a debugger resumes.</param>
    /// <param name="stop">The user ends the run: the verdict is <see cref="VerdictKind.Stopped"/>.</param>
    Task<Verdict> RunAsync(bool waitForDebugger, CancellationToken stop);

    /// <summary>Writes what the screen shows to a PNG file, over one that is there, and says so; or says why it cannot. Any thread, while
    /// the machine is not disposed of.</summary>
    void TakeScreenshot(string file);
}
