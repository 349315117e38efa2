using System.Runtime.InteropServices;

namespace OsDevHv.Kvm.Native;

/// <summary>
/// The C library calls of this assembly. Every parameter is blittable, so a call is a call: no marshalling, no allocation.
/// None is marked as free of a GC transition, since each can block.
/// </summary>
internal static unsafe partial class Libc
{
    public const int OpenReadWrite = 0x2;
    public const int OpenCloseOnExec = 0x80000;
    public const int ProtRead = 0x1;
    public const int ProtWrite = 0x2;
    public const int MapShared = 0x1;
    public const int MapPrivate = 0x2;
    public const int MapFixed = 0x10;
    public const int MapAnonymous = 0x20;
    public const int MapNoReserve = 0x4000;
    public const uint MemfdCloseOnExec = 1;
    public const int MadviseDontNeed = 4;
    public const int SigUnblock = 1;
    public const int SaRestart = 0x10000000;
    public const long SysGetTid = 186;
    public const long SysTgkill = 234;
    public const long SysSchedSetAttr = 314;
    public const long SysSchedGetAttr = 315;

    /// <summary>What mmap returns for an error.</summary>
    public static readonly void* MapFailed = (void*)-1;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int fd, nuint request, nuint argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    public static partial int MemfdCreate(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Ftruncate(int fd, nint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Madvise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SigAction(int signal, SignalAction* action, SignalAction* old);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    public static partial int PthreadSigMask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport("libc", EntryPoint = "__libc_current_sigrtmin")]
    public static partial int CurrentSigRtMin();

    [LibraryImport("libc", EntryPoint = "__libc_current_sigrtmax")]
    public static partial int CurrentSigRtMax();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(long number, nint first, nint second, nint third, nint fourth = 0);
}

/// <summary>sigset_t of glibc on x86-64.</summary>
internal unsafe struct SignalSet
{
    public fixed ulong Bits[16];

    public void Add(int signal) => Bits[(signal - 1) / 64] |= 1UL << ((signal - 1) % 64);
}

/// <summary>struct sigaction of glibc on x86-64.</summary>
internal struct SignalAction
{
    public nint Handler;
    public SignalSet Mask;
    public int Flags;
    public nint Restorer;
}
