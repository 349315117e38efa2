using OsDevHv.Gdb;
using OsDevHv.Machine;
using OsDevHv.Profiles;

namespace OsDevHv.Running;

/// <summary>Makes real machines.</summary>
internal static class MachineFactory
{
    public static IMachine Create(MachineProfile profile, MachineOptions options) =>
        new RealMachine(VirtualMachine.Create(profile, options));

    private sealed class RealMachine(VirtualMachine machine) : IMachine
    {
        public IDebugTarget DebugTarget => machine.DebugTarget;

        public IMachineView View => machine.View;

        public Task<Verdict> RunAsync(bool waitForDebugger, CancellationToken stop) => machine.RunAsync(waitForDebugger, stop);

        public void TakeScreenshot(string file) => machine.TakeScreenshot(file);

        public void Dispose() => machine.Dispose();
    }
}
