using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Platform;

/// <summary>
/// Takes guest accesses from exits to the buses, and those of a CPU's own local APIC there. Called by all vCPU threads at once; allocates
/// nothing.
/// </summary>
internal sealed class MachineBuses(PortBus ports, MmioBus mmio, IGuestMemory memory, InterruptFabric fabric, IPowerControl power)
    : IExitHandler
{
    private readonly Lock _serving = new();
    private MachineTimers? _timers;
    private IEngine? _engine;
    private volatile bool _isServing;
    private volatile bool _dropsCollected;

    private const int ApicRegisterSize = 4;

    private HostConsole[] _consoles = [];

    /// <summary>The consoles whose slow readers make vCPUs pause.</summary>
    public void SetConsoles(IEnumerable<HostConsole> consoles) => _consoles = [.. consoles.Distinct()];

    /// <summary>Says whose alarms are to go off before an exit is served. Before the machine runs.</summary>
    public void SetTimers(MachineTimers timers) => _timers = timers;

    /// <inheritdoc/>
    public bool DropsCollectedWrites { get => _dropsCollected; set => _dropsCollected = value; }

    /// <inheritdoc/>
    public bool CollectsWrites => _engine is not null;

    /// <summary>Lets the engine collect writes to ports that nobody reads and whose effect can wait. Before the machine runs.</summary>
    public void CollectWrites(IEngine engine, IEnumerable<ushort> ports)
    {
        foreach (ushort port in ports)
        {
            if (engine.TryCollectWrites(port))
            {
                _engine = engine;
            }
        }
    }

    /// <inheritdoc/>
    public void CatchUp()
    {
        _timers?.GoOff();
        // In this order: a write that another thread has taken and not yet served shows by the flag.
        if (_engine is null || (!_engine.HasCollectedWrites && !_isServing))
        {
            return;
        }
        lock (_serving)
        {
            _isServing = true;
            while (_engine.TryTakeCollectedWrite(out ushort port, out byte value))
            {
                if (!_dropsCollected)
                {
                    ports.Write(port, 1, value);
                }
            }
            _isServing = false;
        }
    }

    /// <inheritdoc/>
    public bool IsCongested
    {
        get
        {
            foreach (HostConsole console in _consoles)
            {
                if (console.IsCongested)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <inheritdoc/>
    public void PortIo(int vcpu, in VcpuExit exit, Span<byte> data)
    {
        _timers?.ServingAccess();
        ushort port = (ushort)exit.Address;
        for (int at = 0; at + exit.Size <= data.Length; at += exit.Size)
        {
            Span<byte> element = data.Slice(at, exit.Size);
            if (exit.IsWrite)
            {
                ports.Write(port, exit.Size, (uint)Load(element));
            }
            else
            {
                Store(element, ports.Read(port, exit.Size));
            }
        }
        _timers?.AccessServed();
    }

    /// <inheritdoc/>
    public void Mmio(int vcpu, in VcpuExit exit, Span<byte> data)
    {
        _timers?.ServingAccess();
        VcpuInterrupts apic = fabric.Sources[vcpu];
        if (apic.Answers(exit.Address))
        {
            LocalApicAccess(apic, exit, data);
        }
        else
        {
            MemoryAccess(exit, data);
        }
        _timers?.AccessServed();
    }

    /// <inheritdoc/>
    /// <remarks>All that are ours are the local APIC's; one that KVM does not know either does not exist: #GP, as on hardware.</remarks>
    public bool Msr(IVcpu vcpu, in VcpuExit exit, Span<byte> data)
    {
        _timers?.ServingAccess();
        VcpuInterrupts apic = fabric.Sources[vcpu.Index];
        uint index = (uint)exit.Address;
        bool known;
        if (exit.IsWrite)
        {
            known = apic.TryWriteMsr(vcpu, index, Load(data));
        }
        else
        {
            known = apic.TryReadMsr(index, out ulong value);
            Store(data, value);
        }
        _timers?.AccessServed();
        return known;
    }

    /// <inheritdoc/>
    public void BootProcessorInit() => power.Reset("INIT of the boot processor");

    private void MemoryAccess(in VcpuExit exit, Span<byte> data)
    {
        // A page can become read-only or writable again while an access to it is under way; RAM is served as RAM then.
        if (exit.IsWrite ? memory.TryWrite(exit.Address, data) : memory.TryRead(exit.Address, data))
        {
            return;
        }
        // An access that crosses a page comes in pieces of any length.
        int piece = data.Length is 1 or 2 or 4 or 8 ? data.Length : 1;
        for (int at = 0; at < data.Length; at += piece)
        {
            ulong address = unchecked(exit.Address + (ulong)at);
            if (exit.IsWrite)
            {
                mmio.Write(address, piece, Load(data.Slice(at, piece)));
            }
            else
            {
                Store(data.Slice(at, piece), mmio.Read(address, piece));
            }
        }
    }

    /// <summary>
    /// Registers are 32 bits wide; what other accesses do is undefined (Intel SDM vol. 3A, 11.4.1): parts are read, writes are lost.
    /// </summary>
    private static void LocalApicAccess(VcpuInterrupts apic, in VcpuExit exit, Span<byte> data)
    {
        uint offset = (uint)(exit.Address & 0xfff);
        if (exit.IsWrite)
        {
            if (data.Length == ApicRegisterSize)
            {
                apic.Write(offset, (uint)Load(data));
            }
            return;
        }
        uint within = offset % ApicRegisterSize;
        Store(data, (ulong)apic.Read(offset - within) >> (int)(8 * within));
    }

    private static ulong Load(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    private static void Store(Span<byte> bytes, ulong value)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(value >> (8 * i));
        }
    }
}
