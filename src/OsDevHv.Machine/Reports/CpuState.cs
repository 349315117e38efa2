using OsDevHv.Devices;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>The modes of operation that decide how code, stacks and gates are read (Intel SDM vol. 3A, 2.2).</summary>
internal enum CpuMode
{
    Real,
    Virtual8086,
    Protected16,
    Protected32,
    Compatibility16,
    Compatibility32,
    Long,
}

/// <summary>A vCPU's registers with the memory behind them: linear addresses, stacks, code.</summary>
internal sealed class CpuState(in GeneralRegisters general, in SystemRegisters system, IGuestMemory memory)
{
    private const ulong InterruptFlag = 1 << 9;

    private readonly GeneralRegisters _general = general;
    private readonly SystemRegisters _system = system;

    public ref readonly GeneralRegisters General => ref _general;

    public ref readonly SystemRegisters System => ref _system;

    public IGuestMemory Memory { get; } = memory;

    public CpuMode Mode { get; } = ModeOf(general, system);

    public bool IsLongModeActive => (_system.Efer & ControlBits.EferLma) != 0;

    /// <summary>The width of instructions: 16, 32 or 64.</summary>
    public int CodeBits => Mode switch
    {
        CpuMode.Long => 64,
        CpuMode.Protected32 or CpuMode.Compatibility32 => 32,
        _ => 16,
    };

    /// <summary>Bytes of a word on the stack.</summary>
    public int StackWordBytes => Mode switch
    {
        CpuMode.Long => 8,
        CpuMode.Real or CpuMode.Virtual8086 => 2,
        _ => (_system.Ss.Flags & SegmentBits.Default32) != 0 ? 4 : 2,
    };

    public int PrivilegeLevel => Mode switch { CpuMode.Real => 0, CpuMode.Virtual8086 => 3, _ => _system.Ss.Dpl };

    public ulong LinearRip => Linear(_system.Cs, _general.Rip);

    public ulong LinearRsp =>
        Linear(_system.Ss, StackWordBytes switch { 8 => _general.Rsp, 4 => (uint)_general.Rsp, _ => (ushort)_general.Rsp });

    /// <summary>What the mode is, in words.</summary>
    public string Describe()
    {
        string mode = Mode switch
        {
            CpuMode.Real => "real mode",
            CpuMode.Virtual8086 => "virtual-8086 mode",
            CpuMode.Protected16 => "16-bit protected mode",
            CpuMode.Protected32 => "32-bit protected mode",
            CpuMode.Compatibility16 => "16-bit compatibility mode",
            CpuMode.Compatibility32 => "32-bit compatibility mode",
            _ => "64-bit mode",
        };
        string privilege = Mode == CpuMode.Real ? "" : $", CPL {PrivilegeLevel} ({(PrivilegeLevel == 3 ? "user" : "kernel")})";
        string interrupts = (_general.Rflags & InterruptFlag) != 0 ? "on" : "off";
        return $"{mode}{privilege}, {PageWalkText.NameOf(PageWalk.ModeOf(_system))}, interrupts {interrupts}";
    }

    /// <summary>A segmented address; bases count in every mode but 64-bit, and addresses wrap at 4 GiB outside long mode.</summary>
    public ulong Linear(in Segment segment, ulong offset) =>
        Mode == CpuMode.Long ? offset : (uint)(segment.Base + offset);

    /// <summary>Reads linear memory up to the first byte that is not mapped or not RAM; gives how much it was.</summary>
    public int ReadSome(ulong linear, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            ulong at = linear + (ulong)done;
            int inPage = (int)Math.Min(0x1000 - (at & 0xfff), (ulong)(destination.Length - done));
            if (!PageWalk.TryTranslate(Memory, _system, at, out Translation translation)
                || !Memory.TryRead(translation.PhysicalAddress, destination.Slice(done, inPage)))
            {
                break;
            }

            done += inPage;
        }

        return done;
    }

    /// <summary>Reads all of a range of linear memory.</summary>
    public bool TryRead(ulong linear, Span<byte> destination) => ReadSome(linear, destination) == destination.Length;

    /// <summary>Reads a little-endian word of 2, 4 or 8 bytes.</summary>
    public bool TryReadWord(ulong linear, int bytes, out ulong value)
    {
        Span<byte> buffer = stackalloc byte[8];
        buffer.Clear();
        bool read = TryRead(linear, buffer[..bytes]);
        value = BitConverter.ToUInt64(buffer);
        return read;
    }

    private static CpuMode ModeOf(in GeneralRegisters general, in SystemRegisters system)
    {
        bool is32 = (system.Cs.Flags & SegmentBits.Default32) != 0;
        if ((system.Cr0 & ControlBits.Cr0Pe) == 0)
        {
            return CpuMode.Real;
        }

        if ((system.Efer & ControlBits.EferLma) != 0)
        {
            return (system.Cs.Flags & SegmentBits.Long) != 0 ? CpuMode.Long : is32 ? CpuMode.Compatibility32 : CpuMode.Compatibility16;
        }

        return (general.Rflags & ControlBits.RflagsVm) != 0 ? CpuMode.Virtual8086 : is32 ? CpuMode.Protected32 : CpuMode.Protected16;
    }
}
