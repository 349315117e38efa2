using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Core;

/// <summary>A CPU as a core dump shows it: a thread.</summary>
/// <param name="Index">From 0; the thread's number is one more.</param>
/// <param name="General">General registers.</param>
/// <param name="System">System registers.</param>
/// <param name="Fxsave">x87 and SSE state, a 512-byte FXSAVE image.</param>
/// <param name="KernelGsBase">IA32_KERNEL_GS_BASE.</param>
/// <param name="Signal">What it died of as a signal's number; 0 for nothing.</param>
internal sealed record CoreCpu(
    int Index, GeneralRegisters General, SystemRegisters System, ReadOnlyMemory<byte> Fxsave, ulong KernelGsBase, int Signal);

/// <summary>A piece of memory that a program header of a core dump describes.</summary>
/// <param name="Virtual">Where debuggers find it.</param>
/// <param name="Physical">Its guest-physical address.</param>
/// <param name="Length">Bytes, above 0.</param>
/// <param name="Writable">It may be written.</param>
/// <param name="Executable">It may be executed.</param>
internal readonly record struct CoreMapping(ulong Virtual, ulong Physical, ulong Length, bool Writable, bool Executable);

/// <summary>What a core dump is made from. The machine stands still while it is written.</summary>
internal sealed record CoreSource
{
    /// <summary>The machine's RAM.</summary>
    public required Devices.IGuestMemory Memory { get; init; }

    /// <summary>Where it is, ascending.</summary>
    public required IReadOnlyList<Gdb.MemoryRange> Ram { get; init; }

    /// <summary>The CPUs; debuggers show the first one first.</summary>
    public required IReadOnlyList<CoreCpu> Cpus { get; init; }

    /// <summary>The pieces of RAM that are mapped, those first that win where several are at one address.</summary>
    public required IReadOnlyList<CoreMapping> Mappings { get; init; }

    /// <summary>An x86-64 file; otherwise i386, which has RAM below 4 GiB only.</summary>
    public required bool Is64 { get; init; }
}
