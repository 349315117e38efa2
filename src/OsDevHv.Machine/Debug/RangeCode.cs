using Iced.Intel;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// The code of a range, as far as it can be reached from some places in it, and where a CPU that executes it must be held: at
/// instructions of which decoding cannot say where they lead or whether they change how code is executed, and at the places outside to
/// which it goes.
/// </summary>
/// <remarks>
/// What an instruction does, and what may follow it, is as in the Intel SDM, vol. 2. In doubt an instruction is an exit: it is stepped. A
/// store whose address the instruction names is one where it may hit the range; stores through registers cannot be told.
/// </remarks>
internal sealed class RangeCode
{
    /// <summary>Bytes: ranges are lines of source, so what is longer is a mistake, and not worth the time.</summary>
    public const int LongestRange = 0x1_0000;

    /// <summary>How many bytes an instruction has at most (Intel SDM vol. 2A, 2.3.11).</summary>
    public const int LongestInstruction = 15;

    // An XSAVE area is far longer, but nobody saves it into code.
    private const ulong LongestStore = 64;

    private readonly byte[] _bytes;
    private readonly StepRange _range;
    private readonly int _bits;
    private readonly Func<ulong, bool> _canTrap;
    private readonly Mark[] _marks;
    private readonly Stack<int> _todo = [];
    private readonly HashSet<ulong> _outside = [];
    private readonly List<ulong> _exits = [];

    private RangeCode(byte[] bytes, StepRange range, int bits, Func<ulong, bool> canTrap)
    {
        _bytes = bytes;
        _range = range;
        _bits = bits;
        _canTrap = canTrap;
        _marks = new Mark[bytes.Length + LongestInstruction];
    }

    private enum Mark : byte
    {
        None,
        Body,
        Start,
        Exit,
    }

    /// <summary>The instructions inside that are to be stepped.</summary>
    public IReadOnlyList<ulong> Exits => _exits;

    /// <summary>The first instructions outside to which others than exits lead.</summary>
    public IReadOnlyCollection<ulong> Outside => _outside;

    /// <summary>The address behind the last byte that was decoded; it may be behind the range.</summary>
    public ulong End { get; private set; }

    /// <summary>An instruction writes a debug register, so that from then on the guest's own may go off.</summary>
    public bool WritesDebugRegisters { get; private set; }

    /// <summary>
    /// Decodes; null where two paths disagree about where an instruction begins, so that a trap at one could be in the middle of another.
    /// </summary>
    /// <param name="bytes">From the start of the range on, up to <see cref="LongestInstruction"/> bytes more than the range has.</param>
    /// <param name="range">Linear addresses, up to <see cref="LongestRange"/> bytes.</param>
    /// <param name="bits">32 or 64.</param>
    /// <param name="roots">Where execution may begin.</param>
    /// <param name="canTrap">
    /// Whether a CPU can be held at an address outside; where not, the instruction that leads there is an exit.
    /// </param>
    public static RangeCode? Decode(byte[] bytes, StepRange range, int bits, IReadOnlyCollection<ulong> roots, Func<ulong, bool> canTrap)
    {
        var code = new RangeCode(bytes, range, bits, canTrap);
        var reader = new ByteArrayCodeReader(bytes);
        Decoder decoder = Decoder.Create(bits, reader);
        foreach (ulong root in roots)
        {
            code.Reach(root);
        }
        while (code._todo.TryPop(out int at))
        {
            reader.Position = at;
            decoder.IP = unchecked(range.Start + (ulong)at);
            decoder.Decode(out Instruction instruction);
            if (code._marks[at] == Mark.Body || !code.TryTake(at, instruction))
            {
                return null;
            }
        }
        return code._outside.Any(code.IsInsideAnInstruction) ? null : code;
    }

    /// <summary>Whether an instruction that was decoded begins at an address.</summary>
    public bool IsStart(ulong address) => MarkAt(address) is Mark.Start or Mark.Exit;

    /// <summary>Whether an instruction that is to be stepped begins at an address.</summary>
    public bool IsExit(ulong address) => MarkAt(address) == Mark.Exit;

    /// <summary>Whether an address is one of <see cref="Outside"/>.</summary>
    public bool IsOutside(ulong address) => _outside.Contains(address);

    /// <summary>Whether a byte is part of an instruction that was decoded.</summary>
    public bool Covers(ulong address) => MarkAt(address) != Mark.None;

    private bool IsInsideAnInstruction(ulong address) => MarkAt(address) == Mark.Body;

    private Mark MarkAt(ulong address)
    {
        ulong at = unchecked(address - _range.Start);
        return at < (ulong)_marks.Length ? _marks[at] : Mark.None;
    }

    private bool TryTake(int at, in Instruction instruction)
    {
        if (_marks[at] != Mark.None)
        {
            return true;
        }
        int length = Math.Max(instruction.Length, 1);
        if (_marks.AsSpan(at, length).ContainsAny(Mark.Start, Mark.Exit))
        {
            return false;
        }
        _marks.AsSpan(at, length).Fill(Mark.Body);
        bool isExit = IsExit(at, instruction) | !TryFollow(instruction);
        _marks[at] = isExit ? Mark.Exit : Mark.Start;
        if (isExit)
        {
            _exits.Add(instruction.IP);
            WritesDebugRegisters |= instruction.Op0Register.IsDR();
            ReachBehind(instruction);
        }
        End = Math.Max(End, unchecked(instruction.IP + (ulong)length));
        return true;
    }

    /// <summary>Where an instruction that is no exit leads; false where a CPU cannot be held there, and it must be one after all.</summary>
    private bool TryFollow(in Instruction instruction)
    {
        switch (instruction.FlowControl)
        {
            case FlowControl.Next:
                return TryGoTo(instruction.NextIP);
            case FlowControl.ConditionalBranch:
                return TryGoTo(instruction.NextIP) & TryGoTo(instruction.NearBranchTarget);
            case FlowControl.UnconditionalBranch when IsNear(instruction):
                return TryGoTo(instruction.NearBranchTarget);
            default:
                return false;
        }
    }

    /// <summary>Where the code goes on behind an exit that was stepped.</summary>
    private void ReachBehind(in Instruction instruction)
    {
        if (instruction.FlowControl is FlowControl.Next or FlowControl.ConditionalBranch or FlowControl.Call or FlowControl.IndirectCall
            or FlowControl.Interrupt)
        {
            Reach(instruction.NextIP);
        }
        if (IsNear(instruction))
        {
            Reach(instruction.NearBranchTarget);
        }
    }

    private bool TryGoTo(ulong address)
    {
        if (_range.Contains(address))
        {
            Reach(address);
            return true;
        }
        if (!_canTrap(address))
        {
            return false;
        }
        _outside.Add(address);
        return true;
    }

    private void Reach(ulong address)
    {
        if (_range.Contains(address) && unchecked(address - _range.Start) is var at && at < (ulong)_bytes.Length)
        {
            _todo.Push((int)at);
        }
    }

    private bool IsExit(int at, in Instruction instruction)
    {
        const byte operandSize = 0x66;
        if (instruction.IsInvalid
            || instruction.FlowControl is not (FlowControl.Next or FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch))
        {
            return true;
        }
        if (instruction.FlowControl != FlowControl.Next)
        {
            // With this prefix the processors of the two makers jump to different places.
            return !IsNear(instruction) || (_bits == 64 && _bytes[at] == operandSize);
        }
        return ChangesExecution(instruction) || NamesTheRange(instruction);
    }

    /// <summary>
    /// The mode, the trap flag, the tables, the debug registers and what else decides how code is executed. Among what only a kernel may
    /// do, accesses to ports and the interrupt flag change nothing here: no interrupt comes while a CPU steps.
    /// </summary>
    private static bool ChangesExecution(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.In or Mnemonic.Insb or Mnemonic.Insw or Mnemonic.Insd:
            case Mnemonic.Out or Mnemonic.Outsb or Mnemonic.Outsw or Mnemonic.Outsd:
            case Mnemonic.Cli or Mnemonic.Sti:
                return false;
            case Mnemonic.Popf or Mnemonic.Popfd or Mnemonic.Popfq:
            case Mnemonic.Lss:
            case Mnemonic.Monitor or Mnemonic.Mwait or Mnemonic.Monitorx or Mnemonic.Mwaitx:
            case Mnemonic.Umonitor or Mnemonic.Umwait or Mnemonic.Tpause:
                return true;
            default:
                return instruction.IsPrivileged
                    || instruction.Op0Register == Register.SS
                    || instruction.Op0Register.IsCR() || instruction.Op0Register.IsDR() || instruction.Op0Register.IsTR();
        }
    }

    /// <summary>
    /// A memory operand at an address that the instruction holds, in the range or so near that the access may reach into it.
    /// </summary>
    private bool NamesTheRange(in Instruction instruction)
    {
        bool isNamed = instruction.IsIPRelativeMemoryOperand
            || (instruction.MemoryBase == Register.None && instruction.MemoryIndex == Register.None);
        if (!isNamed || instruction.Mnemonic == Mnemonic.Lea || !HasMemoryOperand(instruction)
            || instruction.MemorySegment is Register.FS or Register.GS)
        {
            return false;
        }
        ulong address = instruction.MemoryDisplacement64;
        return unchecked(address - _range.Start + LongestStore) < _range.End - _range.Start + LongestStore + LongestInstruction;
    }

    private static bool HasMemoryOperand(in Instruction instruction)
    {
        for (int i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Memory)
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsNear(in Instruction instruction) =>
        instruction.Op0Kind is OpKind.NearBranch16 or OpKind.NearBranch32 or OpKind.NearBranch64;
}
