using OsDevHv.Devices;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Memory;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Platform;

/// <summary>What devices are built from and connected to.</summary>
/// <param name="Ports">The port bus.</param>
/// <param name="Memory">The memory bus.</param>
/// <param name="Fabric">The interrupt controllers.</param>
/// <param name="Timers">Machine time.</param>
/// <param name="Power">The machine's power.</param>
/// <param name="Consoles">The host's ends of lines.</param>
/// <param name="Map">Where RAM is.</param>
/// <param name="Ram">RAM.</param>
/// <param name="FirmwareItems">The items of the fw_cfg device, to which devices add theirs.</param>
/// <param name="Errors">Hears of guest errors; null is nobody.</param>
internal sealed record BoardParts(
    PortBus Ports,
    MmioBus Memory,
    InterruptFabric Fabric,
    MachineTimers Timers,
    IPowerControl Power,
    ConsoleSet Consoles,
    MemoryMap Map,
    IGuestMemory Ram,
    FwCfgItems FirmwareItems,
    IGuestErrorLog? Errors)
{
    /// <summary>Called on a vCPU's thread when the kernel says that it is ready for a snapshot; null where nobody waits for it.</summary>
    public Action? KernelIsReady { get; init; }
}
