using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>A vCPU of <see cref="KvmEngine"/>: KVM's exits and registers in the engine's terms.</summary>
internal sealed partial class KvmVcpuAdapter(
    KvmVcpu vcpu, KvmProcessor processor, IGuestMemory memory, ParavirtualClock clock) : IVcpu
{
    private DebugControl _control;
    private bool _controlInForce = true;
    private bool _bringsSystemRegisters;
    private bool _interruptQueued;
    private bool _accessUnfinished;
    private bool _int3NotEmulated;

    /// <inheritdoc/>
    public int Index => vcpu.Id;

    /// <inheritdoc/>
    public XstateFormat Xstate => processor.Xstate;

    /// <inheritdoc/>
    public IReadOnlyList<CpuidLeaf> CpuidLeaves { get; init; } = [];

    /// <inheritdoc/>
    public bool CanInjectInterrupt => !_interruptQueued && vcpu.RunPage.ReadyForInterruptInjection;

    /// <inheritdoc/>
    public bool InterruptsEnabled => vcpu.RunPage.InterruptFlag;

    /// <inheritdoc/>
    public bool WantInterruptWindow
    {
        get => vcpu.RunPage.RequestInterruptWindow;
        set
        {
            var page = vcpu.RunPage;
            page.RequestInterruptWindow = value;
        }
    }

    /// <inheritdoc/>
    public Span<byte> ExitData
    {
        get
        {
            var page = vcpu.RunPage;
            return page.ExitReason switch
            {
                KvmExitReason.Io => page.IoData,
                KvmExitReason.Mmio => page.MmioData,
                KvmExitReason.ReadMsr or KvmExitReason.WriteMsr => page.MsrData,
                KvmExitReason.InternalError => page.FailedInstruction,
                _ => default,
            };
        }
    }

    /// <inheritdoc/>
    public void BindToCurrentThread() => vcpu.BindToCurrentThread();

    /// <inheritdoc/>
    public void Kick() => vcpu.Kick();

    /// <inheritdoc/>
    public void ClearKick() => vcpu.ClearKick();

    /// <inheritdoc/>
    public void KickSelf() => vcpu.KickSelf();

    /// <inheritdoc/>
    public void Run(out VcpuExit exit)
    {
        if (_control.SingleStep)
        {
            Step(out exit);
        }
        else
        {
            RunOnce(out exit);
        }
    }

    /// <inheritdoc/>
    public void FailMsr() => vcpu.RunPage.Msr.Error = 1;

    /// <inheritdoc/>
    public void InjectInterrupt(byte vector)
    {
        vcpu.Interrupt(vector);
        _interruptQueued = true;
    }

    /// <inheritdoc/>
    public void InjectNmi() => vcpu.Nmi();

    /// <summary>The writes that KVM collects for the whole machine.</summary>
    public KvmCoalescedWrites CoalescedWrites(int ringPage) => vcpu.CoalescedWrites(ringPage);

    /// <inheritdoc/>
    public void Dispose() => vcpu.Dispose();

    private void RunOnce(out VcpuExit exit)
    {
        PutDebugControlInForce();
        exit = default;
        bool left;
        do
        {
            left = vcpu.Run();
        }
        while (left && IsHaltOfAnEarlierStep());

        // From here on the run page says whether an interrupt that was queued is still on its way.
        _interruptQueued = false;
        if (left)
        {
            Translate(vcpu.RunPage, ref exit);
        }
        else
        {
            exit.Kind = VcpuExitKind.Interrupted;
        }

        _int3NotEmulated |= exit.Kind == VcpuExitKind.InstructionNotEmulated && vcpu.RunPage.FailedInstruction is [0xcc, ..];
        _accessUnfinished = exit.Kind is VcpuExitKind.PortIo or VcpuExitKind.Mmio or VcpuExitKind.Msr;
    }

    private static void Translate(KvmRunPage page, ref VcpuExit exit)
    {
        switch (page.ExitReason)
        {
            case KvmExitReason.Io:
                ref readonly var io = ref page.Io;
                exit.Kind = VcpuExitKind.PortIo;
                exit.IsWrite = io.Direction != 0;
                exit.Address = io.Port;
                exit.Size = io.Size;
                exit.Count = (int)io.Count;
                break;
            case KvmExitReason.Mmio:
                ref readonly var mmio = ref page.Mmio;
                exit.Kind = VcpuExitKind.Mmio;
                exit.IsWrite = mmio.IsWrite != 0;
                exit.Address = mmio.PhysicalAddress;
                exit.Size = (int)mmio.Length;
                exit.Count = 1;
                break;
            case KvmExitReason.ReadMsr:
            case KvmExitReason.WriteMsr:
                exit.Kind = VcpuExitKind.Msr;
                exit.IsWrite = page.ExitReason == KvmExitReason.WriteMsr;
                exit.Address = page.Msr.Index;
                exit.Size = sizeof(ulong);
                exit.Count = 1;
                break;
            case KvmExitReason.Halt:
                exit.Kind = VcpuExitKind.Halt;
                break;
            case KvmExitReason.Debug:
                ref readonly var debug = ref page.Debug;
                exit.Kind = VcpuExitKind.Debug;
                exit.Vector = (int)debug.Exception;
                exit.Address = debug.Pc;
                exit.DebugStatus = debug.Dr6;
                break;
            case KvmExitReason.Shutdown:
                exit.Kind = VcpuExitKind.Shutdown;
                break;
            case KvmExitReason.InterruptWindowOpen:
                exit.Kind = VcpuExitKind.InterruptWindow;
                break;
            case KvmExitReason.SetTpr:
                exit.Kind = VcpuExitKind.TaskPriorityLowered;
                break;
            case KvmExitReason.FailEntry:
                exit.Kind = VcpuExitKind.EntryFailed;
                exit.Value = page.EntryFailureReason;
                break;
            case KvmExitReason.InternalError when page.InternalError.Suberror == KvmInternalError.Emulation:
                exit.Kind = VcpuExitKind.InstructionNotEmulated;
                break;
            case KvmExitReason.InternalError:
                exit.Kind = VcpuExitKind.Other;
                exit.Value = (ulong)page.ExitReason;
                exit.Address = page.InternalError.Suberror;
                break;
            default:
                exit.Kind = VcpuExitKind.Other;
                exit.Value = (ulong)page.ExitReason;
                exit.Address = page.HardwareExitReason;
                break;
        }
    }
}
