using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Firmware;

/// <summary>The sets of tables that firmware may leave.</summary>
[Flags]
public enum FirmwareTableSet
{
    /// <summary>None; the BIOS data areas are there all the same.</summary>
    None = 0,

    /// <summary>ACPI, from the RSDP on.</summary>
    Acpi = 1,

    /// <summary>The MultiProcessor Specification's.</summary>
    Mp = 2,

    /// <summary>SMBIOS.</summary>
    Smbios = 4,

    /// <summary>All of them.</summary>
    All = Acpi | Mp | Smbios,
}

/// <summary>A serial port as the tables describe it.</summary>
/// <param name="Port">First of its 8 ports.</param>
/// <param name="Irq">Its ISA interrupt, 0 to 15.</param>
public readonly record struct FirmwareUart(ushort Port, int Irq);

/// <summary>An HPET as the tables describe it.</summary>
/// <param name="Address">Guest-physical address of its registers.</param>
/// <param name="Timers">How many comparators it has, 1 to 32.</param>
public readonly record struct FirmwareHpet(uint Address, int Timers);

/// <summary>
/// ACPI's fixed hardware: PM1a event registers at the port, the control register 4 and the timer 8 ports above, SMI_CMD at B2h, the reset
/// register at CF9h, the SCI on interrupt 9, a power button.
/// </summary>
/// <param name="Port">The port of PM1a_STS; QEMU has it at 600h.</param>
/// <param name="Has32BitTimer">Whether the timer has 32 bits rather than 24.</param>
public readonly record struct FirmwarePowerManagement(ushort Port, bool Has32BitTimer);

/// <summary>The machine that the firmware tables describe. Immutable; any thread.</summary>
public sealed record FirmwareMachine
{
    /// <summary>How many processors there are, 1 to 64; their APIC ids count from 0.</summary>
    public required int CpuCount { get; init; }

    /// <summary>Where RAM is.</summary>
    public required MemoryMap Memory { get; init; }

    /// <summary>Which tables there are to be.</summary>
    public FirmwareTableSet Tables { get; init; } = FirmwareTableSet.All;

    /// <summary>CPUID leaf 1's EAX: family, model and stepping.</summary>
    public uint CpuSignature { get; init; }

    /// <summary>CPUID leaf 1's EDX: features.</summary>
    public uint CpuFeatures { get; init; }

    /// <summary>Guest-physical address of the local APICs' registers.</summary>
    public uint LocalApicAddress { get; init; } = 0xfee0_0000;

    /// <summary>Guest-physical address of the I/O APIC, whose id is 0 and whose 24 pins are global interrupts 0 to 23; null where there is
    /// none.</summary>
    public uint? IoApicAddress { get; init; }

    /// <summary>Whether there are two 8259s.</summary>
    public bool HasPic { get; init; }

    /// <summary>Whether there is an 8254.</summary>
    public bool HasPit { get; init; }

    /// <summary>Whether there is a CMOS real-time clock at ports 70h to 73h, with the century in byte 32h.</summary>
    public bool HasRtc { get; init; }

    /// <summary>Whether there is an 8042 keyboard controller.</summary>
    public bool HasKeyboardController { get; init; }

    /// <summary>Whether there is QEMU's firmware configuration device at ports 510h to 51Bh.</summary>
    public bool HasFwCfg { get; init; }
    /// <summary>Whether a mouse is connected to that.</summary>
    public bool HasMouse { get; init; }
    /// <summary>Whether there is a VGA in text mode.</summary>
    public bool HasVgaText { get; init; }

    /// <summary>The HPET; null where there is none.</summary>
    public FirmwareHpet? Hpet { get; init; }

    /// <summary>ACPI's fixed hardware; null where there is none.</summary>
    public FirmwarePowerManagement? PowerManagement { get; init; }

    /// <summary>The serial ports, of which the tables name the first 32 and the BIOS data area the first 4.</summary>
    public IReadOnlyList<FirmwareUart> Uarts { get; init; } = [];

    /// <summary>The machine that a profile declares. It does not say what CPUID will, so <see cref="CpuSignature"/> and
    /// <see cref="CpuFeatures"/> are 0; its PM timer has 32 bits.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="memory">Where its RAM is.</param>
    public static FirmwareMachine Of(MachineProfile profile, MemoryMap memory)
    {
        ArgumentNullException.ThrowIfNull(profile);
        IReadOnlyList<DeviceProfile> devices = profile.Devices;
        HpetProfile? hpet = devices.OfType<HpetProfile>().FirstOrDefault();
        AcpiPmProfile? power = devices.OfType<AcpiPmProfile>().FirstOrDefault();
        return new FirmwareMachine
        {
            CpuCount = profile.Cpu.Count,
            Memory = memory,
            Tables = (profile.Tables.Acpi ? FirmwareTableSet.Acpi : 0)
                | (profile.Tables.Mp ? FirmwareTableSet.Mp : 0)
                | (profile.Tables.Smbios ? FirmwareTableSet.Smbios : 0),
            IoApicAddress = devices.OfType<IoApicProfile>().FirstOrDefault()?.Address,
            HasPic = devices.Any(device => device is PicProfile),
            HasPit = devices.Any(device => device is PitProfile),
            HasRtc = devices.Any(device => device is RtcProfile),
            HasKeyboardController = devices.Any(device => device is KeyboardControllerProfile),
            HasFwCfg = devices.Any(device => device is FwCfgProfile),
            HasMouse = devices.Any(device => device is KeyboardControllerProfile { HasMouse: true }),
            HasVgaText = devices.Any(device => device is VgaTextProfile),
            Hpet = hpet is null ? null : new FirmwareHpet(hpet.Address, hpet.Timers),
            PowerManagement = power is null ? null : new FirmwarePowerManagement(power.Port, Has32BitTimer: true),
            Uarts = [.. devices.OfType<UartProfile>().Select(uart => new FirmwareUart(uart.Port, uart.Irq))],
        };
    }
}
