using OsDevHv.Devices;
using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Memory;
using OsDevHv.Machine.Platform;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Time;
using OsDevHv.Profiles;
using OsDevHv.Tests.Interrupts;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Platform;

/// <summary>The shipped PC with all its devices, buses and controllers, and no engine: accesses come from the test, time too.</summary>
internal sealed class WholeMachine : IVcpuWaker, IPowerControl, IGuestErrorLog, IDisposable
{
    private readonly HostTime _time = new();
    private readonly MachineClock _clock;
    private readonly MachineTimers _timers;
    private readonly ConsoleSet _consoles;
    private readonly MachineBuses _buses;
    private readonly ScriptedVcpu[] _cpus;

    public WholeMachine(int cpus)
        : this(cpus, Profile()!)
    {
    }

    public WholeMachine(int cpus, MachineProfile profile)
    {
        var map = new MemoryMap(MemoryMap.MinimumRam);
        _clock = new MachineClock(_time);
        _timers = new MachineTimers(_clock);
        Fabric = new InterruptFabric(new CpuFeatures(cpus), _timers, this);
        _consoles = new ConsoleSet(new ConsoleOptions { Messages = TextWriter.Null });
        var ports = new PortBus();
        var memory = new MmioBus();
        var devices = profile.Devices.Select(Unconnected).ToArray();
        var firmware = FirmwareTables.Build(FirmwareMachine.Of(profile, map));
        var items = FirmwareConfiguration.Build(profile, map, firmware, TextWriter.Null);
        Board = DeviceBoard.Build(devices, new BoardParts(ports, memory, Fabric, _timers, this, _consoles, map, Ram, items, this));
        Screen = new Screen(Board.Screens, Ram);
        _buses = new MachineBuses(ports, memory, Ram, Fabric, this);
        _buses.SetTimers(_timers);
        _cpus = [.. Enumerable.Range(0, cpus).Select(index => new ScriptedVcpu(index, Ram))];
        Board.Input.Plan(profile.Input.Keys);
        foreach (ScriptedVcpu cpu in _cpus)
        {
            cpu.BindToCurrentThread();
        }
        Fabric.Connect(this, tscKilohertz: 2_000_000);
        _clock.Start();
    }

    public static string ShippedProfile { get; } = Path.Combine(AppContext.BaseDirectory, "configs", "pc.yaml");

    /// <summary>The shipped PC with some values changed, as by --set; null where it is not a machine then.</summary>
    public static MachineProfile? Profile(params string[] overrides)
    {
        ProfileResult result = ProfileReader.Read(ShippedProfile, overrides, ProfileUse.Check);
        return result.Succeeded ? result.Profile : null;
    }

    public InterruptFabric Fabric { get; }

    public FlatMemory Ram { get; } = new();

    public DeviceBoard Board { get; }

    public Screen Screen { get; }

    public void InterruptArrived(int vcpu)
    {
    }

    public void PowerOff(string source)
    {
    }

    public void Reset(string source)
    {
    }

    public void DebugExit(uint value)
    {
    }

    public void Report(string device, string problem, ulong value)
    {
    }

    /// <summary>An IN or OUT; returns what was read.</summary>
    public ulong Port(int cpu, ushort port, int size, ulong? written)
    {
        Span<byte> data = stackalloc byte[size];
        Store(data, written ?? 0);
        var exit = new VcpuExit { Kind = VcpuExitKind.PortIo, Address = port, Size = size, Count = 1, IsWrite = written is not null };
        _buses.PortIo(cpu, exit, data);
        return Load(data);
    }

    /// <summary>A load or store; returns what was read.</summary>
    public ulong Memory(int cpu, ulong address, int size, ulong? written)
    {
        Span<byte> data = stackalloc byte[size];
        Store(data, written ?? 0);
        var exit = new VcpuExit { Kind = VcpuExitKind.Mmio, Address = address, Size = size, Count = 1, IsWrite = written is not null };
        _buses.Mmio(cpu, exit, data);
        return Load(data);
    }

    /// <summary>RDMSR or WRMSR; false is #GP.</summary>
    public bool Msr(int cpu, uint index, ulong? written)
    {
        Span<byte> data = stackalloc byte[8];
        Store(data, written ?? 0);
        var exit = new VcpuExit { Kind = VcpuExitKind.Msr, Address = index, Size = 8, Count = 1, IsWrite = written is not null };
        return _buses.Msr(_cpus[cpu], exit, data);
    }

    /// <summary>Stops machine time, or lets it go on.</summary>
    public void SetRunning(bool isRunning)
    {
        if (isRunning)
        {
            _clock.Start();
        }
        else
        {
            _clock.Stop();
        }
    }

    /// <summary>Lets time pass, and alarms go off.</summary>
    public void Pass(long nanoseconds)
    {
        _time.Now += nanoseconds;
        _timers.GoOff();
    }

    public void Dispose()
    {
        _timers.Dispose();
        _consoles.Dispose();
    }

    private static DeviceProfile Unconnected(DeviceProfile device) => device switch
    {
        UartProfile uart => uart with { Connection = Connection.None },
        DebugConsoleProfile console => console with { Connection = Connection.None },
        _ => device,
    };

    private static void Store(Span<byte> data, ulong value)
    {
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)(value >> (8 * i));
        }
    }

    private static ulong Load(ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (int i = 0; i < data.Length; i++)
        {
            value |= (ulong)data[i] << (8 * i);
        }
        return value;
    }
}
