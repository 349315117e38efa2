using System.Buffers.Binary;
using OsDevHv.Kvm;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;

namespace OsDevHv.Tests.Kvm;

/// <summary>The modes that test code runs in, all with privilege level 0.</summary>
public enum GuestMode
{
    Real,
    Protected32,
    Long64,
}

/// <summary>
/// One vCPU on the test's thread with 2 MiB of RAM at 0, code at <see cref="Code"/>, and an exception handler for each vector that does
/// OUT to the port of the vector's number and then HLT. The guest's time is limited.
/// </summary>
internal sealed class TestGuest : IDisposable
{
    public const ulong Code = 0x10000;
    public const ulong Data = 0x18000;
    public const ulong Stack = 0x9000;
    public const ulong Mmio = 0xd0000000;

    private const ulong Gdt = 0x1000;
    private const ulong Idt = 0x2000;
    private const ulong Pml4 = 0x3000;
    private const ulong Pdpt = 0x4000;
    private const ulong Directories = 0x5000;
    private const ulong Handlers = 0x20000;

    private readonly KvmEngine _engine;
    private readonly Timer _watchdog;
    private volatile bool _expired;

    public TestGuest(ReadOnlySpan<byte> code, GuestMode mode = GuestMode.Long64, ulong ramSize = 0x200000)
    {
        Ram = new GuestRam(ramSize);
        _engine = new KvmEngine(Ram, new CpuFeatures(1));
        _engine.SetMemoryLayout([new MemoryMapping(0, 0, ramSize, false)]);
        Cpu = _engine.CreateVcpu(0);
        Cpu.BindToCurrentThread();
        Mode = mode;
        Write(Code, code);
        WriteTables();
        Enter();
        _watchdog = new Timer(_ =>
        {
            _expired = true;
            Cpu.Kick();
        });
    }

    public GuestRam Ram { get; }

    public IVcpu Cpu { get; }

    public IEngine Engine => _engine;

    public GuestMode Mode { get; }

    public GeneralRegisters General
    {
        get
        {
            Cpu.GetGeneral(out var registers);
            return registers;
        }
    }

    /// <summary>Linear address of the next instruction.</summary>
    public ulong Pc
    {
        get
        {
            Cpu.GetSystem(out var system);
            return (Mode == GuestMode.Long64 ? 0 : system.Cs.Base) + General.Rip;
        }
    }

    /// <summary>Runs to the next exit, for 20 seconds at most.</summary>
    public VcpuExit Run()
    {
        _watchdog.Change(20_000, Timeout.Infinite);
        Cpu.Run(out var exit);
        _watchdog.Change(Timeout.Infinite, Timeout.Infinite);
        if (_expired)
        {
            Assert.Fail($"The guest ran for 20 s without an exit; PC {Pc:x}, {exit.Kind}.");
        }

        return exit;
    }

    /// <summary>Runs to the next exit, which must be of this kind.</summary>
    public VcpuExit RunTo(VcpuExitKind kind)
    {
        var exit = Run();
        if (exit.Kind != kind)
        {
            Assert.Fail($"Wanted {kind}; got {exit.Kind} at PC {Pc:x}, address {exit.Address:x}, "
                + $"value {exit.Value:x}, vector {exit.Vector}, data {Convert.ToHexString(Cpu.ExitData)}.");
        }

        return exit;
    }

    /// <summary>Completes the last exit without executing anything.</summary>
    public void Complete()
    {
        Cpu.KickSelf();
        RunTo(VcpuExitKind.Interrupted);
        Cpu.ClearKick();
    }

    public void SetGeneral(Func<GeneralRegisters, GeneralRegisters> change) => Cpu.SetGeneral(change(General));

    public void Write(ulong address, ReadOnlySpan<byte> bytes) => Assert.True(Ram.TryWrite(address, bytes));

    public byte[] Read(ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.True(Ram.TryRead(address, bytes));
        return bytes;
    }

    public ulong ReadUInt64(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(Read(address, 8));

    public void Dispose()
    {
        _watchdog.Dispose();
        _engine.Dispose();
        Ram.Dispose();
    }

    private void WriteUInt64(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Write(address, bytes);
    }

    private void WriteTables()
    {
        WriteUInt64(Gdt + 0x08, 0x00af9b000000ffff); // 64-bit code
        WriteUInt64(Gdt + 0x10, 0x00cf93000000ffff); // data
        WriteUInt64(Gdt + 0x18, 0x00cf9b000000ffff); // 32-bit code
        WriteUInt64(Pml4, Pdpt | 3);
        for (var gigabyte = 0UL; gigabyte < 4; gigabyte++)
        {
            WriteUInt64(Pdpt + (gigabyte * 8), (Directories + (gigabyte * 0x1000)) | 3);
        }

        for (var page = 0UL; page < 2048; page++)
        {
            WriteUInt64(Directories + (page * 8), (page << 21) | 0xe3); // present, writable, accessed, dirty, 2 MiB
        }

        for (var vector = 0UL; vector < 256; vector++)
        {
            WriteHandler(vector);
        }
    }

    private void WriteHandler(ulong vector)
    {
        // out %al, $vector; hlt
        var handler = Handlers + (vector * 4);
        Write(handler, [0xe6, (byte)vector, 0xf4]);
        switch (Mode)
        {
            case GuestMode.Real:
                WriteUInt64(vector * 4, ((Handlers >> 4) << 16) | (vector * 4));
                break;
            case GuestMode.Protected32:
                WriteUInt64(Idt + (vector * 8), (handler & 0xffff) | (0x18 << 16) | (0x8eUL << 40) | ((handler >> 16) << 48));
                break;
            default:
                WriteUInt64(Idt + (vector * 16), (handler & 0xffff) | (0x08 << 16) | (0x8eUL << 40) | ((handler >> 16) << 48));
                break;
        }
    }

    private void Enter()
    {
        const SegmentBits usable = SegmentBits.Present | SegmentBits.CodeOrData;
        const SegmentBits flat = usable | SegmentBits.Granular;
        Cpu.GetSystem(out var system);
        system.Idt = new DescriptorTable(Idt, 0xfff);
        system.Gdt = new DescriptorTable(Gdt, 0x1f);
        var data = new Segment(0, 0xffffffff, 0x10, 3, 0, flat | SegmentBits.Default32);
        var general = new GeneralRegisters { Rip = Code, Rsp = Stack, Rflags = 2 };
        switch (Mode)
        {
            case GuestMode.Real:
                system.Cr0 = 0x10;
                system.Cs = new Segment(Code, 0xffff, (ushort)(Code >> 4), 0xb, 0, usable);
                data = new Segment(0, 0xffff, 0, 3, 0, usable);
                system.Idt = new DescriptorTable(0, 0x3ff);
                general.Rip = 0;
                break;
            case GuestMode.Protected32:
                system.Cr0 = 0x31;
                system.Cs = new Segment(0, 0xffffffff, 0x18, 0xb, 0, flat | SegmentBits.Default32);
                break;
            default:
                system.Cr0 = 0x80000031;
                system.Cr3 = Pml4;
                system.Cr4 = 0x620; // PAE, OSFXSR, OSXMMEXCPT
                system.Efer = 0x500; // LME, LMA
                system.Cs = new Segment(0, 0xffffffff, 0x08, 0xb, 0, flat | SegmentBits.Long);
                break;
        }

        (system.Ss, system.Ds, system.Es, system.Fs, system.Gs) = (data, data, data, data, data);
        Assert.True(Cpu.TrySetSystem(system));
        Cpu.SetGeneral(general);
    }
}
