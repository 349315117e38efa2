using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// A vCPU at a breakpoint, for judging there and then whether the breakpoint counts. Owned by the vCPU's thread and used again at each hit,
/// so that a hit allocates nothing.
/// </summary>
internal sealed class TrapContext(IVcpu vcpu) : IAgentMachine
{
    private readonly RegisterFile _registers = new();
    private RegisterGroups _filled;
    private ArmedTraps _traps = ArmedTraps.None;

#pragma warning disable CA1051 // Large structs: passed by reference, never copied for a property.
    /// <summary>General registers, RIP on the breakpoint.</summary>
    public GeneralRegisters General;

    /// <summary>System registers.</summary>
    public SystemRegisters System;
#pragma warning restore CA1051

    /// <summary>From 0.</summary>
    public int Vcpu => vcpu.Index;

    /// <summary>The linear address of the breakpoint.</summary>
    public ulong LinearPc => CpuMode.LinearPc(General, System);

    /// <summary>How registers are read; set before there are conditions.</summary>
    public DebugRegisterFile? File { get; set; }

    /// <summary>Guest-physical memory.</summary>
    public IGuestMemory Memory => _traps.Memory;

    /// <summary>Looks at the vCPU.</summary>
    public void Take(ArmedTraps traps)
    {
        _traps = traps;
        _filled = RegisterGroups.None;
        vcpu.GetGeneral(out General);
        vcpu.GetSystem(out System);
    }

    /// <inheritdoc/>
    public RegisterFile Registers(RegisterGroups groups)
    {
        RegisterGroups missing = groups & ~_filled;
        if (missing != RegisterGroups.None)
        {
            File!.ReadLive(vcpu, (General, System), missing, _registers);
            _filled |= missing;
        }
        return _registers;
    }

    /// <inheritdoc/>
    public bool TryReadMemory(ulong address, Span<byte> destination)
    {
        const ulong pageSize = 4096;
        for (int done = 0; done < destination.Length;)
        {
            ulong linear = unchecked(address + (ulong)done);
            int length = (int)Math.Min((ulong)(destination.Length - done), pageSize - (linear % pageSize));
            if (!PageWalk.TryTranslate(Memory, System, linear, out Translation at)
                || !_traps.Planted.TryReadBeneath(at.PhysicalAddress, destination.Slice(done, length)))
            {
                return false;
            }
            done += length;
        }
        return true;
    }
}
