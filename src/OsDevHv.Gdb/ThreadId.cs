namespace OsDevHv.Gdb;

/// <summary>
/// A thread id as the protocol has them: vCPU index + 1, 0 for any thread, all ones for all. The machine is process 1 for clients that
/// count processes (<c>p1.2</c>).
/// </summary>
internal readonly record struct ThreadId(ulong Number)
{
    /// <summary>-1: all threads.</summary>
    public static ThreadId All => new(ulong.MaxValue);

    /// <summary>0: any thread.</summary>
    public static ThreadId Any => new(0);

    /// <summary>A thread of a process that there is not.</summary>
    public static ThreadId OfNoProcess => new(ulong.MaxValue - 1);

    /// <summary>The thread of a vCPU.</summary>
    public static ThreadId Of(int vcpu) => new((ulong)vcpu + 1);

    /// <summary>The vCPU meant, when it is one of <paramref name="vcpuCount"/>.</summary>
    public bool TryGetVcpu(int vcpuCount, out int vcpu)
    {
        bool exists = Number >= 1 && Number <= (ulong)vcpuCount;
        vcpu = exists ? (int)(Number - 1) : 0;
        return exists;
    }
}
