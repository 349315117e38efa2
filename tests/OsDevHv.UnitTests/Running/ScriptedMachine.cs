using OsDevHv.Gdb;
using OsDevHv.Machine;
using OsDevHv.Running;
using OsDevHv.Tests.Gdb;
using OsDevHv.Tests.View;

namespace OsDevHv.Tests.Running;

/// <summary>A machine whose run is a function.</summary>
internal sealed class ScriptedMachine(Func<bool, CancellationToken, Task<Verdict>> run) : IMachine
{
    public IDebugTarget DebugTarget { get; } = new FakeMachine();

    public IMachineView View { get; } = new FakeView();

    public bool IsDisposed { get; private set; }

    public Task<Verdict> RunAsync(bool waitForDebugger, CancellationToken stop) => run(waitForDebugger, stop);

    public List<string> Screenshots { get; } = [];

    public void TakeScreenshot(string file) => Screenshots.Add(file);

    public void Dispose() => IsDisposed = true;
}
