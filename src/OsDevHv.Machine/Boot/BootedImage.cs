using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Boot;

/// <summary>What a boot protocol did: guest memory holds the kernel, and vCPU 0 is to start in this state.</summary>
/// <param name="Protocol">The protocol that was used, after detection: "multiboot1", "multiboot2", "limine", "elf", "flat",
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

    /// <summary>IA32_PAT of the processors that are started; null leaves the value after power-up.</summary>
    public ulong? PageAttributes { get; init; }

    /// <summary>The processors that are started beside the boot CPU, by index from 1; all others wait for a SIPI.</summary>
    public IReadOnlyList<ParkedProcessor> OtherProcessors { get; init; } = [];

    /// <summary>What is done to the interrupt controllers; null leaves them as firmware does.</summary>
    public InterruptHandover? Interrupts { get; init; }

    /// <summary>Where the kernel waits to be told the rate of its time stamp counter; null where it did not ask.</summary>
    internal TscFrequencyAnswer? TscFrequency { get; init; }
}

/// <summary>A processor that waits in code of the boot protocol's until a word of memory is not 0.</summary>
/// <param name="General">Its general registers.</param>
/// <param name="System">Its system registers.</param>
/// <param name="ReleaseAddress">Guest-physical address of the 8 bytes that its code reads, over and over.</param>
public sealed record ParkedProcessor(GeneralRegisters General, SystemRegisters System, ulong ReleaseAddress);

/// <summary>What a boot protocol does to the interrupt controllers after firmware. The 8259s, where there are any, are masked.</summary>
public sealed record InterruptHandover
{
    /// <summary>Enables the local APICs in SVR, vector FFh, and masks all their local interrupts.</summary>
    public bool MasksLocalInterrupts { get; init; }

    /// <summary>With that, sets LINT1 up for the NMI.</summary>
    public bool HasNmiPin { get; init; }

    /// <summary>Puts the local APICs into x2APIC mode.</summary>
    public bool EntersX2Apic { get; init; }

    /// <summary>Does so on every processor rather than on the boot CPU alone.</summary>
    public bool IncludesAllProcessors { get; init; }
}

/// <summary>An answer that can be given only when there are processors.</summary>
/// <param name="Slot">Guest-physical address of the pointer to the response.</param>
/// <param name="Response">What it is to hold.</param>
/// <param name="Value">Guest-physical address of the frequency, 8 bytes, in Hz.</param>
internal readonly record struct TscFrequencyAnswer(ulong Slot, ulong Response, ulong Value)
{
    /// <summary>Gives it; nothing is answered where the rate is not known.</summary>
    public void Give(IGuestMemory memory, uint kilohertz)
    {
        if (kilohertz != 0)
        {
            _ = memory.TryWrite(Value, BitConverter.GetBytes(kilohertz * 1000UL));
            _ = memory.TryWrite(Slot, BitConverter.GetBytes(Response));
        }
    }
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
