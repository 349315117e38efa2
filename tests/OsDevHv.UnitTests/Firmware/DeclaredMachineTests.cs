using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;
using OsDevHv.Tests.Profiles;

namespace OsDevHv.Tests.Firmware;

/// <summary>The machine of the tables is the one of the profile.</summary>
public sealed class DeclaredMachineTests : IDisposable
{
    private readonly MemoryMap _memory = new(128 << 20);
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Every_device_that_is_declared_is_described()
    {
        MachineProfile profile = _bench.ReadValid(
            """
            cpu: { count: 4 }
            tables: { mp: off }
            devices:
              com1: { type: uart16550, port: 0x3f8, irq: 4 }
              com2: { type: uart16550, port: 0x2f8, irq: 3 }
              keyboard: { type: keyboard-controller }
              ioapic: { type: io-apic, address: 0xfec01000 }
              pic: { type: pic }
              pit: { type: pit }
              hpet: { type: hpet, timers: 8 }
              rtc: { type: rtc }
              acpi: { type: acpi-pm, port: 0xb000 }
              screen: { type: vga-text }
            """);

        FirmwareMachine machine = FirmwareMachine.Of(profile, _memory);

        Assert.Equal((4, FirmwareTableSet.Acpi | FirmwareTableSet.Smbios), (machine.CpuCount, machine.Tables));
        Assert.Same(_memory, machine.Memory);
        Assert.True(machine.HasVgaText);
        Assert.Equal(0xfec0_1000u, machine.IoApicAddress);
        Assert.Equal(new FirmwareHpet(0xfed0_0000, 8), machine.Hpet);
        Assert.Equal(new FirmwarePowerManagement(0xb000, Has32BitTimer: true), machine.PowerManagement);
        Assert.True(machine is { HasPic: true, HasPit: true, HasRtc: true, HasKeyboardController: true, HasMouse: true });
        Assert.Equal([new FirmwareUart(0x3f8, 4), new FirmwareUart(0x2f8, 3)], machine.Uarts);
    }

    [Fact]
    public void A_keyboard_controller_may_be_without_a_mouse()
    {
        MachineProfile profile = _bench.ReadValid("devices: { keyboard: { type: keyboard-controller, mouse: off } }\n");

        FirmwareMachine machine = FirmwareMachine.Of(profile, _memory);

        Assert.True(machine is { HasKeyboardController: true, HasMouse: false });
    }

    [Fact]
    public void Nothing_that_is_not_declared_is_described()
    {
        FirmwareMachine machine = FirmwareMachine.Of(_bench.ReadValid("tables: { acpi: off, smbios: off }\n"), _memory);

        Assert.Equal(FirmwareTableSet.Mp, machine.Tables);
        Assert.True(machine is { HasPic: false, HasPit: false, HasRtc: false, HasKeyboardController: false, HasMouse: false, HasFwCfg: false });
        Assert.Null(machine.IoApicAddress);
        Assert.Null(machine.Hpet);
        Assert.Null(machine.PowerManagement);
        Assert.Empty(machine.Uarts);
    }
}
