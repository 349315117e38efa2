using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OsDevHv.Kvm.Abi;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <summary>One vCPU of a <see cref="KvmVm"/>.</summary>
/// <remarks>
/// <para>Belongs to one thread from <see cref="BindToCurrentThread"/> on; every other member then throws on any other thread, except
/// <see cref="Kick"/> and <see cref="Dispose"/>. Before, it may be set up by any thread.</para>
/// <para>Registers are kept in the run page, which KVM fills at each exit and reads at each entry where the host has KVM_CAP_SYNC_REGS:
/// reading them after a run, and setting the general ones, then costs no system call. Measured on an exit of 7.2 us whose ioctls cost
/// 4.7 us each, filling in the general registers adds 0.04 us and the system registers 0.15 us more, and on an Intel processor those are
/// some thirty reads of the VMCS: hence the general registers always, and the system registers only on demand.</para>
/// </remarks>
public sealed unsafe partial class KvmVcpu : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly int _descriptor;
    private readonly int _pageSize;
    private readonly KvmSyncSets _synchronised;

    // Keeps the run page in place while a kick writes to it. Innermost: nothing else is locked or called while it is held but tgkill.
    private readonly Lock _kickGate = new();

    private KvmRun* _page;
    private KvmSyncSets _valid;
    private int _owner;
    private nint _ownerThreadId;

    internal KvmVcpu(int id, SafeFileHandle file, int pageSize, KvmSyncSets synchronised)
    {
        Id = id;
        _file = file;
        _descriptor = (int)file.DangerousGetHandle();
        _pageSize = pageSize;
        _synchronised = synchronised;
        var page = Libc.Mmap(null, (nuint)pageSize, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, _descriptor, 0);
        if (page == Libc.MapFailed)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw new KvmException("mmap of the run page", error);
        }

        _page = (KvmRun*)page;
        _page->ValidRegisters = synchronised & KvmSyncSets.Regs;
    }

    /// <summary>From 0; also the APIC id.</summary>
    public int Id { get; }

    /// <summary>Whether each exit shall bring the system registers along, for an owner that looks at them every time.</summary>
    public bool BringSystemRegisters
    {
        set
        {
            AssertOwner();
            _page->ValidRegisters = _synchronised & (value ? KvmSyncSets.Regs | KvmSyncSets.Sregs : KvmSyncSets.Regs);
        }
    }

    /// <summary>The page shared with KVM.</summary>
    public KvmRunPage RunPage
    {
        get
        {
            AssertOwner();
            return new KvmRunPage(_page, _pageSize);
        }
    }

    /// <summary>Makes the calling thread the owner, for good.</summary>
    public void BindToCurrentThread()
    {
        AssertOwner();
        var threadId = VcpuKicker.PrepareCurrentThread();
        lock (_kickGate)
        {
            _ownerThreadId = threadId;
            _owner = Environment.CurrentManagedThreadId;
        }
    }

    /// <summary>
    /// Makes the present or the next <see cref="Run"/> return soon. Sticky until <see cref="ClearKick"/>. Any thread, at any time, even
    /// after
    /// <see cref="Dispose"/>.
    /// </summary>
    public void Kick()
    {
        lock (_kickGate)
        {
            if (_page is null)
            {
                return;
            }

            // The flag first: the signal alone is lost when it arrives between the owner's last look and its entry into KVM_RUN.
            // Where the flag is set already, its signal was sent, or the owner set it and is about to look: another would only pile up.
            bool kicked = Interlocked.Exchange(ref _page->ImmediateExit, 1) != 0;
            if (!kicked && _ownerThreadId != 0 && _owner != Environment.CurrentManagedThreadId)
            {
                VcpuKicker.Interrupt(_ownerThreadId);
            }
        }
    }

    /// <summary>Sets the flag that <see cref="Kick"/> sets, for the owner itself: no signal is needed.</summary>
    public void KickSelf()
    {
        AssertOwner();
        Volatile.Write(ref _page->ImmediateExit, 1);
    }

    /// <summary>
    /// Takes kicks back. The owner must then fence (<see cref="Interlocked.MemoryBarrier"/>) and look at what was wanted.
    /// </summary>
    public void ClearKick()
    {
        AssertOwner();
        Volatile.Write(ref _page->ImmediateExit, 0);
    }

    /// <summary>
    /// KVM_RUN. True: the guest was left for <see cref="KvmRunPage.ExitReason"/>; false: kicked, and the last exit is completed.
    /// </summary>
    /// <exception cref="KvmException">KVM cannot go on, for a reason that is the host's.</exception>
    public bool Run()
    {
        AssertOwner();
        while (Libc.Ioctl(_descriptor, KvmIoctls.Run, 0) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Errno.Interrupted || (error == Errno.Again && Volatile.Read(ref _page->ImmediateExit) != 0))
            {
                _valid = _page->ValidRegisters;
                return false;
            }

            if (error != Errno.Again)
            {
                _valid = KvmSyncSets.None;
                throw new KvmException("KVM_RUN", error);
            }
        }

        _valid = _page->ValidRegisters;
        return _page->ExitReason != KvmExitReason.Interrupted;
    }

    /// <summary>Unmaps and closes. Only once the owner runs no more; kicks are then ignored.</summary>
    public void Dispose()
    {
        lock (_kickGate)
        {
            if (_page is null)
            {
                return;
            }

            _ = Libc.Munmap(_page, (nuint)_pageSize);
            _page = null;
        }

        _file.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AssertOwner()
    {
        if (_owner != Environment.CurrentManagedThreadId || _page is null)
        {
            CheckOwner();
        }
    }

    private void CheckOwner()
    {
        ObjectDisposedException.ThrowIf(_page is null, this);
        if (_owner != 0)
        {
            throw new InvalidOperationException($"vCPU {Id} belongs to another thread: reach it through that thread's mailbox.");
        }
    }

    private bool TryCall(uint request, void* argument, string name)
    {
        if (Libc.Ioctl(_descriptor, request, (nuint)argument) >= 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is Errno.Invalid or Errno.Busy ? false : throw new KvmException(name, error);
    }

    private int Call(uint request, void* argument, string name)
    {
        var result = Libc.Ioctl(_descriptor, request, (nuint)argument);
        return result >= 0 ? result : throw new KvmException(name, Marshal.GetLastPInvokeError());
    }
}
