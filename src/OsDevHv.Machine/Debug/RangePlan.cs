using System.Buffers.Binary;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>What a CPU has come to that runs through a range without being stepped.</summary>
internal enum RangePlace
{
    /// <summary>Nothing of note.</summary>
    None,

    /// <summary>An instruction inside that must be stepped.</summary>
    Exit,

    /// <summary>The first instruction outside: the range is left.</summary>
    Outside,

    /// <summary>An exception's handler: an instruction inside has faulted.</summary>
    Handler,
}

/// <summary>
/// How one CPU can run through a range of code instead of being stepped: a HLT, which leaves the guest on every host, is planted at each
/// place where it must be held, and the CPU is let go. Bytes are in memory only while that CPU is in the guest.
/// </summary>
/// <remarks>
/// <para>It is for code of a kernel alone, 32 bits flat or 64 bits, and for a CPU that runs while no other does: in user code HLT is a
/// fault, and another CPU would take the bytes for the guest's own. No interrupt comes meanwhile, as in a step. Every handler of an
/// exception holds the CPU, which is then put back to before the exception (<see cref="TryUndoFault"/>) and stepped, so that a fault is
/// what it is in a step.</para>
/// <para>Code that changes: before each run the code, the tables of exceptions and where the pages are mapped are compared with what was
/// decoded (<see cref="IsCurrent"/>), and instructions that name an address in the range are stepped. A store into the range through a
/// register, made in the middle of a run, cannot be seen: if it takes away the way out that was decoded, the CPU runs past the range. It
/// is looked at every few milliseconds, and stops outside then with a message that says so. Read-only memory would show each such store,
/// but small kernels have data beside their code, and descriptors there, which KVM cannot write to for the processor on such
/// memory.</para>
/// <para>Owned by the vCPU's thread. <see cref="TryPlant"/>, <see cref="Lift"/> and <see cref="IsCurrent"/> allocate nothing.</para>
/// </remarks>
internal sealed class RangePlan
{
    private const byte Hlt = 0xf4;
    private const ulong PageSize = 0x1000;
    private const int Exceptions = 32;
    private const int MostTraps = 256;
    private const ulong TrapFlag = 1 << 8;
    private const ulong ResumeFlag = 1 << 16;

    private readonly ArmedTraps _traps;
    private readonly SystemRegisters _system;
    private readonly StepRange _range;
    private readonly List<(ulong Linear, ulong Physical)> _pages = [];
    private readonly List<ulong> _handlers = [];
    private readonly byte[] _table = new byte[Exceptions * 16];
    private readonly byte[] _tableNow = new byte[Exceptions * 16];
    private RangeCode _code = null!;
    private byte[] _bytes = [];
    private byte[] _bytesNow = [];
    private int _tableLength;
    private Trap[] _planted = [];

    private RangePlan(ArmedTraps traps, in SystemRegisters system, StepRange range)
    {
        _traps = traps;
        _system = system;
        _range = range;
    }

    private bool IsLong => (_system.Efer & ControlBits.EferLma) != 0;

    /// <summary>Whether a CPU in this state may run through a range of this size at all.</summary>
    public static bool Allows(ArmedTraps traps, in GeneralRegisters general, in SystemRegisters system, StepRange range)
    {
        bool isLong = (system.Efer & ControlBits.EferLma) != 0;
        bool isFlat = isLong || (system.Cs.Base == 0 && system.Ss.Base == 0 && (system.Ss.Flags & SegmentBits.Default32) != 0);
        return !traps.StepsEverywhere
            && range.End > range.Start && range.End - range.Start <= RangeCode.LongestRange
            && range.End <= (isLong ? ulong.MaxValue : uint.MaxValue) - PageSize
            && !CpuMode.IsRealAddressing(general, system)
            && CpuMode.Cpl(general, system) == 0
            && CpuMode.CodeBits(system) == (isLong ? 64 : 32)
            && isFlat
            && (general.Rflags & TrapFlag) == 0;
    }

    /// <summary>
    /// Plans for a CPU that <see cref="Allows"/> and whose guest uses no debug registers, for one that goes off leads to the guest's
    /// handler behind the instruction and not at it. Null where it cannot be held at all the places that it may come to.
    /// </summary>
    /// <param name="traps">The debugger's own, in memory now.</param>
    /// <param name="system">The CPU's.</param>
    /// <param name="range">Linear addresses.</param>
    /// <param name="roots">Where in the range it may begin.</param>
    public static RangePlan? Make(ArmedTraps traps, in SystemRegisters system, StepRange range, IReadOnlyCollection<ulong> roots)
    {
        var plan = new RangePlan(traps, system, range);
        return plan.TryFindHandlers() && plan.TryDecode(roots) && plan.TryPlace() ? plan : null;
    }

    /// <summary>
    /// Whether it still holds, for these traps and a CPU in this state that is about to execute the instruction at an address.
    /// </summary>
    public bool IsCurrent(ArmedTraps traps, in SystemRegisters system, StepRange range, ulong pc) =>
        ReferenceEquals(traps, _traps) && range == _range && _code.IsStart(pc)
        && system.Cs == _system.Cs && system.Ss == _system.Ss && system.Idt == _system.Idt
        && system.Cr0 == _system.Cr0 && system.Cr3 == _system.Cr3 && system.Cr4 == _system.Cr4 && system.Efer == _system.Efer
        && AreMapped()
        && ReadTable(_tableNow) == _tableLength && _tableNow.AsSpan().SequenceEqual(_table)
        && TryRead(_range.Start, _bytesNow) && _bytesNow.AsSpan().SequenceEqual(_bytes);

    /// <summary>What is at an address.</summary>
    public RangePlace PlaceOf(ulong address) =>
        _code.IsExit(address) ? RangePlace.Exit
        : _code.IsOutside(address) ? RangePlace.Outside
        : _handlers.Contains(address) ? RangePlace.Handler
        : RangePlace.None;

    /// <summary>
    /// Writes the bytes; false where one cannot be written, as to ROM. Nothing but the CPU that it is for may execute until <see
    /// cref="Lift"/>.
    /// </summary>
    public bool TryPlant()
    {
        Span<byte> cell = stackalloc byte[1];
        bool areAllThere = true;
        foreach (ref Trap trap in _planted.AsSpan())
        {
            trap.IsInMemory = _traps.Memory.TryRead(trap.Physical, cell);
            trap.Original = cell[0];
            cell[0] = Hlt;
            trap.IsInMemory = trap.IsInMemory && _traps.Memory.TryWrite(trap.Physical, cell);
            areAllThere &= trap.IsInMemory;
        }
        return areAllThere;
    }

    /// <summary>Takes the bytes out again; one that the guest overwrote meanwhile stays the guest's.</summary>
    public void Lift()
    {
        Span<byte> cell = stackalloc byte[1];
        foreach (ref Trap trap in _planted.AsSpan())
        {
            if (trap.IsInMemory && _traps.Memory.TryRead(trap.Physical, cell) && cell[0] == Hlt)
            {
                cell[0] = trap.Original;
                _ = _traps.Memory.TryWrite(trap.Physical, cell);
            }
            trap.IsInMemory = false;
        }
    }

    /// <summary>
    /// At a handler's first instruction: puts the registers back to where they were before the exception, which its frame tells (Intel SDM
    /// vol. 3A, 6.12.1 and 6.14). False, and nothing changed, where the frame is not one of an instruction in the range.
    /// </summary>
    public bool TryUndoFault(ref GeneralRegisters general)
    {
        // An error code lies below the frame of some exceptions; one handler may serve both kinds.
        return TryUndo(general.Rsp, ref general) || TryUndo(unchecked(general.Rsp + (IsLong ? 8u : 4u)), ref general);
    }

    private bool TryUndo(ulong frame, ref GeneralRegisters general)
    {
        const ulong alwaysSet = 2;
        int width = IsLong ? 8 : 4;
        Span<byte> bytes = stackalloc byte[5 * 8];
        if (!TryRead(frame, bytes[..(IsLong ? 5 * width : 3 * width)]))
        {
            return false;
        }
        ulong rip = Word(bytes, 0);
        ulong flags = Word(bytes, 2);
        if (!_code.IsStart(rip) || (ushort)Word(bytes, 1) != _system.Cs.Selector || (flags & (TrapFlag | alwaysSet)) != alwaysSet)
        {
            return false;
        }
        general.Rip = rip;
        general.Rflags = flags & ~ResumeFlag;
        general.Rsp = IsLong ? Word(bytes, 3) : (uint)(frame + 12);
        return true;
    }

    private ulong Word(ReadOnlySpan<byte> bytes, int index) => IsLong
        ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * index)..])
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * index)..]);

    /// <summary>
    /// The handlers of all exceptions; false where one is elsewhere than in this code segment, or not where it can be trapped.
    /// </summary>
    private bool TryFindHandlers()
    {
        const int present = 0x80;
        const int wideInterruptGate = 0xe;
        _tableLength = ReadTable(_table);
        int size = IsLong ? 16 : 8;
        for (int at = 0; at + size <= _tableLength; at += size)
        {
            ReadOnlySpan<byte> gate = _table.AsSpan(at, size);
            if ((gate[5] & present) == 0)
            {
                continue;
            }
            ulong handler = BinaryPrimitives.ReadUInt16LittleEndian(gate)
                | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[6..]) << 16)
                | (IsLong ? (ulong)BinaryPrimitives.ReadUInt32LittleEndian(gate[8..]) << 32 : 0);
            if ((gate[5] & 0x1e) != wideInterruptGate || BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]) != _system.Cs.Selector
                || _range.Contains(handler) || !TryFindPage(handler, out _))
            {
                return false;
            }
            if (!_handlers.Contains(handler))
            {
                _handlers.Add(handler);
            }
        }
        return _tableLength >= 0;
    }

    private bool TryDecode(IReadOnlyCollection<ulong> roots)
    {
        int length = (int)(_range.End - _range.Start);
        var bytes = new byte[length + RangeCode.LongestInstruction];
        if (!TryRead(_range.Start, bytes))
        {
            // The last instruction inside may end with the page, behind which nothing need be mapped.
            bytes = new byte[length];
            if (!TryRead(_range.Start, bytes))
            {
                return false;
            }
        }
        if (RangeCode.Decode(bytes, _range, IsLong ? 64 : 32, roots, CanTrap) is not { WritesDebugRegisters: false } code)
        {
            return false;
        }
        _code = code;
        // What was decoded counts, not the data behind it.
        _bytes = bytes[..(int)Math.Min((ulong)bytes.Length, unchecked(code.End - _range.Start))];
        _bytesNow = new byte[_bytes.Length];
        return true;
    }

    private bool CanTrap(ulong address) => !_handlers.Contains(address) && TryFindPage(address, out _);

    private bool TryPlace()
    {
        var planted = new List<Trap>();
        foreach (ulong address in _code.Exits.Concat(_code.Outside).Concat(_handlers))
        {
            if (!TryFindPage(address, out ulong page))
            {
                return false;
            }
            ulong physical = page + (address % PageSize);
            if (IsElsewhereInCode(address, physical))
            {
                return false;
            }
            // Where the debugger's own byte is that one holds the CPU.
            if (!_traps.Planted.OwnsByteAt(address, _system) && !planted.Exists(other => other.Physical == physical))
            {
                planted.Add(new Trap { Physical = physical });
            }
        }
        for (ulong page = _range.Start & ~(PageSize - 1); page < _code.End; page += PageSize)
        {
            if (!TryFindPage(page, out _))
            {
                return false;
            }
        }
        _planted = [.. planted];
        return _planted.Length <= MostTraps;
    }

    /// <summary>Whether a trap's byte is in another instruction of the range too, which is then mapped at two addresses.</summary>
    private bool IsElsewhereInCode(ulong address, ulong physical)
    {
        for (ulong page = _range.Start & ~(PageSize - 1); page < _code.End; page += PageSize)
        {
            if (TryFindPage(page, out ulong at) && at == (physical & ~(PageSize - 1)))
            {
                ulong alias = page + (physical % PageSize);
                if (alias != address && _code.Covers(alias))
                {
                    return true;
                }
            }
        }
        return false;
    }

    /// <summary>Where the page of an address is mapped; remembered, for it is looked at again before each run.</summary>
    private bool TryFindPage(ulong address, out ulong physical)
    {
        ulong linear = address & ~(PageSize - 1);
        foreach ((ulong known, ulong at) in _pages)
        {
            if (known == linear)
            {
                physical = at;
                return true;
            }
        }
        if (!PageWalk.TryTranslate(_traps.Memory, _system, linear, out Translation found)
            || !_traps.Memory.Contains(found.PhysicalAddress, PageSize))
        {
            physical = 0;
            return false;
        }
        physical = found.PhysicalAddress;
        _pages.Add((linear, physical));
        return true;
    }

    private bool AreMapped()
    {
        foreach ((ulong linear, ulong physical) in _pages)
        {
            if (!PageWalk.TryTranslate(_traps.Memory, _system, linear, out Translation now) || now.PhysicalAddress != physical)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Reads the gates of the exceptions; how many bytes there are, or -1 where they cannot be read.</summary>
    private int ReadTable(Span<byte> gates)
    {
        int wanted = Math.Min(Exceptions * (IsLong ? 16 : 8), _system.Idt.Limit + 1);
        gates.Clear();
        return TryRead(_system.Idt.Base, gates[..wanted]) ? wanted : -1;
    }

    /// <summary>Reads as the guest has it, under the debugger's breakpoints.</summary>
    private bool TryRead(ulong linear, Span<byte> destination)
    {
        for (int done = 0; done < destination.Length;)
        {
            ulong at = unchecked(linear + (ulong)done);
            int length = (int)Math.Min((ulong)(destination.Length - done), PageSize - (at % PageSize));
            if (!PageWalk.TryTranslate(_traps.Memory, _system, at, out Translation page)
                || !_traps.Planted.TryReadBeneath(page.PhysicalAddress, destination.Slice(done, length)))
            {
                return false;
            }
            done += length;
        }
        return true;
    }

    private struct Trap
    {
        public ulong Physical;
        public byte Original;
        public bool IsInMemory;
    }
}
