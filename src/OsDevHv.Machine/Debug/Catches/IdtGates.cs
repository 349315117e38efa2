using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>Where a CPU's exception handlers begin, from its interrupt descriptor table (Intel SDM vol. 3A, 6.10 to 6.14).</summary>
internal static class IdtGates
{
    private const int InterruptGate = 0xe;
    private const int InterruptGate16 = 6;

    /// <summary>
    /// The linear address of a handler's first instruction; false where the table, the gate or its code segment is not there. Allocates
    /// nothing.
    /// </summary>
    public static bool TryFind(IGuestMemory memory, in GeneralRegisters general, in SystemRegisters system, int vector, out ulong handler)
    {
        handler = 0;
        if (!CpuMode.IsProtected(system))
        {
            Span<byte> pointer = stackalloc byte[4];
            if (!TryEntry(memory, system, vector, pointer))
            {
                return false;
            }
            handler = BinaryPrimitives.ReadUInt16LittleEndian(pointer)
                + ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(pointer[2..]) << 4);
            return handler != 0;
        }
        bool isLong = (system.Efer & ControlBits.EferLma) != 0;
        Span<byte> gate = stackalloc byte[isLong ? 16 : 8];
        if (!TryEntry(memory, system, vector, gate) || (gate[5] & 0x80) == 0)
        {
            return false;
        }
        int type = gate[5] & 0xf;
        ulong offset = BinaryPrimitives.ReadUInt16LittleEndian(gate);
        ushort selector = BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]);
        // Interrupt and trap gates, of 16 or 32 bits. A task gate has no handler of its own.
        if ((type & ~1) != InterruptGate && (isLong || (type & ~1) != InterruptGate16))
        {
            return false;
        }
        if ((type & ~1) == InterruptGate)
        {
            offset |= (ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[6..]) << 16;
        }
        if (isLong)
        {
            handler = offset | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(gate[8..]) << 32);
            return true;
        }
        if (!TryCodeBase(memory, system, selector, out uint codeBase))
        {
            return false;
        }
        handler = (uint)(codeBase + offset);
        return true;
    }

    private static bool TryEntry(IGuestMemory memory, in SystemRegisters system, int vector, Span<byte> entry)
    {
        ulong at = (ulong)(vector * entry.Length);
        return at + (ulong)entry.Length - 1 <= system.Idt.Limit && TryRead(memory, system, unchecked(system.Idt.Base + at), entry);
    }

    private static bool TryCodeBase(IGuestMemory memory, in SystemRegisters system, ushort selector, out uint codeBase)
    {
        codeBase = 0;
        ulong index = selector & ~7UL;
        Span<byte> descriptor = stackalloc byte[8];
        if ((selector & 4) != 0
            || index + 7 > system.Gdt.Limit
            || !TryRead(memory, system, unchecked(system.Gdt.Base + index), descriptor))
        {
            return false;
        }
        codeBase = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[2..]) | ((uint)descriptor[4] << 16) | ((uint)descriptor[7] << 24);
        return true;
    }

    private static bool TryRead(IGuestMemory memory, in SystemRegisters system, ulong linear, Span<byte> destination)
    {
        const ulong pageSize = 4096;
        if ((linear % pageSize) + (ulong)destination.Length <= pageSize)
        {
            return PageWalk.TryTranslate(memory, system, linear, out Translation whole) && memory.TryRead(whole.PhysicalAddress, destination);
        }
        for (int i = 0; i < destination.Length; i++)
        {
            // A table may cross a page anywhere.
            if (!PageWalk.TryTranslate(memory, system, unchecked(linear + (ulong)i), out Translation at)
                || !memory.TryRead(at.PhysicalAddress, destination.Slice(i, 1)))
            {
                return false;
            }
        }
        return true;
    }
}
