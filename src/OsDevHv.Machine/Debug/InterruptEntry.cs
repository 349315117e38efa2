using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// The processor's entry into an interrupt handler (Intel SDM vol. 3A, 6.12.1 and 6.14), done by hand: of a CPU that is in its kernel
/// already and stays in the same code segment and on the same stack. A step can then end at the handler's first instruction; if the
/// processor did it while stepping, it would save the trap flag of the step in the frame and raise #DB in the guest later.
/// </summary>
internal static class InterruptEntry
{
    private const byte InterruptGate = 0xe;
    private const byte TrapGate = 0xf;
    private const ulong InterruptFlag = 1 << 9;

    // TF, NT, VM and RF are clear in the handler.
    private const ulong ClearedFlags = 1 << 8 | 1 << 14 | 1 << 17 | 1 << 16;

    /// <summary>
    /// Enters the handler; false, and nothing changed, where it is another kind of entry (user mode, real mode, another stack or segment)
    /// or the gate, the frame or the handler is not as it must be.
    /// </summary>
    public static bool TryEnter(IGuestMemory memory, in SystemRegisters system, ref GeneralRegisters general, byte vector)
    {
        bool wide = (system.Efer & ControlBits.EferLma) != 0;
        if (!CpuMode.IsProtected(system) || CpuMode.Cpl(general, system) != 0 || CpuMode.CodeBits(system) != (wide ? 64 : 32)
            || !TryReadGate(memory, system, wide, vector, out ulong handler, out bool masks))
        {
            return false;
        }

        int width = wide ? 8 : 4;
        ReadOnlySpan<ulong> frame = wide
            ? [general.Rip, system.Cs.Selector, general.Rflags, general.Rsp, system.Ss.Selector]
            : [general.Rip, system.Cs.Selector, general.Rflags];
        ulong stack = wide ? general.Rsp & ~15ul : general.Rsp;
        ulong bottom = stack - (ulong)(width * frame.Length);
        bool isFlat = wide || (system.Ss.Base == 0 && (system.Ss.Flags & SegmentBits.Default32) != 0);
        if (!isFlat || (!wide && (stack % 4 != 0 || stack < (ulong)(width * frame.Length)))
            || !IsMapped(memory, system, bottom, wide) || !IsMapped(memory, system, stack - 1, wide))
        {
            return false;
        }

        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < frame.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, frame[i]);
            if (!PageWalk.TryTranslate(memory, system, bottom + (ulong)(i * width), out Translation at)
                || !memory.TryWrite(at.PhysicalAddress, word[..width]))
            {
                return false;
            }
        }

        general.Rsp = bottom;
        general.Rip = handler;
        general.Rflags &= ~(ClearedFlags | (masks ? InterruptFlag : 0));
        return true;
    }

    private static bool TryReadGate(
        IGuestMemory memory, in SystemRegisters system, bool wide, byte vector, out ulong handler, out bool masks)
    {
        const byte present = 0x80;
        int bytes = wide ? 16 : 8;
        Span<byte> gate = stackalloc byte[16];
        gate.Clear();
        handler = 0;
        masks = false;
        if ((vector * bytes) + bytes - 1 > system.Idt.Limit
            || !PageWalk.TryTranslate(memory, system, system.Idt.Base + (ulong)(vector * bytes), out Translation at)
            || !memory.TryRead(at.PhysicalAddress, gate[..bytes]))
        {
            return false;
        }

        int type = gate[5] & 0x1f;
        bool staysOnStack = !wide || (gate[4] & 7) == 0;
        masks = type == InterruptGate;
        handler = BinaryPrimitives.ReadUInt16LittleEndian(gate)
            | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[6..]) << 16)
            | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(gate[8..]) << 32);
        return (gate[5] & present) != 0 && (type is InterruptGate or TrapGate) && staysOnStack
            && BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]) == system.Cs.Selector
            && (wide || system.Cs.Base == 0)
            && PageWalk.TryTranslate(memory, system, handler, out _);
    }

    private static bool IsMapped(IGuestMemory memory, in SystemRegisters system, ulong address, bool wide)
    {
        Span<byte> probe = stackalloc byte[1];
        return PageWalk.TryTranslate(memory, system, wide ? address : (uint)address, out Translation at)
            && at.Writable && memory.TryRead(at.PhysicalAddress, probe);
    }
}
