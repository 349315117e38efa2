using OsDevHv.Devices;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Platform;

/// <summary>A PC's interrupt controllers, timers, clock and power management, put on the buses and wired as on QEMU's machines.</summary>
internal sealed class Chipset(BoardParts parts, DeviceSlots slots)
{
    private const int TimerInterrupt = 0;
    private const int ClockInterrupt = 8;
    private const int SystemControlInterrupt = 9;
    private const byte IoApicId = 0;
    private const byte SecondBank = 0x80;

    private readonly GatedLine _timerLine = new(parts.Fabric.AddIsaLine(TimerInterrupt));
    private readonly GatedLine _clockLine = new(parts.Fabric.AddIsaLine(ClockInterrupt));

    /// <summary>The 8254, where there is one. With its lock.</summary>
    public (Pit8254 Model, Lock Lock)? Timer { get; private set; }

    /// <summary>The HPET, where there is one. With its lock.</summary>
    public (Hpet Model, Lock Lock)? Hpet { get; private set; }

    /// <summary>The clock, where there is one. With its lock.</summary>
    public (CmosRtc Model, Lock Lock)? Clock { get; private set; }

    /// <summary>Saves or restores the gates of its interrupt lines.</summary>
    public void ExchangeState(StateExchange state)
    {
        _timerLine.ExchangeState(state);
        _clockLine.ExchangeState(state);
    }

    /// <summary>The 8259s at 20h, A0h and 4D0h.</summary>
    public void AddPics(string name)
    {
        var pics = new Pic8259Pair(parts.Fabric.PicOutput, parts.Errors);
        parts.Fabric.Add(pics);
        DeviceSlot slot = slots.Add(name, pics, parts.Fabric.Lock);
        slots.MapPorts(slot, 0x20, Pic8259Pair.PortCount, Pic8259Pair.MasterOffset);
        slots.MapPorts(slot, 0xa0, Pic8259Pair.PortCount, Pic8259Pair.SlaveOffset);
        slots.MapPorts(slot, 0x4d0, Pic8259Pair.PortCount, Pic8259Pair.ElcrOffset);
    }

    /// <summary>The I/O APIC.</summary>
    public void AddIoApic(string name, ulong address)
    {
        var ioApic = new IoApic(parts.Fabric, IoApicId, parts.Errors);
        parts.Fabric.Add(ioApic);
        slots.MapMemory(slots.Add(name, ioApic, parts.Fabric.Lock), address, IoApic.RangeSize);
    }

    /// <summary>The 8254 at 40h, and port 61h.</summary>
    public void AddTimer(string name)
    {
        var chip = new Lock();
        Pit8254 timer = slots.AddTimed(chip, clock => new Pit8254(clock, _timerLine) { GuestErrors = parts.Errors });
        Timer = (timer, chip);
        slots.MapPorts(slots.Add(name, timer, chip), 0x40, Pit8254.PortCount);
        slots.MapPorts(slots.Add($"{name} (port 61h)", new SystemControlPortB(timer), chip), 0x61, 1);
    }

    /// <summary>The HPET.</summary>
    public void AddHpet(string name, ulong address, int timers)
    {
        var chip = new Lock();
        var wiring = new HpetWiring(parts.Fabric, _timerLine, _clockLine);
        Hpet hpet = slots.AddTimed(chip, clock => new Hpet(clock, wiring, wiring, timers, parts.Errors));
        Hpet = (hpet, chip);
        slots.MapMemory(slots.Add(name, hpet, chip), address, OsDevHv.Devices.Hpet.Length);
    }

    /// <summary>The clock and its non-volatile memory at 70h.</summary>
    public void AddClock(RtcProfile profile)
    {
        ulong above = parts.Map.Ranges.Where(static range => range.Start >= MemoryMap.HoleEnd)
            .Aggregate(0UL, static (sum, range) => sum + range.Length);
        var options = new CmosRtcOptions
        {
            MemoryAbove4GiB = above,
            Contents = Bank(profile, 0),
            ExtendedContents = Bank(profile, SecondBank),
        };
        DateTime now = profile.Base.Kind switch
        {
            RtcBaseKind.Instant => profile.Base.Instant.UtcDateTime,
            RtcBaseKind.LocalTime => DateTime.Now,
            _ => DateTime.UtcNow,
        };
        var chip = new Lock();
        CmosRtc rtc = slots.AddTimed(
            chip, clock => new CmosRtc(clock, now, parts.Map.RamBytes, _clockLine, options) { GuestErrors = parts.Errors });
        Clock = (rtc, chip);
        slots.MapPorts(slots.Add(profile.Name, rtc, chip), 0x70, CmosRtc.PortCount);
    }

    /// <summary>The bytes of one of the memory's two banks of 128, by number in it.</summary>
    private static Dictionary<byte, byte> Bank(RtcProfile profile, byte first) => profile.Nvram
        .Where(pair => (pair.Offset & SecondBank) == first)
        .ToDictionary(pair => (byte)(pair.Offset - first), static pair => pair.Value);

    /// <summary>ACPI's PM1 registers and timer, its command port at B2h, and the reset register at CF9h.</summary>
    public void AddAcpi(string name, ushort port)
    {
        var chip = new Lock();
        IInterruptLine sci = parts.Fabric.AddIsaLine(SystemControlInterrupt);
        AcpiPowerManagement registers = slots.AddTimed(chip, clock => new AcpiPowerManagement(clock, sci, parts.Power, parts.Errors, has32BitTimer: true));
        slots.MapPorts(slots.Add(name, registers, chip), port, AcpiPowerManagement.PortCount);
        slots.MapPorts(slots.Add($"{name} (SMI_CMD)", new AcpiCommandPort(registers, parts.Errors), chip), 0xb2, AcpiCommandPort.PortCount);
        slots.MapPorts(slots.Add($"{name} (reset)", new ResetControlRegister(parts.Power)), 0xcf9, 1);
    }
}
