using System.Diagnostics;
using OsDevHv.Devices;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.RunControl;

/// <summary>
/// Finds the registers of a triple fault again where the engine has lost them: KVM on AMD processors resets a vCPU before it tells of the
/// fault (arch/x86/kvm/svm/svm.c, shutdown_interception), because the processor leaves its saved state undefined. The registers of each
/// entry into the guest are kept, with the top of the stack; from the last one the code is executed again, step by step, until it faults
/// again. Other memory is not rewound, so code that reads what it has changed may go another way: that is said, and what is found is what
/// is reported.
/// </summary>
/// <remarks>All members belong to the vCPU's thread. <see cref="NoteEntry"/> allocates nothing.</remarks>
internal sealed class FaultReplay(IGuestMemory memory)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    // Return addresses are what later calls overwrite first.
    private const int StackBytes = 1024;
    private const ulong PageSize = 0x1000;

    private readonly byte[] _data = new byte[sizeof(ulong)];
    private readonly byte[] _stack = new byte[StackBytes];
    private readonly (ulong Physical, int Length)[] _stackPieces = new (ulong, int)[2];
    private GeneralRegisters _general;
    private SystemRegisters _system;
    private bool _completesAccess;
    private bool _deliversInterrupt;
    private int _dataLength;

    /// <summary>Keeps the state of an entry.</summary>
    /// <param name="vcpu">The vCPU that is about to run.</param>
    /// <param name="completesAccess">The last exit was an access, which this entry completes.</param>
    /// <param name="deliversInterrupt">An interrupt is injected.</param>
    public void NoteEntry(IVcpu vcpu, bool completesAccess, bool deliversInterrupt)
    {
        vcpu.GetGeneral(out _general);
        vcpu.GetSystem(out _system);
        _completesAccess = completesAccess;
        _deliversInterrupt = deliversInterrupt;
        KeepStack();
        if (completesAccess)
        {
            Span<byte> data = vcpu.ExitData;
            _dataLength = Math.Min(data.Length, sizeof(ulong) + 1);
            data[..Math.Min(data.Length, sizeof(ulong))].CopyTo(_data);
        }
    }

    /// <summary>
    /// After a triple fault: where the registers are lost, puts those back that can be found, and says in words which they are. Null where
    /// nothing is lost.
    /// </summary>
    public string? Recover(IVcpu vcpu)
    {
        vcpu.GetGeneral(out GeneralRegisters general);
        vcpu.GetSystem(out SystemRegisters system);
        if (!CrashReport.IsAfterReset(general, system))
        {
            return null;
        }
        const string lost = "This host's CPU had reset the vCPU before KVM could tell of the triple fault (AMD processors do). ";
        string? obstacle = Replay(vcpu, out int steps);
        if (obstacle is not null)
        {
            Put(vcpu, _general, _system);
            return $"{lost}The registers below are those with which it entered the guest last, before the fault; what came between is not "
                + $"known: {obstacle}.";
        }
        return $"{lost}The registers below were found again: from its last entry into the guest the code was executed once more, step by step, "
            + $"with memory as it is now but for the top of the stack, and after {steps} steps it faulted at this instruction, or in a handler that the instruction led to.";
    }

    /// <summary>Executes again from the last entry to the fault, and leaves the vCPU before it; or says what is in the way.</summary>
    private string? Replay(IVcpu vcpu, out int steps)
    {
        steps = 0;
        if (_deliversInterrupt)
        {
            return "an interrupt was being delivered, which cannot be done again";
        }
        if (_completesAccess && _dataLength > sizeof(ulong))
        {
            return "a string access was being completed, which cannot be done again";
        }
        if (!Put(vcpu, _general, _system))
        {
            return "the host refuses those registers";
        }
        RestoreStack();
        long start = Stopwatch.GetTimestamp();
        // A step over an instruction that faults for ever does not end by itself.
        using var limit = new Timer(static state => ((IVcpu)state!).Kick(), vcpu, s_limit, TimeSpan.FromMilliseconds(100));
        bool accessDue = _completesAccess;
        while (Stopwatch.GetElapsedTime(start) < s_limit)
        {
            vcpu.GetGeneral(out GeneralRegisters general);
            vcpu.GetSystem(out SystemRegisters system);
            vcpu.ClearKick();
            vcpu.SetDebugControl(new DebugControl(SingleStep: true, TrapInt3: false, 0, 0, 0, 0, 0));
            vcpu.Run(out VcpuExit exit);
            switch (exit.Kind)
            {
                case VcpuExitKind.Shutdown:
                    return Put(vcpu, general, system) ? null : "the host refuses the registers that were found";
                case VcpuExitKind.Debug when exit.Vector == 1:
                    steps++;
                    break;
                case VcpuExitKind.Interrupted or VcpuExitKind.InterruptWindow or VcpuExitKind.TaskPriorityLowered:
                    break;
                case VcpuExitKind.PortIo or VcpuExitKind.Mmio or VcpuExitKind.Msr when accessDue:
                    accessDue = false;
                    Span<byte> data = vcpu.ExitData;
                    _data.AsSpan(0, Math.Min(data.Length, sizeof(ulong))).CopyTo(data);
                    break;
                default:
                    return $"executed again, the code went another way ({exit.Kind} after {steps} steps), since memory is not as it was then";
            }
        }
        return $"executed again step by step, the code had not faulted after {steps} steps and {s_limit.TotalSeconds} s";
    }

    private void KeepStack()
    {
        ulong stack = Engine.CpuMode.LinearStack(_general, _system);
        int done = 0;
        for (int i = 0; i < _stackPieces.Length; i++)
        {
            ulong linear = unchecked(stack + (ulong)done);
            int length = (int)Math.Min((ulong)(StackBytes - done), PageSize - (linear % PageSize));
            bool kept = length > 0
                && PageWalk.TryTranslate(memory, _system, linear, out Translation at)
                && memory.TryRead(at.PhysicalAddress, _stack.AsSpan(done, length))
                && Note(i, at.PhysicalAddress, length);
            if (!kept)
            {
                _stackPieces[i] = default;
            }
            done += length;
        }
    }

    private bool Note(int piece, ulong physical, int length)
    {
        _stackPieces[piece] = (physical, length);
        return true;
    }

    private void RestoreStack()
    {
        int done = 0;
        foreach ((ulong physical, int length) in _stackPieces)
        {
            _ = length > 0 && memory.TryWrite(physical, _stack.AsSpan(done, length));
            done += length;
        }
    }

    private static bool Put(IVcpu vcpu, in GeneralRegisters general, in SystemRegisters system)
    {
        bool accepted = vcpu.TrySetSystem(system);
        vcpu.SetGeneral(general);
        return accepted;
    }
}
