namespace OsDevHv.Machine.Engine;

/// <summary>Why <see cref="IVcpu.Run"/> returned.</summary>
public enum VcpuExitKind
{
    /// <summary>Kicked; nothing in the exit is valid, and what an earlier exit asked for is complete.</summary>
    Interrupted,

    /// <summary>
    /// IN or OUT: <see cref="VcpuExit.Address"/> is the port, <see cref="VcpuExit.Size"/> and <see cref="VcpuExit.Count"/> the shape of
    /// <see cref="IVcpu.ExitData"/>.
    /// </summary>
    PortIo,

    /// <summary>
    /// An access to an address that is not RAM, or a write to read-only RAM: <see cref="VcpuExit.Size"/> bytes of
    /// <see cref="IVcpu.ExitData"/>.
    /// </summary>
    Mmio,

    /// <summary>
    /// RDMSR or WRMSR of a register that is ours: <see cref="VcpuExit.Address"/> is its index, 8 bytes of <see cref="IVcpu.ExitData"/> its
    /// value.
    /// </summary>
    Msr,

    /// <summary>HLT was executed; RIP is past it.</summary>
    Halt,

    /// <summary>
    /// A debug exit: <see cref="VcpuExit.Vector"/> is 1 (#DB) or 3 (#BP), <see cref="VcpuExit.Address"/> the linear PC,
    /// <see cref="VcpuExit.DebugStatus"/> DR6.
    /// </summary>
    Debug,

    /// <summary>A triple fault.</summary>
    Shutdown,

    /// <summary>Interrupts can be injected now, as was asked for.</summary>
    InterruptWindow,

    /// <summary>The guest lowered CR8.</summary>
    TaskPriorityLowered,

    /// <summary>The engine cannot execute the instruction at RIP; its bytes, where known, are in <see cref="IVcpu.ExitData"/>.</summary>
    InstructionNotEmulated,

    /// <summary>The engine refused the vCPU's state; <see cref="VcpuExit.Value"/> is its reason.</summary>
    EntryFailed,

    /// <summary>An exit that the engine does not describe; <see cref="VcpuExit.Value"/> is its number.</summary>
    Other,
}

/// <summary>One exit. A plain value: the exit path allocates nothing.</summary>
public struct VcpuExit
{
    /// <summary>Why the guest was left; it says which other fields mean something.</summary>
    public VcpuExitKind Kind { get; set; }

    /// <summary>OUT, a memory write, WRMSR.</summary>
    public bool IsWrite { get; set; }

    /// <summary>Port, guest-physical address, MSR index, or linear PC; of <see cref="VcpuExitKind.Other"/> the engine's detail.</summary>
    public ulong Address { get; set; }

    /// <summary>
    /// Bytes of one element: 1, 2 or 4 of a port, 8 of an MSR, 1 to 8 of memory, where an access across a page comes in two parts.
    /// </summary>
    public int Size { get; set; }

    /// <summary>Elements, above 1 for string I/O.</summary>
    public int Count { get; set; }

    /// <summary>Exception vector of a debug exit.</summary>
    public int Vector { get; set; }

    /// <summary>DR6 of a debug exit.</summary>
    public ulong DebugStatus { get; set; }

    /// <summary>
    /// Of a finished step: what the guest's own trap flag and debug registers would have put into DR6, had nobody stepped; 0 where the
    /// guest is owed no #DB.
    /// </summary>
    public ulong GuestDebugStatus { get; set; }

    /// <summary>The engine's reason or number.</summary>
    public ulong Value { get; set; }
}
