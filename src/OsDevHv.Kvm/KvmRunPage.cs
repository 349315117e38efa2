using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Kvm;

/// <summary>
/// A view over the page that a vCPU shares with KVM (KVM documentation, 5). Which exit members mean something is said by
/// <see cref="ExitReason"/>; all are valid until the next run. Obtained by the vCPU's owner, and not for keeping.
/// </summary>
public readonly unsafe ref struct KvmRunPage
{
    private readonly KvmRun* _page;
    private readonly int _size;

    internal KvmRunPage(KvmRun* page, int size)
    {
        _page = page;
        _size = size;
    }

    /// <summary>Why the last run returned. Stale after an interrupted one.</summary>
    public KvmExitReason ExitReason => _page->ExitReason;

    /// <summary>An interrupt could be injected, as of the last exit.</summary>
    public bool ReadyForInterruptInjection => _page->ReadyForInterruptInjection != 0;

    /// <summary>RFLAGS.IF, as of the last exit.</summary>
    public bool InterruptFlag => _page->IfFlag != 0;

    /// <summary>Ask for an exit as soon as interrupts can be injected.</summary>
    public bool RequestInterruptWindow
    {
        get => _page->RequestInterruptWindow != 0;
        set => _page->RequestInterruptWindow = value ? (byte)1 : (byte)0;
    }

    /// <summary>CR8: the guest's after a run; what the next run starts with.</summary>
    public ulong Cr8
    {
        get => _page->Cr8;
        set => _page->Cr8 = value;
    }

    /// <summary>The processor's reason of an exit that KVM does not know.</summary>
    public ulong HardwareExitReason => _page->HardwareExitReason;

    /// <summary>The processor's reason of a failed entry.</summary>
    public ulong EntryFailureReason => _page->HardwareEntryFailureReason;

    /// <summary>A port access.</summary>
    public ref readonly KvmIoExit Io => ref _page->Io;

    /// <summary>The data of a port access, all elements; empty if KVM says that it lies outside the shared pages.</summary>
    public Span<byte> IoData
    {
        get
        {
            var length = (ulong)_page->Io.Size * _page->Io.Count;
            var offset = _page->Io.DataOffset;
            return length <= (ulong)_size && offset <= (ulong)_size - length ? new Span<byte>((byte*)_page + offset, (int)length) : default;
        }
    }

    /// <summary>A memory access.</summary>
    public ref readonly KvmMmioExit Mmio => ref _page->Mmio;

    /// <summary>The data of a memory access.</summary>
    public Span<byte> MmioData => new(Unsafe.AsPointer(ref _page->Mmio.Data), (int)Math.Min(_page->Mmio.Length, 8));

    /// <summary>An access to a model-specific register; set its error to answer with #GP.</summary>
    public ref KvmMsrExit Msr => ref _page->Msr;

    /// <summary>The value of the register, 8 bytes.</summary>
    public Span<byte> MsrData => MemoryMarshal.AsBytes(new Span<ulong>(ref _page->Msr.Data));

    /// <summary>A debug exit.</summary>
    public ref readonly KvmDebugExit Debug => ref _page->Debug;

    /// <summary>An internal error of KVM.</summary>
    public ref readonly KvmInternalError InternalError => ref _page->Internal;

    /// <summary>
    /// The bytes at RIP of an instruction that KVM cannot emulate, at most 15, of which it is the first; empty where KVM does not tell.
    /// </summary>
    public Span<byte> FailedInstruction
    {
        get
        {
            ref var failure = ref _page->EmulationFailure;
            return failure.DataCount >= 3 && (failure.Flags & KvmEmulationFailure.HasInstructionBytes) != 0
                ? new Span<byte>(Unsafe.AsPointer(ref failure.Instruction), Math.Min((int)failure.InstructionSize, 15))
                : default;
        }
    }
}
