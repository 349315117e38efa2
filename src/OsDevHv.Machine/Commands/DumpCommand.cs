using OsDevHv.Gdb;
using OsDevHv.Machine.Core;

namespace OsDevHv.Machine.Commands;

/// <summary><c>dump</c>: the machine as a core file.</summary>
internal sealed class DumpCommand(IMonitoredMachine machine, IDebugTarget target)
{
    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("dump", "[-p|-r] FILE", "write all memory and registers to an ELF core file on this host, over one that is there", DumpAsync)
        {
            NeedsStop = true,
            Aliases = ["dump-guest-memory"],
            Details = "'gdb kernel.elf FILE' shows the kernel's memory where it was mapped and each CPU as a thread, the current one first.\n"
                + "In a 64-bit file gdb finds physical memory as well, at 0x4000000000000000 and the physical address. Tools that translate\n"
                + "addresses themselves find all RAM by its physical address, and registers in the notes QEMU writes.\n"
                + "-p is this; -r leaves the mappings out. Pages of zeros take no room.\n",
        },
    ];

    private Task<string> DumpAsync(MonitorCall call)
    {
        bool isRaw = call[0] == "-r";
        string path = isRaw || call[0] == "-p" ? call.Rest[2..].Trim() : call.Rest;
        if (path.Length == 0)
        {
            throw new MonitorException("dump to which file?");
        }
        int signal = target.LastStop.Kind == StopKind.Crashed ? target.LastStop.Signal : 0;
        var request = new CoreRequest(path, call.Vcpu, signal, target.Architecture == TargetArchitecture.X86_64, WithMappings: !isRaw);
        // Off the session's thread: it takes its time, and waits for each vCPU's thread.
        return Task.Run(() => CoreDump.Write(machine, target.MemoryMap, request, out _) + "\n");
    }
}
