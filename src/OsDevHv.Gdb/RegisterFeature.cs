namespace OsDevHv.Gdb;

/// <summary>
/// A feature of target.xml: a run of registers under a name. gdb knows the names of its own, and takes others as they are.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="First">The number of its first register.</param>
/// <param name="End">The number after its last register.</param>
internal sealed record RegisterFeature(string Name, int First, int End)
{
    public const string Core = "org.gnu.gdb.i386.core";
    public const string Sse = "org.gnu.gdb.i386.sse";
    public const string Avx = "org.gnu.gdb.i386.avx";
    public const string Avx512 = "org.gnu.gdb.i386.avx512";
    public const string ProtectionKeys = "org.gnu.gdb.i386.pkeys";
    public const string System = "org.osdevhv.x86.system";
    public const string Debug = "org.osdevhv.x86.debug";
    public const string Msrs = "org.osdevhv.x86.msr";
    public const string MemoryTypes = "org.osdevhv.x86.mtrr";
}
