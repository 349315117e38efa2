using OsDevHv.Devices;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The FADT and the FACS (ACPI 6.5, 5.2.9 and 5.2.10), values as on QEMU's q35. A machine without the fixed hardware is a hardware-reduced
/// one.
/// </summary>
internal static class FixedHardware
{
    /// <summary>The ISA interrupt of the system control interrupt, which is active high and level-triggered.</summary>
    public const byte SciIrq = 9;

    private const byte FadtRevision = 6;
    private const byte FadtMinorRevision = 5;
    private const byte PortSpace = 1;
    private const ushort CommandPort = 0xb2;
    private const ushort ResetPort = 0xcf9;
    private const byte ResetValue = 0x0f;
    private const byte CenturyIndex = 0x32;
    private const int ControlOffset = (int)AcpiPowerManagement.ControlOffset;
    private const int TimerOffset = (int)AcpiPowerManagement.TimerOffset;

    // Above 100 and above 1000: there is neither C2 nor C3.
    private const ushort NoC2 = 0xfff;
    private const ushort NoC3 = 0xfff;

    [Flags]
    private enum Feature : uint
    {
        WbinvdWorks = 1 << 0,
        C1OnAllProcessors = 1 << 2,
        NoFixedPowerButton = 1 << 4,
        NoFixedSleepButton = 1 << 5,
        NoFixedRtcWake = 1 << 6,
        TimerHas32Bits = 1 << 8,
        ResetRegister = 1 << 10,
        UsePlatformTimer = 1 << 15,
        ClusterModel = 1 << 18,
        HardwareReduced = 1 << 20,
    }

    [Flags]
    private enum BootArchitecture
    {
        LegacyDevices = 1 << 0,
        KeyboardController = 1 << 1,
        NoVga = 1 << 2,
        NoRtc = 1 << 5,
    }

    /// <summary>The firmware control structure, version 2: no wake-up vector, no hardware signature, the global lock free.</summary>
    public static byte[] Facs() => new StructureBuilder().Text("FACS", 4).U32(64).Zeros(24).U8(2).Zeros(31).ToArray();

    /// <summary>The fixed description table.</summary>
    public static byte[] Fadt(FirmwareMachine machine, uint facs, uint dsdt)
    {
        FirmwarePowerManagement? power = machine.PowerManagement;
        StructureBuilder fadt = new();
        fadt.U32(facs).U32(dsdt).U8(0).U8(0);
        fadt.U16((ushort)(power is null ? 0 : SciIrq));
        AddBlocks(fadt, power);
        fadt.U16(NoC2).U16(NoC3);
        // WBINVD works, so no flush size and stride; no duty cycle; no day and month in the clock's alarm.
        fadt.U16(0).U16(0).U8(0).U8(0).U8(0).U8(0);
        fadt.U8((byte)(machine.HasRtc ? CenturyIndex : 0));
        fadt.U16((ushort)BootArchitectureOf(machine)).U8(0);
        fadt.U32((uint)FeaturesOf(machine));
        AddRegister(fadt, power is null ? null : ResetPort, 8, 1);
        fadt.U8((byte)(power is null ? 0 : ResetValue)).U16(0).U8(FadtMinorRevision);
        // The FACS is below 4 GiB, where only the narrow field may name it.
        fadt.U64(0).U64(dsdt);
        AddWideBlocks(fadt, power);
        fadt.Text("OsDevHv", 8);
        return AcpiTables.WithHeader("FACP", FadtRevision, fadt);
    }

    private static void AddBlocks(StructureBuilder fadt, FirmwarePowerManagement? fixedHardware)
    {
        if (fixedHardware is not { } power)
        {
            fadt.Zeros(96 - 48);
            return;
        }

        fadt.U32(CommandPort).U8(AcpiCommandPort.AcpiEnable).U8(AcpiCommandPort.AcpiDisable).U8(0).U8(0);
        fadt.U32(power.Port).U32(0).U32((uint)power.Port + ControlOffset).U32(0).U32(0).U32((uint)power.Port + TimerOffset).U32(0).U32(0);
        fadt.U8(4).U8(2).U8(0).U8(4).U8(0).U8(0).U8(0).U8(0);
    }

    private static void AddWideBlocks(StructureBuilder fadt, FirmwarePowerManagement? power)
    {
        int? port = power?.Port;
        AddRegister(fadt, port, 32, 2);
        AddRegister(fadt, null, 0, 0);
        AddRegister(fadt, port + ControlOffset, 16, 2);
        AddRegister(fadt, null, 0, 0);
        AddRegister(fadt, null, 0, 0);
        AddRegister(fadt, port + TimerOffset, 32, 3);
        // General purpose event blocks, then the sleep registers of hardware-reduced machines.
        for (int index = 0; index < 4; index++)
        {
            AddRegister(fadt, null, 0, 0);
        }
    }

    /// <summary>A generic address (5.2.3.2) in port space; access is 1 for bytes, 2 for words, 3 for double words.</summary>
    private static void AddRegister(StructureBuilder fadt, int? port, byte bits, byte access)
    {
        if (port is { } address)
        {
            fadt.U8(PortSpace).U8(bits).U8(0).U8(access).U64((ulong)address);
        }
        else
        {
            fadt.Zeros(12);
        }
    }

    private static Feature FeaturesOf(FirmwareMachine machine)
    {
        Feature features = Feature.WbinvdWorks | Feature.C1OnAllProcessors | Feature.NoFixedSleepButton | Feature.NoFixedRtcWake;
        // Flat logical destinations reach eight processors.
        features |= machine.CpuCount > 8 ? Feature.ClusterModel : 0;
        if (machine.PowerManagement is not { } power)
        {
            return features | Feature.NoFixedPowerButton | Feature.HardwareReduced;
        }

        return features | Feature.ResetRegister | Feature.UsePlatformTimer | (power.Has32BitTimer ? Feature.TimerHas32Bits : 0);
    }

    private static BootArchitecture BootArchitectureOf(FirmwareMachine machine)
    {
        bool legacy = machine.HasPic || machine.HasPit || machine.HasKeyboardController || machine.Uarts.Count > 0;
        return (machine.HasVgaText ? 0 : BootArchitecture.NoVga)
            | (legacy ? BootArchitecture.LegacyDevices : 0)
            | (machine.HasKeyboardController ? BootArchitecture.KeyboardController : 0)
            | (machine.HasRtc ? 0 : BootArchitecture.NoRtc);
    }
}
