using System.Globalization;
using OsDevHv.Gdb;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Core;

/// <summary>Makes a core dump of a stopped machine.</summary>
internal static class CoreDump
{
    private const uint KernelGsBase = 0xc000_0102;
    private const int FxsaveBytes = 512;

    /// <summary>
    /// Writes it; returns a line that says what it is, or why it cannot be written. Whatever the path, it does not throw.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="ram">Where its RAM is.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="isWritten">Whether the file is there.</param>
    public static string Write(IMonitoredMachine machine, IReadOnlyList<MemoryRange> ram, CoreRequest request, out bool isWritten)
    {
        isWritten = false;
        try
        {
            CoreSource source = Source(machine, ram, request);
            ulong bytes = CoreFile.Write(source, request.Path);
            isWritten = true;
            string size = string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB of RAM");
            return $"wrote {request.Path}: {size}, {machine.CpuCount} CPU(s), {source.Mappings.Count} mapping(s){(source.Is64 ? "" : ", 32-bit")}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"cannot write {request.Path}: {error.Message}";
        }
    }

    private static CoreSource Source(IMonitoredMachine machine, IReadOnlyList<MemoryRange> ram, CoreRequest request)
    {
        int[] order = [request.First, .. Enumerable.Range(0, machine.CpuCount).Where(cpu => cpu != request.First)];
        CpuState[] states = [.. order.Select(machine.StateOf)];
        return new CoreSource
        {
            Memory = machine.Memory,
            Ram = ram,
            Is64 = request.Is64 || states.Any(static cpu => cpu.IsLongModeActive),
            Cpus = [.. order.Select(cpu => Cpu(machine, cpu, cpu == request.First ? request.Signal : 0))],
            Mappings = request.WithMappings ? Mappings(machine, states, ram) : [],
        };
    }

    private static CoreCpu Cpu(IMonitoredMachine machine, int index, int signal)
    {
        byte[] fxsave = new byte[FxsaveBytes];
        ulong kernelGsBase = 0;
        machine.Execute(index, cpu =>
        {
            cpu.GetFxsave(fxsave);
            _ = cpu.TryGetMsr(KernelGsBase, out kernelGsBase);
        });
        CpuState state = machine.StateOf(index);
        return new CoreCpu(index, state.General, state.System, fxsave, kernelGsBase, signal);
    }

    /// <summary>What each address space maps, that of the first CPU first; RAM as it is where a CPU has no paging.</summary>
    private static List<CoreMapping> Mappings(IMonitoredMachine machine, CpuState[] states, IReadOnlyList<MemoryRange> ram)
    {
        var mappings = new List<CoreMapping>();
        var seen = new HashSet<ulong>();
        bool isIdentity = false;
        foreach (CpuState cpu in states)
        {
            if (PageWalk.ModeOf(cpu.System) == PagingMode.Off)
            {
                mappings.AddRange(isIdentity ? [] : ram.Select(static range => new CoreMapping(range.Start, range.Start, range.Length, true, true)));
                isIdentity = true;
            }
            else if (seen.Add(cpu.System.Cr3))
            {
                PageMap map = PageMap.ListContiguous(machine.Memory, cpu.System, CoreFile.MostMappings);
                mappings.AddRange(map.Ranges.Select(
                    static range => new CoreMapping(range.First, range.Physical, range.Length, range.Writable, range.Executable)));
            }
        }
        return mappings;
    }
}

/// <summary>What core dump is wanted.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The CPU that debuggers show first.</param>
/// <param name="Signal">What it died of as a signal's number; 0 for nothing.</param>
/// <param name="Is64">An x86-64 file even where no CPU is in long mode: the kernel's file is one.</param>
/// <param name="WithMappings">With the mappings of each address space, for debuggers; otherwise physical memory alone.</param>
internal sealed record CoreRequest(string Path, int First, int Signal, bool Is64, bool WithMappings = true);
