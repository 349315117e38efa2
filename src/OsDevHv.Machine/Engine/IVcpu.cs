using OsDevHv.Devices;

namespace OsDevHv.Machine.Engine;

/// <summary>The debug registers and traps that the debugger wants in force while a vCPU runs.</summary>
/// <param name="SingleStep">
/// Stop after one instruction. The guest sees nothing of it: RFLAGS.TF stays its own, in the registers and in what it pushes.
/// </param>
/// <param name="TrapInt3">Exit on INT3 instead of delivering it.</param>
/// <param name="Dr0">Address of slot 0.</param>
/// <param name="Dr1">Address of slot 1.</param>
/// <param name="Dr2">Address of slot 2.</param>
/// <param name="Dr3">Address of slot 3.</param>
/// <param name="Dr7">Enables, types and lengths as in DR7; 0 leaves the debug registers to the guest.</param>
public readonly record struct DebugControl(bool SingleStep, bool TrapInt3, ulong Dr0, ulong Dr1, ulong Dr2, ulong Dr3, ulong Dr7);

/// <summary>
/// One virtual CPU of an engine: KVM, or a scripted one in tests. The only seam between run control and what executes guest code.
/// </summary>
/// <remarks>
/// Every member belongs to the thread that owns the vCPU, except <see cref="Kick"/>, which any thread may call.
/// </remarks>
public interface IVcpu : IDisposable
{
    /// <summary>From 0; also the APIC id.</summary>
    int Index { get; }

    /// <summary>
    /// Makes the calling thread the owner, the one that <see cref="Kick"/> reaches. Once, before the first <see cref="Run"/>.
    /// </summary>
    void BindToCurrentThread();

    /// <summary>Makes <see cref="Run"/> return soon, or the next one at once. Sticky until <see cref="ClearKick"/>. Any thread.</summary>
    void Kick();

    /// <summary>Takes the kick back. The caller then fences and looks at what was wanted.</summary>
    void ClearKick();

    /// <summary>
    /// Sets the sticky flag for the owner itself, so that <see cref="Run"/> completes a pending I/O, MMIO or MSR exit, executes nothing and
    /// returns.
    /// </summary>
    void KickSelf();

    /// <summary>Runs guest code until an exit; completes the previous exit first. Allocates nothing.</summary>
    void Run(out VcpuExit exit);

    /// <summary>
    /// The data of the last exit: what was written, or where to put what is read. Valid until the next <see cref="Run"/>.
    /// </summary>
    Span<byte> ExitData { get; }

    /// <summary>Answers the last <see cref="VcpuExitKind.Msr"/> exit with #GP instead of a value.</summary>
    void FailMsr();

    /// <summary>Reads the general registers.</summary>
    void GetGeneral(out GeneralRegisters registers);

    /// <summary>Writes the general registers.</summary>
    void SetGeneral(in GeneralRegisters registers);

    /// <summary>Reads the system registers.</summary>
    void GetSystem(out SystemRegisters registers);

    /// <summary>
    /// The owner looks at the system registers at every exit: an engine that must ask for them may have them brought along. Changes nothing
    /// but the cost.
    /// </summary>
    bool BringsSystemRegisters { set; }

    /// <summary>Writes the system registers; false when the engine refuses them.</summary>
    bool TrySetSystem(in SystemRegisters registers);

    /// <summary>Reads x87 and SSE state as a 512-byte FXSAVE image (Intel SDM vol. 1, 10.5.1).</summary>
    void GetFxsave(Span<byte> image);

    /// <summary>Writes x87 and SSE state from a 512-byte FXSAVE image; false when the engine refuses it (reserved MXCSR bits).</summary>
    bool TrySetFxsave(ReadOnlySpan<byte> image);

    /// <summary>Where the extended state is in an XSAVE image. Any thread.</summary>
    XstateFormat Xstate { get; }

    /// <summary>
    /// Reads the extended state: <see cref="XstateFormat.ImageSize"/> bytes, an XSAVE image in standard format (Intel SDM vol. 1, 13.4).
    /// </summary>
    void GetXsave(Span<byte> image);

    /// <summary>
    /// Writes the extended state from an image that <see cref="GetXsave"/> filled; <paramref name="changed"/> names the components that
    /// were changed, by their bits in XCR0. False when the engine refuses it.
    /// </summary>
    bool TrySetXsave(ReadOnlySpan<byte> image, ulong changed);

    /// <summary>Reads XCR0; false when the processor has none.</summary>
    bool TryGetXcr0(out ulong value);

    /// <summary>Writes XCR0; false when the engine refuses it.</summary>
    bool TrySetXcr0(ulong value);

    /// <summary>Reads a model-specific register; false when the engine has no such register.</summary>
    bool TryGetMsr(uint index, out ulong value);

    /// <summary>Writes a model-specific register; false when the engine refuses.</summary>
    bool TrySetMsr(uint index, ulong value);

    /// <summary>Reads the guest's own debug registers.</summary>
    void GetDebugRegisters(out DebugRegisters registers);

    /// <summary>Writes the guest's own debug registers.</summary>
    void SetDebugRegisters(in DebugRegisters registers);

    /// <summary>Reads pending and in-progress events.</summary>
    void GetEvents(out VcpuEvents events);

    /// <summary>Puts the debugger's traps in force from the next <see cref="Run"/>.</summary>
    void SetDebugControl(in DebugControl control);

    /// <summary>
    /// Delivers #BP (vector 3) of an INT3 at RIP to the guest on the next <see cref="Run"/>, as if the debugger were not there.
    /// </summary>
    void DeliverGuestInt3();

    /// <summary>Delivers #DB to the guest on the next <see cref="Run"/>, with the guest's DR6 showing <paramref name="dr6"/>.</summary>
    void DeliverGuestDebugException(ulong dr6);

    /// <summary>Whether an external interrupt could be delivered now. As of the last exit.</summary>
    bool CanInjectInterrupt { get; }

    /// <summary>RFLAGS.IF as of the last exit.</summary>
    bool InterruptsEnabled { get; }

    /// <summary>Delivers an external interrupt on the next <see cref="Run"/>. Only when <see cref="CanInjectInterrupt"/>.</summary>
    void InjectInterrupt(byte vector);

    /// <summary>Delivers an NMI on a later <see cref="Run"/>, once NMIs are not masked.</summary>
    void InjectNmi();

    /// <summary>Whether <see cref="Run"/> shall exit with <see cref="VcpuExitKind.InterruptWindow"/> when interrupts open.</summary>
    bool WantInterruptWindow { get; set; }

    /// <summary>
    /// Takes back an interrupt that was injected and not delivered yet, because the CPU was kicked first; false when there is none.
    /// </summary>
    bool TryWithdrawInterrupt(out byte vector);

    /// <summary>Takes back an NMI that was injected and not delivered yet; false when there is none.</summary>
    bool TryWithdrawNmi();

    /// <summary>
    /// The guest's CR8: the priority class of its local APIC's TPR, 0 to 15. Read it after a <see cref="Run"/>; what is set counts from the
    /// next one.
    /// </summary>
    byte TaskPriority { get; set; }

    /// <summary>The rate of the guest's time stamp counter in kHz; 0 where it is not known. Any thread.</summary>
    uint TscKilohertz { get; }

    /// <summary>
    /// Says for how long in all, in nanoseconds, the machine's time has stood still: the guest's time stamp counter is held back by so
    /// much. Where the engine cannot, the counter runs on.
    /// </summary>
    void SetTimeStopped(long nanoseconds);

    /// <summary>What CPUID gives this CPU's guest; empty where the engine cannot tell. Any thread.</summary>
    IReadOnlyList<CpuidLeaf> CpuidLeaves => [];

    /// <summary>
    /// Puts the CPU into its state after power-up (Intel SDM vol. 3A, table 10-1), the x87 as FNINIT leaves it. Drops what is
    /// pending; where the last exit was an access still to be completed, the kick is left set, so that the next <see cref="Run"/> is
    /// interrupted at once.
    /// </summary>
    void ResetState();

    /// <summary>
    /// Saves all of the CPU's state, or makes it the one that was saved: registers of every kind, what is pending, the time stamp counter.
    /// Its last exit is complete, and no trap of the debugger's is in it.
    /// </summary>
    /// <param name="state">Where to, or from.</param>
    /// <param name="time">The machine's; the vCPUs are restored in their order.</param>
    /// <exception cref="StateException">The engine refuses what was saved.</exception>
    void ExchangeState(StateExchange state, SavedTime time) => throw new NotSupportedException("This engine cannot save a CPU's state.");

    /// <summary>
    /// Puts the CPU into its state after INIT: as <see cref="ResetState"/>, but the time stamp counter, the other model-specific registers
    /// and the x87 and SSE state stay as they are.
    /// </summary>
    void InitState();
}

/// <summary>What CPUID gives for one leaf (Intel SDM vol. 2A, CPUID).</summary>
/// <param name="Leaf">EAX before.</param>
/// <param name="Subleaf">ECX before; null where it does not count.</param>
/// <param name="Eax">EAX.</param>
/// <param name="Ebx">EBX.</param>
/// <param name="Ecx">ECX.</param>
/// <param name="Edx">EDX.</param>
public readonly record struct CpuidLeaf(uint Leaf, uint? Subleaf, uint Eax, uint Ebx, uint Ecx, uint Edx);

/// <summary>Creates vCPUs and maps memory: a virtual machine of an engine.</summary>
public interface IEngine : IDisposable
{
    /// <summary>Creates the vCPU with this index, from 0, CPUID set. Once each.</summary>
    IVcpu CreateVcpu(int index);

    /// <summary>
    /// Replaces the layout of guest-physical memory: <paramref name="mappings"/> are page-aligned, ascending and do not overlap.
    /// Only while no vCPU runs.
    /// </summary>
    void SetMemoryLayout(ReadOnlySpan<MemoryMapping> mappings);

    /// <summary>
    /// Lets the engine collect a guest's writes of a byte to a port, in their order, instead of leaving the guest at each; false when it
    /// cannot, and each write is an exit. Once the vCPUs are there.
    /// </summary>
    bool TryCollectWrites(ushort port);

    /// <summary>Makes a guest's writes to a port exits again; nothing where they are. While no vCPU runs.</summary>
    void StopCollectingWrites(ushort port);

    /// <summary>
    /// Makes every access to these model-specific registers an exit, and no longer to those of the last call. The engine knows the
    /// registers all the same: <see cref="IVcpu.TryGetMsr"/> and <see cref="IVcpu.TrySetMsr"/> reach them. While no vCPU runs. False where
    /// the engine cannot; nothing has changed then.
    /// </summary>
    bool TryInterceptMsrs(IReadOnlyCollection<uint> registers);

    /// <summary>Whether collected writes wait to be taken. Any thread; as good as free.</summary>
    bool HasCollectedWrites { get; }

    /// <summary>Takes the oldest collected write. Any thread, one at a time, as long as the engine lives.</summary>
    bool TryTakeCollectedWrite(out ushort port, out byte value);
}

/// <summary>A piece of guest-physical memory.</summary>
/// <param name="GuestAddress">Where, page-aligned.</param>
/// <param name="RamOffset">Which part of the machine's RAM allocation, page-aligned.</param>
/// <param name="Length">Bytes, page-aligned, above 0.</param>
/// <param name="ReadOnly">Guest writes exit as MMIO and leave memory as it is.</param>
public readonly record struct MemoryMapping(ulong GuestAddress, ulong RamOffset, ulong Length, bool ReadOnly);
