using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.RunControl;

public sealed class ScriptedStoppingTests : StoppingInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus);
}

public sealed class ScriptedSteppingTests : SteppingInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus);
}

/// <summary>An engine that does not say when a step ends with an access: it is seen by RIP.</summary>
public sealed class ScriptedSilentSteppingTests : SteppingInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus, debugExitOnCompletion: false);
}

public sealed class ScriptedRangeTests : RangeInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus);
}

/// <summary>Breakpoints inside the range that only stepping finds.</summary>
public sealed class ScriptedSteppedRangeTests : RangeInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus, SoftwareBreakpointTechnique.None);
}

public sealed class Int3BreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus);
}

public sealed class GuardedInt3BreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus, debugRegisters: true);
}

public sealed class NotEmulatedInt3BreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) =>
        new ScriptedRig(code, vcpus, SoftwareBreakpointTechnique.Int3NotEmulated);
}

public sealed class PlantedHaltBreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus, SoftwareBreakpointTechnique.PlantedHalt);
}

public sealed class DebugRegisterBreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) =>
        new ScriptedRig(code, vcpus, SoftwareBreakpointTechnique.None, debugRegisters: true);
}

public sealed class SteppedBreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new ScriptedRig(code, vcpus, SoftwareBreakpointTechnique.None);
}
