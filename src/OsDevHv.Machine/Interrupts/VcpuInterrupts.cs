using OsDevHv.Devices;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Interrupts;

/// <summary>One vCPU's end of the <see cref="InterruptFabric"/>: its local APIC as its thread sees it.</summary>
/// <remarks>The vCPU's thread, but for <see cref="Pending"/>, <see cref="SetPending"/> and <see cref="OnAlarm"/>.</remarks>
internal sealed class VcpuInterrupts(InterruptFabric fabric, int vcpu, GuestTsc counter) : IInterruptSource, ITimedDevice
{
    private const ulong PageMask = 0xfff;

    private volatile int _pending;
    private ulong _page = NoPage;
    private byte _taskPriority;

    private const ulong NoPage = ulong.MaxValue;

    /// <inheritdoc/>
    public VcpuSignals Pending => (VcpuSignals)_pending;

    /// <inheritdoc/>
    public bool ExpectsNonMaskable => fabric.ExpectsNonMaskable;

    /// <inheritdoc/>
    public byte TaskPriority
    {
        get => _taskPriority;
        set
        {
            lock (fabric.Lock)
            {
                Apic.Cr8 = value;
                Follow();
                fabric.Renew(vcpu);
            }
        }
    }

    /// <summary>The CPU's time stamp counter.</summary>
    public GuestTsc Counter => counter;

    private LocalApic Apic => fabric.LocalApics[vcpu];

    /// <summary>Whether this CPU's APIC registers answer at a guest-physical address.</summary>
    public bool Answers(ulong address) => (address & ~PageMask) == _page;

    /// <summary>Says what is pending; true when there is something that was not before. With the fabric's lock.</summary>
    public bool SetPending(VcpuSignals pending)
    {
        VcpuSignals before = (VcpuSignals)_pending;
        _pending = (int)pending;
        return (pending & ~before) != 0;
    }

    /// <inheritdoc/>
    public bool TryAcknowledge(out byte vector)
    {
        lock (fabric.Lock)
        {
            return fabric.TryAcknowledge(vcpu, out vector);
        }
    }

    /// <inheritdoc/>
    public bool TryTakeNonMaskable()
    {
        lock (fabric.Lock)
        {
            bool taken = Apic.TakeNmi();
            fabric.Renew(vcpu);
            return taken;
        }
    }

    /// <inheritdoc/>
    public bool TryTakeInit()
    {
        lock (fabric.Lock)
        {
            bool taken = Apic.TakeInit();
            if (taken)
            {
                Apic.Init();
            }
            Follow();
            fabric.Renew(vcpu);
            return taken;
        }
    }

    /// <inheritdoc/>
    public bool TryTakeStartUp(out byte page)
    {
        lock (fabric.Lock)
        {
            bool taken = Apic.TryTakeStartUp(out page);
            fabric.Renew(vcpu);
            return taken;
        }
    }

    /// <summary>An access to the APIC's page.</summary>
    public uint Read(uint offset)
    {
        lock (fabric.Lock)
        {
            return Apic.ReadRegister(offset);
        }
    }

    /// <summary>An access to the APIC's page.</summary>
    public void Write(uint offset, uint value)
    {
        lock (fabric.Lock)
        {
            LocalApicEffect effect = Apic.WriteRegister(offset, value);
            Follow();
            fabric.Carry(effect, vcpu);
        }
    }

    /// <summary>RDMSR of a register of the APIC; false is #GP, also for one that is not the APIC's.</summary>
    public bool TryReadMsr(uint index, out ulong value)
    {
        lock (fabric.Lock)
        {
            return Apic.TryReadMsr(index, out value);
        }
    }

    /// <summary>WRMSR of a register of the APIC; false is #GP, also for one that is not the APIC's.</summary>
    public bool TryWriteMsr(IVcpu cpu, uint index, ulong value)
    {
        if (index == LocalApic.TscDeadlineMsr)
        {
            counter.Look(cpu);
        }
        bool written;
        bool enabled;
        lock (fabric.Lock)
        {
            written = Apic.TryWriteMsr(index, value, out LocalApicEffect effect);
            Follow();
            fabric.Carry(effect, vcpu);
            enabled = Apic.Mode != LocalApicMode.Disabled;
        }
        if (written && index == LocalApic.BaseMsr)
        {
            ShowEnabled(cpu, enabled);
        }
        return written;
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        Apic.OnAlarm();
        fabric.Renew(vcpu);
    }

    /// <summary>Takes over, after a change of the APIC, what is looked at without its lock. With the fabric's lock.</summary>
    internal void Follow()
    {
        _taskPriority = Apic.Cr8;
        _page = Apic.Mode == LocalApicMode.XApic ? Apic.Address : NoPage;
    }

    /// <summary>CPUID's APIC bit shows the enable bit of the APIC base that the engine knows.</summary>
    private static void ShowEnabled(IVcpu cpu, bool enabled)
    {
        const ulong enable = 1 << 11;
        cpu.GetSystem(out SystemRegisters system);
        ulong wanted = enabled ? system.ApicBase | enable : system.ApicBase & ~enable;
        if (system.ApicBase != wanted)
        {
            system.ApicBase = wanted;
            _ = cpu.TrySetSystem(system);
        }
    }
}
