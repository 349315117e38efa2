using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <summary>
/// A vCPU's last exits, kept instead of log lines. Written by the vCPU's thread without allocating; read while it is parked.
/// </summary>
internal sealed class ExitRing
{
    private const int Size = 16;

    private readonly VcpuExit[] _exits = new VcpuExit[Size];
    private readonly ulong[] _rips = new ulong[Size];
    private ulong _count;

    /// <summary>How many there were in all. Any thread; of a running vCPU, a moment ago.</summary>
    public ulong Count => Volatile.Read(ref _count);

    /// <summary>Remembers an exit, in place of the oldest.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="rip">
    /// RIP as the engine gives it then: on the instruction or behind it, as the kind of exit and the host will have it.
    /// </param>
    public void Record(in VcpuExit exit, ulong rip)
    {
        ulong at = _count++ % Size;
        _exits[at] = exit;
        _rips[at] = rip;
    }

    /// <summary>The exits in words, oldest first.</summary>
    public IReadOnlyList<string> Describe()
    {
        int count = (int)Math.Min(_count, Size);
        var lines = new List<string>(count);
        for (ulong i = _count - (ulong)count; i < _count; i++)
        {
            lines.Add($"{Describe(_exits[i % Size])}, RIP {_rips[i % Size]:x}h");
        }
        return lines;
    }

    private static string Describe(in VcpuExit exit)
    {
        string verb = exit.IsWrite ? "write" : "read";
        return exit.Kind switch
        {
            VcpuExitKind.PortIo => $"port {exit.Address:x}h, {verb} of {exit.Size} byte(s){(exit.Count > 1 ? $", {exit.Count} times" : "")}",
            VcpuExitKind.Mmio => $"memory {exit.Address:x}h, {verb} of {exit.Size} byte(s)",
            VcpuExitKind.Msr => $"MSR {exit.Address:x}h, {verb}",
            VcpuExitKind.Halt => "HLT",
            VcpuExitKind.Debug => $"debug exception {exit.Vector} at {exit.Address:x}h",
            VcpuExitKind.Shutdown => "triple fault",
            VcpuExitKind.InstructionNotEmulated => "an instruction that this host's KVM cannot execute",
            VcpuExitKind.Other => $"KVM exit {exit.Value}",
            _ => exit.Kind.ToString(),
        };
    }
}
