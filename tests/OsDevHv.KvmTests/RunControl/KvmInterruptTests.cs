using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>What was handed to KVM for a vCPU that a debugger then stops, before the guest has it.</summary>
[Trait("Suite", "devices")]
public sealed class KvmInterruptTests
{
    private const byte Vector = 0x40;
    private const byte NonMaskable = 2;
    private const ulong Loop = RunControlRig.CodeBase + 0x18;
    private const ulong LoopEnd = Loop + 3;
    private const int GdtOffset = 0x100;
    private const int IdtOffset = 0x200;
    private const int VectorHandler = 0x80;
    private const int NonMaskableHandler = 0x90;

    [Fact]
    public void An_interrupt_in_KVMs_hands_waits_out_the_steps_and_arrives_once() => AssertArrivesOnce(VcpuSignals.Interrupt, Vector);

    [Fact]
    public void An_NMI_in_KVMs_hands_waits_out_the_steps_and_arrives_once() => AssertArrivesOnce(VcpuSignals.NonMaskable, NonMaskable);

    private static void AssertArrivesOnce(VcpuSignals signal, byte port)
    {
        var interrupts = new OneSignal();
        using var machine = new KvmRig(Code(), vcpus: 1, interrupts);
        while (machine.Pc() is < Loop or > LoopEnd)
        {
            machine.Step();
        }
        // The machine is stopped between the moment at which it is taken from the local APIC and the one at which the guest is entered.
        interrupts.OnTaken = machine.Target.Interrupt;
        interrupts.Raise(signal);

        machine.Continue();
        AssertStepsStayInTheLoop(machine);
        RunUntilOutput(machine);
        machine.BeginAndInterrupt();

        Assert.Equal([port], machine.Output.Select(static write => write.Port));
        Assert.Equal(1, interrupts.Taken);
    }

    private static void AssertStepsStayInTheLoop(KvmRig machine)
    {
        Assert.InRange(machine.Pc(), Loop, LoopEnd);
        for (int i = 0; i < 20; i++)
        {
            machine.Step();
            Assert.InRange(machine.Pc(), Loop, LoopEnd);
        }
        Assert.Empty(machine.Output);
    }

    private static void RunUntilOutput(KvmRig machine)
    {
        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => machine.Output.Count != 0);
        machine.Target.Interrupt();
        machine.Wait(stop);
    }

    /// <summary>
    /// Sets up descriptor tables and a stack, and counts with interrupts on. The handlers write to the port of their vector's number.
    /// </summary>
    private static byte[] Code()
    {
        var code = new byte[IdtOffset + 0x800];
        // lgdt [10E0h]; lidt [10E8h]; mov esp, 8000h; sti; nop; nop; nop; nop; then the loop: inc eax; nop; jmp back
        Place(code, 0, 0x0f, 0x01, 0x15, 0xe0, 0x10, 0, 0, 0x0f, 0x01, 0x1d, 0xe8, 0x10, 0, 0);
        Place(code, 14, 0xbc, 0, 0x80, 0, 0, 0xfb, 0x90, 0x90, 0x90, 0x90);
        Place(code, (int)(Loop - RunControlRig.CodeBase), 0x40, 0x90, 0x90, 0xeb, 0xfb);
        // out, sti, jmp . with the vector's number: a second interrupt would come as well. The emulated VMX of one test host lets nothing
        // interrupt a guest that spins with interrupts off.
        Place(code, VectorHandler, 0xe6, Vector, 0xfb, 0xeb, 0xfe);
        Place(code, NonMaskableHandler, 0xe6, NonMaskable, 0xfb, 0xeb, 0xfe);
        Place(code, 0xe0, 0x17, 0, 0x00, 0x11, 0, 0);
        Place(code, 0xe8, 0xff, 0x07, 0x00, 0x12, 0, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(code.AsSpan(GdtOffset + 8), 0x00cf9b000000ffff);
        BinaryPrimitives.WriteUInt64LittleEndian(code.AsSpan(GdtOffset + 16), 0x00cf93000000ffff);
        WriteGate(code, Vector, VectorHandler);
        WriteGate(code, NonMaskable, NonMaskableHandler);
        return code;
    }

    /// <summary>A 32-bit interrupt gate to code segment 8.</summary>
    private static void WriteGate(byte[] code, int vector, int handler) => BinaryPrimitives.WriteUInt64LittleEndian(
        code.AsSpan(IdtOffset + (vector * 8)), (RunControlRig.CodeBase + (ulong)handler) | (0x8UL << 16) | (0x8eUL << 40));

    private static void Place(byte[] code, int offset, params ReadOnlySpan<byte> bytes) => bytes.CopyTo(code.AsSpan(offset));

    /// <summary>
    /// Has one interrupt or NMI to give, and does something when it is taken: on the vCPU's thread, just before the guest is entered.
    /// </summary>
    private sealed class OneSignal : IInterruptSource
    {
        private volatile VcpuSignals _pending;

        public Action? OnTaken { get; set; }

        public int Taken { get; private set; }

        public VcpuSignals Pending => _pending;

        public byte TaskPriority { get; set; }

        public bool ExpectsNonMaskable => false;

        public void Raise(VcpuSignals signals) => _pending = signals;

        public bool TryAcknowledge(out byte vector)
        {
            vector = Vector;
            return Take();
        }

        public bool TryTakeNonMaskable() => Take();

        public bool TryTakeInit() => false;

        public bool TryTakeStartUp(out byte page)
        {
            page = 0;
            return false;
        }

        private bool Take()
        {
            _pending = VcpuSignals.None;
            Taken++;
            OnTaken?.Invoke();
            return true;
        }
    }
}
