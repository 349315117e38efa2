using OsDevHv.Devices;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Input;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Platform;

/// <summary>The devices of a machine, built from the profile and put on the buses: the one place that knows every device type.</summary>
internal sealed class DeviceBoard
{
    private readonly BoardParts _parts;
    private readonly DeviceSlots _slots;
    private readonly List<HostConsole> _connected = [];
    private readonly List<ushort> _writeOnly = [];
    private readonly Lock _fwCfgLock = new();
    private FwCfgProfile? _fwCfg;

    private DeviceBoard(BoardParts parts)
    {
        _parts = parts;
        _slots = new DeviceSlots(parts.Ports, parts.Memory, parts.Timers);
        Chipset = new Chipset(parts, _slots);
    }

    /// <summary>The interrupt controllers, timers and clock.</summary>
    public Chipset Chipset { get; }

    /// <summary>The items of the firmware configuration device, where there is one.</summary>
    public FwCfgItems? FirmwareItems => _fwCfg is null ? null : _parts.FirmwareItems;

    /// <summary>The keyboard and the mouse.</summary>
    public InputDevices Input { get; } = new();

    /// <summary>What there is to show on a screen.</summary>
    public ScreenSources Screens { get; } = new();

    /// <summary>The consoles that devices write to; one may occur several times.</summary>
    public IReadOnlyList<HostConsole> Consoles => _connected;

    /// <summary>
    /// The first serial port, by its name in the profile, and the console that it is connected to; null where there is none.
    /// </summary>
    public (string Name, HostConsole Console)? SerialPort { get; private set; }

    /// <summary>The ports whose writes have an effect that can wait, and that have none on what is read.</summary>
    public IReadOnlyList<ushort> WriteOnlyPorts => _writeOnly;

    /// <summary>Builds every device.</summary>
    /// <exception cref="ConsoleException">A connection cannot be had.</exception>
    /// <exception cref="InvalidOperationException">Two devices overlap, which a validated profile does not have.</exception>
    public static DeviceBoard Build(IReadOnlyList<DeviceProfile> profiles, BoardParts parts)
    {
        var board = new DeviceBoard(parts);
        foreach (DeviceProfile profile in profiles)
        {
            board.Add(profile);
        }
        board.AddFwCfg();
        return board;
    }

    /// <summary>Returns every device to its power-on state.</summary>
    public void Reset() => _slots.Reset();

    /// <summary>Saves or restores every device, and what is between them. With the machine stopped.</summary>
    /// <exception cref="StateException">There were other devices.</exception>
    public void ExchangeState(StateExchange state)
    {
        _slots.ExchangeState(state);
        Chipset.ExchangeState(state);
        Input.ExchangeState(state);
    }

    /// <summary>Gives an item of the firmware configuration device that is only read other content of the same length.</summary>
    /// <returns>False where there is no such item, or it is of another length.</returns>
    public bool TrySetFirmwareItem(string name, ReadOnlySpan<byte> content)
    {
        lock (_fwCfgLock)
        {
            return _parts.FirmwareItems.TrySetContent(name, content);
        }
    }

    private void Add(DeviceProfile profile)
    {
        switch (profile)
        {
            case UartProfile uart:
                AddUart(uart);
                break;
            case DebugConsoleProfile console:
                _slots.Add(console.Name, new DebugConsole(Connect(console.Name, console.Connection), console.ReadBack) { KernelIsReady = _parts.KernelIsReady }, console.Port, 1);
                _writeOnly.Add(console.Port);
                break;
            case DebugExitProfile exit:
                _slots.Add(exit.Name, new DebugExit(_parts.Power, exit.Size), exit.Port, exit.Size);
                break;
            case PcTestDeviceProfile test:
                AddTestDevice(test.Name);
                break;
            case PostCodeProfile post:
                _slots.Add(post.Name, new PostCodePort(), post.Port, 1);
                _writeOnly.Add(post.Port);
                break;
            case SystemControlProfile control:
                _slots.Add(control.Name, new SystemControlPortA(_parts.Power), control.Port, 1);
                break;
            case KeyboardControllerProfile keyboard:
                Input.Connect(InputDevices.Connected.Build(keyboard, _parts, _slots));
                break;
            case AcpiShutdownProfile shutdown:
                _slots.Add(shutdown.Name, new AcpiSleepControl(_parts.Power), shutdown.Port, AcpiSleepControl.PortCount);
                break;
            case BochsShutdownProfile bochs:
                _slots.Add(bochs.Name, new BochsPowerOffPort(_parts.Power), bochs.Port, 1);
                break;
            case PicProfile pic:
                Chipset.AddPics(pic.Name);
                break;
            case IoApicProfile ioApic:
                Chipset.AddIoApic(ioApic.Name, ioApic.Address);
                break;
            case PitProfile pit:
                Chipset.AddTimer(pit.Name);
                break;
            case HpetProfile hpet:
                Chipset.AddHpet(hpet.Name, hpet.Address, hpet.Timers);
                break;
            case RtcProfile rtc:
                Chipset.AddClock(rtc);
                break;
            case AcpiPmProfile acpi:
                Chipset.AddAcpi(acpi.Name, acpi.Port);
                break;
            case FwCfgProfile fwCfg:
                _fwCfg = fwCfg;
                break;
            case RamfbProfile:
                AddRamfb();
                break;
            case VgaTextProfile text:
                AddVgaText(text.Name);
                break;
            case FramebufferProfile framebuffer:
                // Memory and nothing else: the memory map has it.
                Screens.Framebuffer = LinearFramebuffer.LayoutOf(framebuffer);
                break;
            default:
                throw new InvalidOperationException($"There is no model for the device {profile.Name}.");
        }
    }

    private void AddTestDevice(string name)
    {
        const int interrupts = 16, cascade = 2;
        var device = new PcTestDevice([.. Enumerable.Range(0, interrupts).Select(number => number == cascade ? null : _parts.Fabric.AddIsaLine(number))]);
        DeviceSlot slot = _slots.Add(name, device);
        _slots.MapPorts(slot, PcTestDevice.RegisterPort, PcTestDevice.RegisterPorts, PcTestDevice.RegisterOffset);
        _slots.MapPorts(slot, PcTestDevice.LinePort, PcTestDevice.LinePorts, PcTestDevice.LineOffset);
        _slots.MapMemory(slot, PcTestDevice.MemoryAddress, PcTestDevice.MemoryBytes);
    }

    private void AddRamfb()
    {
        var ramfb = new Ramfb(_parts.Ram, _parts.Errors);
        _parts.FirmwareItems.AddWritableFile(Ramfb.ItemName, stackalloc byte[Ramfb.ItemSize], ramfb);
        Screens.Ramfb = () =>
        {
            lock (_fwCfgLock)
            {
                return ramfb.Frame;
            }
        };
    }

    /// <summary>The device that other devices have items of: after them.</summary>
    private void AddFwCfg()
    {
        if (_fwCfg is null)
        {
            return;
        }

        DeviceSlot slot = _slots.Add(_fwCfg.Name, new FwCfg(_parts.FirmwareItems, _parts.Ram, _parts.Errors), _fwCfgLock);
        _slots.MapPorts(slot, 0x510, FwCfg.SelectorPorts, FwCfg.SelectorOffset);
        _slots.MapPorts(slot, 0x514, FwCfg.DmaPorts, FwCfg.DmaOffset);
    }

    private void AddUart(UartProfile profile)
    {
        HostConsole console = Connect(profile.Name, profile.Connection);
        SerialPort ??= (profile.Name, console);
        var uart = new Uart16550(console, _parts.Fabric.AddIsaLine(profile.Irq), console.InputRoom) { GuestErrors = _parts.Errors };
        DeviceSlot slot = _slots.Add(profile.Name, uart, profile.Port, Uart16550.PortCount);
        console.TryConnectInput(bytes =>
        {
            lock (slot.Lock)
            {
                int taken = 0;
                while (taken < bytes.Length && uart.CanReceive)
                {
                    uart.Receive(bytes[taken++]);
                }
                return taken;
            }
        });
    }

    private void AddVgaText(string name)
    {
        var chip = new Lock();
        var text = new VgaText(_parts.Timers.Add(chip), _parts.Errors);
        DeviceSlot slot = _slots.Add(name, text, chip);
        foreach ((ushort first, int count) in VgaText.Ports)
        {
            _slots.MapPorts(slot, first, count, (ulong)(first - VgaText.FirstPort));
        }
        Screens.Text = () =>
        {
            lock (chip)
            {
                return text.Snapshot();
            }
        };
    }

    private HostConsole Connect(string device, Connection connection)
    {
        HostConsole console = _parts.Consoles.Open(device, connection);
        _connected.Add(console);
        return console;
    }
}
