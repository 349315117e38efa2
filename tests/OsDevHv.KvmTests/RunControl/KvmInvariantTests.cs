namespace OsDevHv.Tests.RunControl;

public sealed class KvmStoppingTests : StoppingInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new KvmRig(code, vcpus);
}

[Trait("Suite", "debugger")]
public sealed class KvmSteppingTests : SteppingInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new KvmRig(code, vcpus);
}

[Trait("Suite", "debugger")]
public sealed class KvmBreakpointTests : BreakpointInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new KvmRig(code, vcpus);
}

public sealed class KvmRangeTests : RangeInvariants
{
    protected override RunControlRig Create(byte[] code, int vcpus = 1) => new KvmRig(code, vcpus);
}
