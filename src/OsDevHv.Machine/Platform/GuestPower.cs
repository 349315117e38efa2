using OsDevHv.Devices;
using OsDevHv.Machine.RunControl;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Platform;

/// <summary>Turns what the guest does to the whole machine into verdicts, as the profile maps them. Called on vCPU threads.</summary>
internal sealed class GuestPower(VerdictProfile profile) : IPowerControl
{
    private ExecutionController? _controller;
    private Action? _reboot;

    /// <summary>Connects it; before the first vCPU runs.</summary>
    /// <param name="controller">Who ends the run.</param>
    /// <param name="reboot">Boots the machine again, with every vCPU parked.</param>
    public void Connect(ExecutionController controller, Action reboot)
    {
        _controller = controller;
        _reboot = reboot;
    }

    /// <inheritdoc/>
    public void PowerOff(string source)
    {
        // Where the profile says what passing looks like, turning off without saying so is not it.
        int code = profile.PassValues.Count == 0 ? ExitCodes.Passed : ExitCodes.PoweredOffUnjudged;
        _controller!.End(new Verdict(VerdictKind.PoweredOff, source, code));
    }

    /// <inheritdoc/>
    public void Reset(string source)
    {
        if (profile.OnReset == ResetAction.Reboot)
        {
            _controller!.Service(_reboot!);
            return;
        }
        _controller!.End(new Verdict(VerdictKind.Reset, source, ExitCodes.Reset));
    }

    /// <inheritdoc/>
    public void DebugExit(uint value) => _controller!.End(Judge(value) with { ExitValue = value });

    private Verdict Judge(uint value)
    {
        string detail = $"isa-debug-exit value {value:x}h";
        if (profile.PassValues.Contains(value))
        {
            return new Verdict(VerdictKind.Passed, detail, ExitCodes.Passed);
        }
        if (profile.FailValues.Contains(value))
        {
            return new Verdict(VerdictKind.Failed, detail, ExitCodes.Failed);
        }
        VerdictKind kind = profile.PassValues.Count > 0 ? VerdictKind.Failed : VerdictKind.Exited;
        return new Verdict(kind, detail, ExitCodes.OfDebugExit(value));
    }
}
