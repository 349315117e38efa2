using OsDevHv.Devices;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Time;

namespace OsDevHv.Tests.Interrupts;

/// <summary>The interrupt controllers of a machine, wired, without CPUs.</summary>
internal sealed class FabricBench : IVcpuWaker, IDisposable
{
    /// <summary>The registers of the local APIC that tests write (Intel SDM vol. 3A, table 11-1).</summary>
    public const uint Tpr = 0x80, Eoi = 0xb0, Ldr = 0xd0, Dfr = 0xe0, Svr = 0xf0, IcrLow = 0x300, IcrHigh = 0x310, Lint0 = 0x350, LvtTimer = 0x320;

    private readonly MachineTimers _timers = new(new MachineClock(new HostTime()));

    public FabricBench(int cpus = 1)
    {
        Fabric = new InterruptFabric(new CpuFeatures(cpus), _timers, errors: null);
        IoApic = new IoApic(Fabric, id: 0);
        Fabric.Add(IoApic);
        Pics = new Pic8259Pair(Fabric.PicOutput);
        Fabric.Add(Pics);
        Fabric.Connect(this, tscKilohertz: 1_000_000);
        for (int cpu = 1; cpu < cpus; cpu++)
        {
            Write(cpu, Svr, 0x1ff);
        }
        Woken.Clear();
    }

    public InterruptFabric Fabric { get; }

    public IoApic IoApic { get; }

    public Pic8259Pair Pics { get; }

    /// <summary>The CPUs that were told of something new, in order.</summary>
    public List<int> Woken { get; } = [];

    public void InterruptArrived(int vcpu) => Woken.Add(vcpu);

    public VcpuSignals Pending(int cpu) => Fabric.Sources[cpu].Pending;

    public void Write(int cpu, uint register, uint value) => Fabric.Sources[cpu].Write(register, value);

    /// <summary>Acknowledges what is pending; -1 when nothing is.</summary>
    public int Acknowledge(int cpu) => Fabric.Sources[cpu].TryAcknowledge(out byte vector) ? vector : -1;

    /// <summary>Programs a pin of the I/O APIC: the low and the high half of its entry.</summary>
    public void Redirect(int pin, uint low, uint destination = 0)
    {
        lock (Fabric.Lock)
        {
            IoApic.Write(0, 4, (ulong)(0x11 + (2 * pin)));
            IoApic.Write(0x10, 4, destination << 24);
            IoApic.Write(0, 4, (ulong)(0x10 + (2 * pin)));
            IoApic.Write(0x10, 4, low);
        }
    }

    /// <summary>Initialises the 8259s as kernels do, vectors from 20h, all unmasked.</summary>
    public void InitialisePics(byte masterMask = 0, byte slaveMask = 0)
    {
        lock (Fabric.Lock)
        {
            byte[] master = [0x11, 0x20, 0x04, 0x01, masterMask];
            byte[] slave = [0x11, 0x28, 0x02, 0x01, slaveMask];
            for (int i = 0; i < 5; i++)
            {
                Pics.Write(Pic8259Pair.MasterOffset + (i == 0 ? 0UL : 1UL), 1, master[i]);
                Pics.Write(Pic8259Pair.SlaveOffset + (i == 0 ? 0UL : 1UL), 1, slave[i]);
            }
        }
    }

    public void Dispose() => _timers.Dispose();
}
