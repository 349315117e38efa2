using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Boot;

/// <summary>What a boot protocol did: guest memory holds the kernel, and vCPU 0 is to start in this state.</summary>
/// <param name="Protocol">The protocol that was used, after detection: "multiboot1", "multiboot2", "elf", "flat",
/// "linux64", "linux32", "pvh".</param>
/// <param name="Architecture">The register description that suits the kernel's file.</param>
/// <param name="General">General registers of the boot CPU at entry.</param>
/// <param name="System">System registers of the boot CPU at entry.</param>
public sealed record BootedImage(string Protocol, TargetArchitecture Architecture, GeneralRegisters General, SystemRegisters System)
{
    /// <summary>
    /// What was added to the addresses in the kernel's file, modulo 2^64, when a relocatable image was moved; 0 otherwise.
    /// </summary>
    public ulong SymbolBias { get; init; }
}

/// <summary>An image that cannot be booted; the message names the file, what is wrong with it, and where.</summary>
public sealed class BootException : Exception
{
    /// <summary>Creates it.</summary>
    public BootException(string message) : base(message)
    {
    }

    /// <summary>Creates it with the error beneath it.</summary>
    public BootException(string message, Exception inner) : base(message, inner)
    {
    }
}
