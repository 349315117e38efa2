using OsDevHv.Devices;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Platform;

/// <summary>The devices of a machine, built from the profile and put on the buses: the one place that knows every device type.</summary>
internal sealed class DeviceBoard
{
    private readonly PortBus _ports;
    private readonly IPowerControl _power;
    private readonly ConsoleSet _consoles;
    private readonly List<DeviceSlot> _slots = [];
    private readonly List<HostConsole> _connected = [];

    private DeviceBoard(PortBus ports, IPowerControl power, ConsoleSet consoles)
    {
        _ports = ports;
        _power = power;
        _consoles = consoles;
    }

    /// <summary>The consoles that devices write to; one may occur several times.</summary>
    public IReadOnlyList<HostConsole> Consoles => _connected;

    /// <summary>Builds every device.</summary>
    /// <exception cref="ConsoleException">A connection cannot be had.</exception>
    /// <exception cref="InvalidOperationException">Two devices overlap, which a validated profile does not have.</exception>
    public static DeviceBoard Build(IReadOnlyList<DeviceProfile> profiles, PortBus ports, IPowerControl power, ConsoleSet consoles)
    {
        var board = new DeviceBoard(ports, power, consoles);
        foreach (DeviceProfile profile in profiles)
        {
            board.Add(profile);
        }
        return board;
    }

    /// <summary>Returns every device to its power-on state.</summary>
    public void Reset()
    {
        foreach (DeviceSlot slot in _slots)
        {
            slot.Reset();
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
                Map(console.Name, new DebugConsole(Connect(console.Name, console.Connection), console.ReadBack), console.Port, 1);
                break;
            case DebugExitProfile exit:
                Map(exit.Name, new DebugExit(_power, exit.Size), exit.Port, exit.Size);
                break;
            case PostCodeProfile post:
                Map(post.Name, new PostCodePort(), post.Port, 1);
                break;
            case SystemControlProfile control:
                Map(control.Name, new SystemControlPortA(_power), control.Port, 1);
                break;
            case KeyboardControllerProfile keyboard:
                DeviceSlot slot = Map(keyboard.Name, new KeyboardController(_power), 0x60, 1, KeyboardController.DataOffset);
                Map(slot, 0x64, 1, KeyboardController.CommandOffset);
                break;
            case AcpiShutdownProfile acpi:
                Map(acpi.Name, new AcpiSleepControl(_power), acpi.Port, AcpiSleepControl.PortCount);
                break;
            case BochsShutdownProfile bochs:
                Map(bochs.Name, new BochsPowerOffPort(_power), bochs.Port, 1);
                break;
            default:
                throw new InvalidOperationException($"There is no model for the device {profile.Name}.");
        }
    }

    private void AddUart(UartProfile profile)
    {
        HostConsole console = Connect(profile.Name, profile.Connection);
        // The pin has no output: there is no interrupt controller to take it.
        var uart = new Uart16550(console, new InterruptPin().AddLine(), console.InputRoom);
        DeviceSlot slot = Map(profile.Name, uart, profile.Port, Uart16550.PortCount);
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

    private HostConsole Connect(string device, Connection connection)
    {
        HostConsole console = _consoles.Open(device, connection);
        _connected.Add(console);
        return console;
    }

    private DeviceSlot Map(string name, IBusDevice device, ushort port, int count, ulong firstOffset = 0)
    {
        var slot = new DeviceSlot(name, device);
        _slots.Add(slot);
        Map(slot, port, count, firstOffset);
        return slot;
    }

    private void Map(DeviceSlot slot, ushort port, int count, ulong firstOffset)
    {
        if (!_ports.TryMap(slot, port, count, firstOffset, out string? error))
        {
            throw new InvalidOperationException(error);
        }
    }
}
