using System.Runtime.InteropServices;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm.Host;

/// <summary>How the host's kernel schedules a thread.</summary>
public static unsafe class HostThread
{
    private const int OtherPolicy = 0;

    // The least that Linux grants.
    private const ulong ShortSlice = 100_000;

    /// <summary>
    /// Has the calling thread run at once when it wakes, though vCPUs that compute keep every processor busy. Linux lets whoever runs go on to
    /// the end of its slice, some 3 ms, unless the one that wakes has asked for shorter slices (sched(7), sched_setattr(2): since 6.12
    /// sched_runtime is the slice of an ordinary thread; before it is ignored). Its share of the processor stays the same. Where the kernel
    /// refuses, or the user has chosen another policy, all stays as it is.
    /// </summary>
    public static void AskForShortSlices()
    {
        SchedulingAttributes attributes;
        if (TryGet(&attributes) && attributes.Policy == OtherPolicy)
        {
            attributes.Runtime = ShortSlice;
            _ = Libc.Syscall(Libc.SysSchedSetAttr, 0, (nint)(&attributes), 0);
        }
    }

    /// <summary>The slice of the calling thread, in nanoseconds; 0 where the kernel does not tell.</summary>
    internal static ulong Slice
    {
        get
        {
            SchedulingAttributes attributes;
            return TryGet(&attributes) ? attributes.Runtime : 0;
        }
    }

    private static bool TryGet(SchedulingAttributes* attributes) =>
        Libc.Syscall(Libc.SysSchedGetAttr, 0, (nint)attributes, sizeof(SchedulingAttributes), 0) == 0;

    /// <summary>struct sched_attr of linux/sched/types.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SchedulingAttributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
        public uint UtilizationMinimum;
        public uint UtilizationMaximum;
    }
}
