using System.Buffers.Binary;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.RunControl;

/// <summary>
/// A CPU that understands a dozen instructions of flat 32-bit code, with KVM's habits at its seam: an I/O result reaches the registers only
/// at the next entry, an OUT exit has RIP on the OUT, a kick is sticky, an exit after a kick is never invented.
/// </summary>
internal sealed class ScriptedVcpu(int index, FlatMemory memory) : IVcpu
{
    private const ulong TrapFlag = 0x100;

    private readonly byte[] _data = new byte[16];
    private volatile bool _kicked;
    private GeneralRegisters _general = new() { Rip = RunControlRig.CodeBase, Rflags = 2 };
    private SystemRegisters _system;
    private DebugControl _control;
    private DebugRegisters _guestDebug;
    private Action? _completion;
    private int _dataLength;
    private int _owner;

    /// <summary>
    /// Whether completing an I/O exit while stepping ends in a debug exit at once (hardware) or in none (the step is seen by RIP).
    /// </summary>
    public bool DebugExitOnCompletion { get; init; }

    /// <summary>Whether INT3 under a debugger is a debug exit, or an instruction that the engine cannot execute.</summary>
    public bool Int3IsDebugExit { get; init; } = true;

    /// <summary>Whether a triple fault resets the registers before it is told of, as KVM's do on AMD processors.</summary>
    public bool LosesRegistersInShutdown { get; init; }

    /// <summary>Guest INT3s that reached the guest.</summary>
    public int GuestInt3s { get; private set; }

    /// <summary>Debug exceptions that reached the guest.</summary>
    public int GuestDebugExceptions { get; private set; }

    /// <summary>DR6 of the last debug exception that was delivered from outside.</summary>
    public ulong LastDebugStatus { get; private set; }

    /// <summary>Interrupts that reached the guest.</summary>
    public List<byte> Interrupts { get; } = [];

    /// <summary>NMIs that reached the guest.</summary>
    public int Nmis { get; private set; }

    /// <summary>For how long the machine's time stood still, as it was told.</summary>
    public long TimeStopped { get; private set; }

    /// <summary>Instructions completed.</summary>
    public long Retired { get; private set; }

    public int Index => index;

    public Span<byte> ExitData => _data.AsSpan(0, _dataLength);

    public bool CanInjectInterrupt => InterruptsEnabled;

    public bool InterruptsEnabled => (_general.Rflags & 0x200) != 0;

    public bool WantInterruptWindow { get; set; }

    public void BindToCurrentThread() => _owner = Environment.CurrentManagedThreadId;

    public void Kick() => _kicked = true;

    public void ClearKick()
    {
        CheckOwner();
        _kicked = false;
    }

    public void KickSelf() => _kicked = true;

    public void Run(out VcpuExit exit)
    {
        CheckOwner();
        exit = default;
        bool completed = _completion is not null;
        _completion?.Invoke();
        _completion = null;
        if (completed && DebugExitOnCompletion && _control.SingleStep)
        {
            StepExit(ref exit, TrapFlagIsSet);
            return;
        }
        while (!_kicked)
        {
            bool traps = TrapFlagIsSet;
            if (Execute(ref exit))
            {
                return;
            }
            Retired++;
            if (_control.SingleStep)
            {
                StepExit(ref exit, traps);
                return;
            }
            if (traps)
            {
                EnterDebugHandler(0x4000);
            }
        }
        exit.Kind = VcpuExitKind.Interrupted;
    }

    public void FailMsr() => throw new NotSupportedException();

    public void GetGeneral(out GeneralRegisters registers) => registers = Checked(_general);

    public void SetGeneral(in GeneralRegisters registers) => _general = Checked(registers);

    public void GetSystem(out SystemRegisters registers) => registers = Checked(_system);

    public bool BringsSystemRegisters { get; set; }

    public bool TrySetSystem(in SystemRegisters registers)
    {
        _system = Checked(registers);
        return true;
    }

    public void GetFxsave(Span<byte> image) => image.Clear();

    public bool TrySetFxsave(ReadOnlySpan<byte> image) => true;

    public XstateFormat Xstate { get; } = new();

    public void GetXsave(Span<byte> image) => image.Clear();

    public bool TrySetXsave(ReadOnlySpan<byte> image, ulong changed) => true;

    public bool TryGetXcr0(out ulong value)
    {
        value = 0;
        return false;
    }

    public bool TrySetXcr0(ulong value) => false;

    public bool TryGetMsr(uint index, out ulong value)
    {
        value = 0;
        return true;
    }

    public bool TrySetMsr(uint index, ulong value) => true;

    public void GetDebugRegisters(out DebugRegisters registers) => registers = _guestDebug;

    public void SetDebugRegisters(in DebugRegisters registers) => _guestDebug = registers;

    public void GetEvents(out VcpuEvents events) => events = default;

    public void SetDebugControl(in DebugControl control) => _control = Checked(control);

    public void DeliverGuestInt3()
    {
        GuestInt3s++;
        _general.Rip++;
    }

    public void DeliverGuestDebugException(ulong dr6)
    {
        LastDebugStatus = dr6;
        EnterDebugHandler(dr6);
    }

    public void InjectInterrupt(byte vector) => Interrupts.Add(vector);

    public void InjectNmi() => Nmis++;

    public bool TryWithdrawInterrupt(out byte vector)
    {
        vector = 0;
        return false;
    }

    public bool TryWithdrawNmi() => false;

    public byte TaskPriority { get; set; }

    public uint TscKilohertz => 1_000_000;

    public void SetTimeStopped(long nanoseconds) => TimeStopped = nanoseconds;

    public void InitState() => ResetState();

    public void ResetState() => _general = new GeneralRegisters { Rip = 0xfff0, Rflags = 2 };

    public void Dispose()
    {
    }

    private T Checked<T>(T value)
    {
        CheckOwner();
        return value;
    }

    private void CheckOwner()
    {
        if (_owner != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException($"vCPU {index} was touched by a thread that does not own it.");
        }
    }

    private bool TrapFlagIsSet => (_general.Rflags & TrapFlag) != 0;

    private void StepExit(ref VcpuExit exit, bool traps)
    {
        exit = new VcpuExit { Kind = VcpuExitKind.Debug, Vector = 1, Address = _general.Rip, DebugStatus = 0x4000 };
        exit.GuestDebugStatus = traps ? 0x4000UL : 0;
    }

    /// <summary>A #DB of the guest's own: into its handler where it has a table.</summary>
    private void EnterDebugHandler(ulong dr6)
    {
        GuestDebugExceptions++;
        _guestDebug = _guestDebug with { Dr6 = dr6 };
        if (_system.Idt.Limit == 0)
        {
            return;
        }
        Span<byte> gate = stackalloc byte[8];
        memory.TryRead(_system.Idt.Base + 8, gate);
        Push((uint)_general.Rflags);
        Push(_system.Cs.Selector);
        Push((uint)_general.Rip);
        _general.Rip = BinaryPrimitives.ReadUInt16LittleEndian(gate);
        _general.Rflags &= ~(TrapFlag | 0x200);
    }

    private void Push(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _general.Rsp -= 4;
        memory.TryWrite(_general.Rsp, bytes);
    }

    private uint Pop()
    {
        Span<byte> bytes = stackalloc byte[4];
        memory.TryRead(_general.Rsp, bytes);
        _general.Rsp += 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Executes one instruction; true when it is an exit.</summary>
    private bool Execute(ref VcpuExit exit)
    {
        if (BreaksOnExecution(ref exit))
        {
            return true;
        }
        Span<byte> code = stackalloc byte[8];
        memory.TryRead(_general.Rip, code);
        switch (code[0])
        {
            case 0x90: // nop
                _general.Rip++;
                return false;
            case 0x9c: // pushfd
                Push((uint)_general.Rflags);
                _general.Rip++;
                return false;
            case 0x9d: // popfd
                _general.Rflags = Pop();
                _general.Rip++;
                return false;
            case 0xcf: // iretd
                _general.Rip = Pop();
                Pop();
                _general.Rflags = Pop();
                return false;
            case 0x40: // inc eax
                _general.Rax = (uint)(_general.Rax + 1);
                _general.Rip++;
                return false;
            case 0xeb: // jmp rel8
                _general.Rip = unchecked(_general.Rip + 2 + (ulong)(sbyte)code[1]);
                return false;
            case 0xfa: // cli
                _general.Rflags &= ~0x200UL;
                _general.Rip++;
                return false;
            case 0xfb: // sti
                _general.Rflags |= 0x200;
                _general.Rip++;
                return false;
            case 0xf4: // hlt
                _general.Rip++;
                Retired++;
                exit.Kind = VcpuExitKind.Halt;
                return true;
            case >= 0xb8 and <= 0xbf: // mov r32, imm32
                SetRegister(code[0] - 0xb8, BinaryPrimitives.ReadUInt32LittleEndian(code[1..]));
                _general.Rip += 5;
                return false;
            case 0xcc: // int3
                return Int3(ref exit);
            case 0xe6: // out imm8, al
                PortExit(ref exit, code[1], write: true, () => Retire(2));
                _data[0] = (byte)_general.Rax;
                return true;
            case 0xe4: // in al, imm8
                PortExit(ref exit, code[1], write: false, () =>
                {
                    _general.Rax = (_general.Rax & ~0xffUL) | _data[0];
                    Retire(2);
                });
                return true;
            case 0xf3 when code[1] == 0x6e: // rep outsb, an exit an element
                return RepOut(ref exit);
            case 0xa2: // mov [moffs32], al
                return Store(ref exit, BinaryPrimitives.ReadUInt32LittleEndian(code[1..]));
            case 0xa0: // mov al, [moffs32]
                return Load(ref exit, BinaryPrimitives.ReadUInt32LittleEndian(code[1..]));
            default: // ud2 with no handler
                exit.Kind = VcpuExitKind.Shutdown;
                if (LosesRegistersInShutdown)
                {
                    _general = new GeneralRegisters { Rip = 0xfff0, Rflags = 2 };
                    _system = new SystemRegisters { Cr0 = ControlBits.Cr0Et };
                }
                return true;
        }
    }

    private bool BreaksOnExecution(ref VcpuExit exit)
    {
        ReadOnlySpan<ulong> addresses = [_control.Dr0, _control.Dr1, _control.Dr2, _control.Dr3];
        for (int i = 0; i < 4; i++)
        {
            bool executes = ((_control.Dr7 >> (2 * i)) & 3) != 0 && ((_control.Dr7 >> (16 + (4 * i))) & 3) == 0;
            if (executes && addresses[i] == _general.Rip)
            {
                exit = new VcpuExit { Kind = VcpuExitKind.Debug, Vector = 1, Address = _general.Rip, DebugStatus = 1UL << i };
                return true;
            }
        }
        return false;
    }

    private bool Int3(ref VcpuExit exit)
    {
        if (!_control.TrapInt3 && Int3IsDebugExit)
        {
            DeliverGuestInt3();
            return false;
        }
        exit = Int3IsDebugExit
            ? new VcpuExit { Kind = VcpuExitKind.Debug, Vector = 3, Address = _general.Rip }
            : new VcpuExit { Kind = VcpuExitKind.InstructionNotEmulated };
        (_data[0], _dataLength) = (0xcc, 1);
        return true;
    }

    private void PortExit(ref VcpuExit exit, byte port, bool write, Action completion)
    {
        exit = new VcpuExit { Kind = VcpuExitKind.PortIo, IsWrite = write, Address = port, Size = 1, Count = 1 };
        _dataLength = 1;
        _completion = completion;
    }

    private bool RepOut(ref VcpuExit exit)
    {
        if (_general.Rcx == 0)
        {
            _general.Rip += 2;
            return false;
        }
        memory.TryRead(_general.Rsi, _data.AsSpan(0, 1));
        PortExit(ref exit, (byte)_general.Rdx, write: true, () =>
        {
            _general.Rsi++;
            _general.Rcx--;
            if (_general.Rcx == 0)
            {
                Retire(2);
            }
        });
        return true;
    }

    private bool Store(ref VcpuExit exit, uint address)
    {
        _general.Rip += 5;
        _data[0] = (byte)_general.Rax;
        if (!memory.IsReadOnly(address) && memory.TryWrite(address, _data.AsSpan(0, 1)))
        {
            return false;
        }
        exit = new VcpuExit { Kind = VcpuExitKind.Mmio, IsWrite = true, Address = address, Size = 1, Count = 1 };
        _dataLength = 1;
        _completion = () => Retire(0);
        return true;
    }

    private bool Load(ref VcpuExit exit, uint address)
    {
        if (memory.TryRead(address, _data.AsSpan(0, 1)))
        {
            _general.Rax = (_general.Rax & ~0xffUL) | _data[0];
            _general.Rip += 5;
            return false;
        }
        exit = new VcpuExit { Kind = VcpuExitKind.Mmio, Address = address, Size = 1, Count = 1 };
        _dataLength = 1;
        _completion = () =>
        {
            _general.Rax = (_general.Rax & ~0xffUL) | _data[0];
            Retire(5);
        };
        return true;
    }

    private void SetRegister(int number, uint value)
    {
        ref ulong register = ref _general.Rcx;
        switch (number)
        {
            case 1:
                break;
            case 2:
                register = ref _general.Rdx;
                break;
            case 6:
                register = ref _general.Rsi;
                break;
            default:
                throw new NotSupportedException($"mov to register {number}");
        }
        register = value;
    }

    private void Retire(uint length)
    {
        _general.Rip += length;
        Retired++;
    }
}
