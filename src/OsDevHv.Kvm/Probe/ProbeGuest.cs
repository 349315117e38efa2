using System.Buffers.Binary;
using System.Diagnostics;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Kvm.Probe;

/// <summary>The modes that are probed, all with privilege level 0 and flat segments.</summary>
internal enum ProbeMode
{
    Real,
    Protected,
    Long,
}

/// <summary>How a probing run ended.</summary>
internal enum ProbeEnd
{
    Exit,

    /// <summary>The time was up: the guest spins, or KVM does.</summary>
    TimedOut,

    /// <summary>KVM refused the state or the run.</summary>
    Refused,
}

/// <summary>
/// A machine of 64 KiB with one vCPU, used again for each probe. Every exception and interrupt runs a handler that does OUT to the port of
/// its vector's number.
/// </summary>
internal sealed class ProbeGuest : IDisposable
{
    public const ulong Code = 0x2000;
    public const ulong Data = 0x3000;
    public const ulong ReadOnlyPage = 0xa000;

    private const ulong Gdt = 0x500;
    private const ulong Stack = 0x1000;
    private const ulong Handlers = 0x4000;
    private const ulong ProtectedIdt = 0x5000;
    private const ulong LongIdt = 0x6000;
    private const ulong Pml4 = 0x7000;
    private const ulong Pdpt = 0x8000;
    private const ulong Directory = 0x9000;
    private const ulong RamSize = 0x10000;
    private const ushort LongCode = 0x08;
    private const ushort ProtectedCode = 0x10;
    private const ushort FlatData = 0x18;

    // An emulated host needs up to a millisecond for an exit, and this must not mistake it for a hanging one.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private readonly KvmSregs _initial;
    private readonly Timer _watchdog;

    public ProbeGuest(KvmDevice device)
    {
        Vm = device.CreateVm();
        Ram = new GuestRam(RamSize);
        Vm.AddMemory(0, 0, Ram, 0, ReadOnlyPage, readOnly: false);
        Vm.EnableMsrExits(KvmMsrExits.Invalid | KvmMsrExits.Unknown | KvmMsrExits.Filtered);
        Vcpu = Vm.CreateVcpu(0);
        Vcpu.SetCpuid(device.GetSupportedCpuid());
        Vcpu.BindToCurrentThread();
        _initial = Vcpu.SystemRegisters;
        _watchdog = new Timer(static vcpu => ((KvmVcpu)vcpu!).Kick(), Vcpu, Timeout.Infinite, Timeout.Infinite);
        WriteTables();
    }

    public KvmVm Vm { get; }

    public KvmVcpu Vcpu { get; }

    public GuestRam Ram { get; }

    /// <summary>RIP, which is the linear address too, since all segments begin at 0.</summary>
    public ulong Rip => Vcpu.Registers.Rip;

    /// <summary>Runs <paramref name="code"/> in this mode to its first exit.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="code">At <see cref="Code"/>.</param>
    /// <param name="debug">What to ask of KVM_SET_GUEST_DEBUG.</param>
    /// <param name="rbx">RBX and RCX at the start.</param>
    public ProbeEnd Run(ProbeMode mode, ReadOnlySpan<byte> code, KvmGuestDebug debug = default, ulong rbx = 0)
    {
        CompletePreviousExit();
        Ram.TryWrite(Code, code);
        Vcpu.SetEvents(new KvmVcpuEvents { Flags = KvmVcpuEventParts.NmiPending | KvmVcpuEventParts.Shadow });
        if (!Vcpu.TrySetSystemRegisters(SystemRegisters(mode)))
        {
            return ProbeEnd.Refused;
        }

        Vcpu.SetRegisters(new KvmRegs { Rip = Code, Rsp = Stack, Rbx = rbx, Rcx = rbx, Rflags = 2 });
        if (!Vcpu.TrySetGuestDebug(debug))
        {
            return ProbeEnd.Refused;
        }

        var end = RunLimited();
        _ = Vcpu.TrySetGuestDebug(default);
        return end;
    }

    /// <summary>The handler of this vector was reached.</summary>
    public bool Handled(byte vector)
    {
        var page = Vcpu.RunPage;
        return page.ExitReason == KvmExitReason.Io && page.Io.Port == vector;
    }

    public void Dispose()
    {
        _watchdog.Dispose();
        Vcpu.Dispose();
        Vm.Dispose();
        Ram.Dispose();
    }

    private static KvmSegment Flat(ushort selector, byte type) => new()
    {
        Limit = 0xffffffff,
        Selector = selector,
        Type = type,
        Present = 1,
        S = 1,
        G = 1,
        Db = 1,
    };

    private static KvmSegment RealMode(byte type) => new() { Limit = 0xffff, Type = type, Present = 1, S = 1 };

    /// <summary>KVM would apply the result of the last access, and move RIP, at the beginning of the next run: too late.</summary>
    private void CompletePreviousExit()
    {
        Vcpu.KickSelf();
        while (Vcpu.Run())
        {
            // The next part of an access that comes in parts.
        }

        Vcpu.ClearKick();
    }

    private ProbeEnd RunLimited()
    {
        var start = Stopwatch.GetTimestamp();
        _watchdog.Change(s_limit, Timeout.InfiniteTimeSpan);
        try
        {
            while (!Vcpu.Run())
            {
                Vcpu.ClearKick();
                if (Stopwatch.GetElapsedTime(start) >= s_limit)
                {
                    return ProbeEnd.TimedOut;
                }
            }

            return ProbeEnd.Exit;
        }
        catch (KvmException)
        {
            return ProbeEnd.Refused;
        }
        finally
        {
            _watchdog.Change(Timeout.Infinite, Timeout.Infinite);
        }
    }

    private KvmSregs SystemRegisters(ProbeMode mode)
    {
        const ulong osFxsr = 0x600;
        var s = _initial;
        var data = Flat(FlatData, 3);
        s.Gdt = new KvmDtable { Base = Gdt, Limit = 0x1f };
        s.Cr3 = Pml4;
        s.Cr4 = osFxsr;
        s.Efer = 0;
        switch (mode)
        {
            case ProbeMode.Real:
                s.Cr0 = 0x10;
                s.Cs = RealMode(0xb);
                data = RealMode(3);
                s.Idt = new KvmDtable { Base = 0, Limit = 0x3ff };
                break;
            case ProbeMode.Protected:
                s.Cr0 = 0x11;
                s.Cs = Flat(ProtectedCode, 0xb);
                s.Idt = new KvmDtable { Base = ProtectedIdt, Limit = 0x7ff };
                break;
            default:
                s.Cr0 = 0x80000011;
                s.Cr4 = osFxsr | 0x20;
                s.Efer = 0x500;
                s.Cs = Flat(LongCode, 0xb) with { L = 1, Db = 0 };
                s.Idt = new KvmDtable { Base = LongIdt, Limit = 0xfff };
                break;
        }

        (s.Ds, s.Es, s.Fs, s.Gs, s.Ss) = (data, data, data, data, data);
        return s;
    }

    private void WriteTables()
    {
        Write(Gdt + LongCode, 0x00af9b000000ffff);
        Write(Gdt + ProtectedCode, 0x00cf9b000000ffff);
        Write(Gdt + FlatData, 0x00cf93000000ffff);
        Write(Pml4, Pdpt | 3);
        Write(Pdpt, Directory | 3);
        Write(Directory, 0xe3); // 2 MiB at 0: present, writable, accessed, dirty
        const ulong interruptGate = 0x8eUL << 40;
        for (var vector = 0UL; vector < 256; vector++)
        {
            // out %al, $vector
            var handler = Handlers + (vector * 4);
            Write(handler, 0xe6 | (vector << 8));
            Ram.TryWrite(vector * 4, [(byte)handler, (byte)(handler >> 8), 0, 0]);
            Write(ProtectedIdt + (vector * 8), handler | ((ulong)ProtectedCode << 16) | interruptGate);
            Write(LongIdt + (vector * 16), handler | ((ulong)LongCode << 16) | interruptGate);
        }
    }

    private void Write(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Ram.TryWrite(address, bytes);
    }
}
