namespace OsDevHv.Machine.RunControl;

/// <summary>What waits for a vCPU at its local APIC.</summary>
[Flags]
public enum VcpuSignals
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An interrupt whose priority is above the processor's; RFLAGS.IF decides when it is delivered.</summary>
    Interrupt = 1,

    /// <summary>A non-maskable interrupt.</summary>
    NonMaskable = 2,

    /// <summary>INIT.</summary>
    Init = 4,

    /// <summary>A start-up message (SIPI).</summary>
    StartUp = 8,
}

/// <summary>The interrupts of one vCPU: its local APIC, or what stands for one.</summary>
/// <remarks>The vCPU's own thread, but for <see cref="Pending"/>.</remarks>
public interface IInterruptSource
{
    /// <summary>What wants attention now. Any thread; takes no lock.</summary>
    VcpuSignals Pending { get; }

    /// <summary>Takes the interrupt to deliver now; false when there is none after all. With interrupts open.</summary>
    bool TryAcknowledge(out byte vector);

    /// <summary>Takes a pending NMI.</summary>
    bool TryTakeNonMaskable();

    /// <summary>Takes a pending INIT.</summary>
    bool TryTakeInit();

    /// <summary>Takes a pending SIPI; <paramref name="page"/> is the 4 KiB page at which it starts the CPU.</summary>
    bool TryTakeStartUp(out byte page);

    /// <summary>CR8: bits 7 to 4 of the task-priority register.</summary>
    byte TaskPriority { get; set; }

    /// <summary>Whether an NMI could come by itself, from a timer or a device, to wake a CPU that has its interrupts off.</summary>
    bool ExpectsNonMaskable { get; }
}

/// <summary>Makes a vCPU look at what its interrupt source has.</summary>
internal interface IVcpuWaker
{
    /// <summary>Any thread, with the lock of the interrupt source held.</summary>
    void InterruptArrived(int vcpu);
}
