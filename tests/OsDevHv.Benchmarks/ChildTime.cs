using System.Runtime.InteropServices;

namespace OsDevHv.Benchmarks;

/// <summary>Processor time of this process's ended children.</summary>
internal static class ChildTime
{
    private const int Children = -1;
    private const int UsageWords = 18;

    /// <summary>User and system time of all children that were waited for, so far: getrusage(2), to the microsecond.</summary>
    public static TimeSpan Total()
    {
        // struct rusage begins with two struct timeval: user time, system time.
        long[] usage = new long[UsageWords];
        return getrusage(Children, usage) == 0
            ? TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3])
            : throw new BenchException("getrusage fails");
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, [Out] long[] usage);
}
