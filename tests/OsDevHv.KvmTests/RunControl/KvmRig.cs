using OsDevHv.Gdb;
using OsDevHv.Kvm;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using OsDevHv.Machine.Memory;
using OsDevHv.Machine.Platform;
using OsDevHv.Machine.RunControl;
using OsDevHv.Tests.Kvm;
using MemoryRange = OsDevHv.Gdb.MemoryRange;

namespace OsDevHv.Tests.RunControl;

/// <summary>The rig on this host's KVM: 1 MiB of RAM, flat 32-bit code, breakpoints as this host makes them.</summary>
internal sealed class KvmRig : RunControlRig
{
    private readonly MemoryMap _map = new(MemoryMap.MinimumRam);
    private readonly GuestRam _ram;
    private readonly KvmEngine _engine;
    private readonly GuestPhysicalMemory _memory;

    public KvmRig(byte[] code, int vcpus, IInterruptSource? interrupts = null)
    {
        _ram = new GuestRam(_map.RamBytes);
        _memory = new GuestPhysicalMemory(_map, _ram);
        Assert.True(_memory.TryWrite(CodeBase, code));
        _engine = new KvmEngine(_ram, new CpuFeatures(vcpus));
        _engine.SetMemoryLayout(_map.Backing);
        IVcpu[] cpus = [.. Enumerable.Range(0, vcpus).Select(_engine.CreateVcpu)];
        Connect(cpus, _memory, interrupts, controller => new MachineDebugTarget(controller, new DebugTargetParts(
            _memory,
            [new MemoryRange(0, _map.RamBytes, IsRam: true)],
            () => TargetArchitecture.I386,
            () => Host.Engine,
            pages => _engine.SetMemoryLayout(ReadOnlyPages.Apply(_map.Backing, pages)),
            (command, _) => Task.FromResult(command),
            _ => { })));
    }

    public override byte[] MemoryBytes(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(address, bytes));
        return bytes;
    }

    /// <summary>Writes to RAM, while the machine is stopped.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes) => Assert.True(_memory.TryWrite(address, bytes));

    public override void Dispose()
    {
        base.Dispose();
        _engine.Dispose();
        _ram.Dispose();
    }

    protected override void PrepareVcpu(IVcpu cpu)
    {
        cpu.ResetState();
        cpu.GetSystem(out SystemRegisters system);
        Assert.True(cpu.TrySetSystem(Flat(system)));
        // With interrupts on, though none comes: the emulated VMX of one test host lets nothing interrupt a guest that spins with them off.
        const ulong interruptFlag = 1 << 9;
        cpu.SetGeneral(new GeneralRegisters { Rip = CodeBase, Rflags = ControlBits.RflagsFixed | interruptFlag });
    }
}
