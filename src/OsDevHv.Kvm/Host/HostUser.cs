using System.Runtime.InteropServices;

namespace OsDevHv.Kvm.Host;

/// <summary>The user that this process runs as.</summary>
public static partial class HostUser
{
    /// <summary>The effective user's number, geteuid(2). Any thread.</summary>
    public static uint Id => GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
