using System.Buffers.Binary;
using System.Globalization;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Suites.Expectations;

/// <summary>Compares values in the memory of a stopped guest.</summary>
/// <param name="memory">Guest memory.</param>
/// <param name="symbols">The kernel's symbols.</param>
/// <param name="processors">The registers of each CPU: an address that the first does not map is looked for in the others.</param>
internal sealed class MemoryCheck(IGuestMemory memory, ElfSymbols symbols, IReadOnlyList<SystemRegisters> processors)
{
    /// <summary>Compares; null where all is well, else a line.</summary>
    public string? Failure(MemoryComparison expected)
    {
        ulong address = expected.Place.Number;
        int bytes = expected.Bytes;
        if (expected.Place.Symbol is { } symbol)
        {
            if (!symbols.TryFindObject(symbol, out ulong at, out ulong size))
            {
                return $"memory: expected {expected.Text}; the kernel's file has no symbol '{symbol}'";
            }

            address = unchecked(at + address);
            if (bytes == 0 && size is not (1 or 2 or 4 or 8))
            {
                return $"memory: expected {expected.Text}; '{symbol}' has {size} bytes: write its type, as in {symbol}:u32";
            }

            bytes = bytes == 0 ? (int)size : bytes;
        }

        Span<byte> raw = stackalloc byte[sizeof(ulong)];
        raw.Clear();
        if (!TryRead(expected.Place.IsPhysical, address, raw[..bytes]))
        {
            return $"memory: expected {expected.Text}; 0x{address:x} is not mapped at the end, or is not RAM";
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(raw);
        int unused = 64 - (8 * bytes);
        Int128 actual = expected.IsSigned ? (long)(value << unused) >> unused : value;
        return expected.Holds(actual)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"memory: expected {expected.Text}; it is {actual} (0x{value:x})");
    }

    private bool TryRead(bool isPhysical, ulong address, Span<byte> destination)
    {
        if (isPhysical)
        {
            return memory.TryRead(address, destination);
        }

        foreach (SystemRegisters registers in processors)
        {
            if (TryReadLinear(registers, address, destination))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadLinear(in SystemRegisters registers, ulong address, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            ulong linear = unchecked(address + (ulong)i);
            if (!PageWalk.TryTranslate(memory, registers, linear, out Translation translation)
                || !memory.TryRead(translation.PhysicalAddress, destination.Slice(i, 1)))
            {
                return false;
            }
        }

        return true;
    }
}
