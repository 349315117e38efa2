using System.Buffers.Binary;

namespace OsDevHv.Devices;

/// <summary>
/// The device by which kvm-unit-tests drive what they test: a register at ports, interrupt lines, and memory that is not RAM.
/// </summary>
/// <remarks>
/// Specification: QEMU's pc-testdev (hw/misc/pc-testdev.c). Ports E0h to E3h are a register of 32 bits, in accesses of any size, and ports
/// E8h to EBh are the same one, a byte at a time; a byte written to port 2000h + N drives ISA interrupt N, high unless it is 0; 64 KiB from
/// FF000000h keep what is written. Not modelled: ports E4h to E7h, by whose writes QEMU takes a page of RAM away for a moment (what KVM
/// does then, a guest does not see); interrupts 2, which is the second 8259's, and 16 to 23. A reset clears all of it, QEMU's does not.
/// </remarks>
public sealed class PcTestDevice : IBusDevice
{
    /// <summary>The first port of the registers.</summary>
    public const ushort RegisterPort = 0xe0;

    /// <summary>How many ports they take.</summary>
    public const int RegisterPorts = 12;

    /// <summary>The port of the first interrupt line.</summary>
    public const ushort LinePort = 0x2000;

    /// <summary>How many ports the lines take.</summary>
    public const int LinePorts = 24;

    /// <summary>The guest-physical address of the memory.</summary>
    public const uint MemoryAddress = 0xff00_0000;

    /// <summary>How many bytes it has.</summary>
    public const int MemoryBytes = 0x1_0000;

    /// <summary>The device's offset of <see cref="RegisterPort"/>; the memory is from 0.</summary>
    public const ulong RegisterOffset = MemoryBytes;

    /// <summary>The device's offset of <see cref="LinePort"/>.</summary>
    public const ulong LineOffset = RegisterOffset + 0x20;

    private const ulong ByteOffset = RegisterOffset + 8;

    private readonly IInterruptLine?[] _lines = new IInterruptLine?[LinePorts];
    private readonly bool[] _levels = new bool[LinePorts];
    private readonly byte[] _register = new byte[sizeof(uint)];
    private readonly byte[] _memory = new byte[MemoryBytes];

    /// <summary>The device.</summary>
    /// <param name="lines">The ISA interrupt lines by number; null for one that it does not drive. At most 24.</param>
    public PcTestDevice(IReadOnlyList<IInterruptLine?> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lines.Count, LinePorts);
        for (int i = 0; i < lines.Count; i++)
        {
            _lines[i] = lines[i];
        }
    }

    /// <inheritdoc/>
    public int AccessSize => sizeof(ulong);

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        Span<byte> place = Place(offset, size);
        if (place.IsEmpty)
        {
            return size == sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * size)) - 1;
        }

        Span<byte> value = stackalloc byte[sizeof(ulong)];
        value.Clear();
        place.CopyTo(value);
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        if (offset is >= LineOffset and < LineOffset + LinePorts)
        {
            // QEMU takes bytes only.
            if (size == 1)
            {
                int line = (int)(offset - LineOffset);
                _levels[line] = value != 0;
                _lines[line]?.Set(value != 0);
            }

            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Span<byte> place = Place(offset, size);
        bytes[..place.Length].CopyTo(place);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _register.AsSpan().Clear();
        _memory.AsSpan().Clear();
        for (int line = 0; line < LinePorts; line++)
        {
            _levels[line] = false;
            _lines[line]?.Set(false);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Bytes(_register);
        state.All(_levels);
        state.Bytes(_memory);
    }

    /// <summary>What an access is to; empty where there is nothing.</summary>
    private Span<byte> Place(ulong offset, int size)
    {
        ReadOnlySpan<ulong> registers = [RegisterOffset, ByteOffset];
        foreach (ulong first in registers)
        {
            if (offset >= first && offset - first + (ulong)size <= sizeof(uint))
            {
                return _register.AsSpan((int)(offset - first), size);
            }
        }

        return offset < MemoryBytes && (ulong)size <= MemoryBytes - offset ? _memory.AsSpan((int)offset, size) : [];
    }
}
