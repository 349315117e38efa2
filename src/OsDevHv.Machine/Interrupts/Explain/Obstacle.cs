namespace OsDevHv.Machine.Interrupts.Explain;

/// <summary>What can stand between a device and a processor's interrupt handler.</summary>
internal enum Obstacle
{
    /// <summary>Nothing does.</summary>
    None,

    /// <summary>No device is wired to the line.</summary>
    NotWired,

    /// <summary>The line was never asserted.</summary>
    NeverAsserted,

    /// <summary>The line is not asserted now.</summary>
    NotAsserted,

    /// <summary>The I/O APIC's pin is masked.</summary>
    PinMasked,

    /// <summary>A level interrupt was sent and its EOI has not come.</summary>
    RemoteIrr,

    /// <summary>A vector below 16 is illegal.</summary>
    IllegalVector,

    /// <summary>No local APIC answers to the destination.</summary>
    NoSuchDestination,

    /// <summary>The 8259's mask register masks it.</summary>
    PicMasked,

    /// <summary>The 8259 has one of the same or higher priority in service, without an EOI.</summary>
    PicInService,

    /// <summary>The 8259 was not initialised by the kernel: its vectors are firmware's, among the exceptions.</summary>
    PicNotInitialised,

    /// <summary>No CPU takes the 8259's output: LINT0 is masked, or is not in ExtINT mode.</summary>
    Lint0,

    /// <summary>The local APIC is off in IA32_APIC_BASE.</summary>
    ApicDisabled,

    /// <summary>The local APIC is off in its spurious-interrupt vector register.</summary>
    ApicSoftwareDisabled,

    /// <summary>The task priority register holds it back.</summary>
    TaskPriority,

    /// <summary>An interrupt of the same or a higher class is in service, without an EOI.</summary>
    InService,

    /// <summary>RFLAGS.IF is 0.</summary>
    InterruptsOff,

    /// <summary>The CPU waits for a SIPI.</summary>
    WaitsForStartUp,

    /// <summary>The entry of the local vector table is masked.</summary>
    LocalEntryMasked,

    /// <summary>The local APIC's timer is not running.</summary>
    TimerStopped,

    /// <summary>Nothing in the machine is programmed to send the vector.</summary>
    NoSource,
}

/// <summary>The parts of an interrupt's way. One of the two through controllers is enough for it to arrive.</summary>
internal enum Route
{
    /// <summary>From the device to the controllers, or what all routes share.</summary>
    Source,

    /// <summary>Through the I/O APIC.</summary>
    IoApic,

    /// <summary>Through the 8259s.</summary>
    Pic,
}

/// <summary>One thing found on the way of an interrupt.</summary>
/// <param name="Obstacle">Whether it stands in the way, and as what.</param>
/// <param name="Text">It in words, one line.</param>
/// <param name="Route">On which route it is.</param>
internal readonly record struct Finding(Obstacle Obstacle, string Text, Route Route = Route.Source);

/// <summary>What a stopped vCPU is doing, as far as interrupts care.</summary>
/// <param name="Rip">RIP.</param>
/// <param name="InterruptsOn">RFLAGS.IF.</param>
/// <param name="WaitsForStartUp">It waits for a SIPI.</param>
/// <param name="Delivered">When each vector was delivered to it last, of those remembered: machine time in nanoseconds.</param>
internal readonly record struct CpuGlance(ulong Rip, bool InterruptsOn, bool WaitsForStartUp, IReadOnlyDictionary<int, long> Delivered);
