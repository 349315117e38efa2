using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OsDevHv.Gdb;

/// <summary>The part of a <see cref="RegisterFile"/> that a described register shows.</summary>
internal enum RegisterSource
{
    General,
    Rip,
    Rflags,
    Selector,
    FsBase,
    GsBase,
    KernelGsBase,
    Cr0,
    Cr2,
    Cr3,
    Cr4,
    Cr8,
    Efer,
    X87,
    Fctrl,
    Fstat,
    Ftag,
    Fiseg,
    Fioff,
    Foseg,
    Fooff,
    Fop,
    Xmm,
    Mxcsr,
    OffsetInCode,
    SegmentBase,
    SegmentLimit,
    SegmentAttributes,
    TableSelector,
    GdtBase,
    GdtLimit,
    IdtBase,
    IdtLimit,
    Debug,
    Xcr0,
    YmmHigh,
    ZmmHigh,
    HighXmm,
    Mask,
    Pkru,
    Msr,
    MemoryType,
    FixedMemoryTypes,
    VariableMemoryTypes,
}

/// <summary>One register as gdb is told of it: a line of <see cref="RegisterLayout"/>.</summary>
/// <param name="Name">gdb's name.</param>
/// <param name="Bits">
/// Size in <c>g</c> and <c>p</c>: up to 64 for a number, any multiple of 8 up to <see cref="MaximumBytes"/> for the others.
/// </param>
/// <param name="Type">gdb's type: a built-in one or one that the description defines.</param>
/// <param name="Source">Where its value is.</param>
/// <param name="Index">Which one of several, for general registers, selectors, x87 and SSE registers.</param>
internal sealed record RegisterDescription(string Name, int Bits, string Type, RegisterSource Source, int Index = 0)
{
    /// <summary>Bytes of the largest register.</summary>
    public const int MaximumBytes = 128;

    /// <summary>The register's place in the layout: its number in <c>p</c>, <c>P</c> and stop replies.</summary>
    public int Number { get; init; }

    /// <summary>Byte offset in <c>g</c>; for those behind its end, as if it went on.</summary>
    public int Offset { get; init; }

    /// <summary>Size in bytes.</summary>
    public int Bytes => Bits / 8;

    /// <summary>What must be read for it.</summary>
    public RegisterGroups Group => Source switch
    {
        RegisterSource.General or RegisterSource.Rip or RegisterSource.Rflags => RegisterGroups.General,
        < RegisterSource.X87 => RegisterGroups.System,
        <= RegisterSource.Mxcsr => RegisterGroups.FloatingPoint,
        <= RegisterSource.IdtLimit => RegisterGroups.System,
        RegisterSource.Debug => RegisterGroups.Debug,
        <= RegisterSource.Pkru => RegisterGroups.Extended,
        RegisterSource.Msr => RegisterGroups.Msrs,
        _ => RegisterGroups.MemoryTypes,
    };

    /// <summary>How many bits the processor's register has, for those kept as a number.</summary>
    private int NativeBits => Source switch
    {
        RegisterSource.Selector or RegisterSource.TableSelector or RegisterSource.Fctrl or RegisterSource.Fstat or RegisterSource.Ftag
            or RegisterSource.Fiseg or RegisterSource.Foseg or RegisterSource.GdtLimit or RegisterSource.IdtLimit => 16,
        RegisterSource.Fioff or RegisterSource.Fooff or RegisterSource.Mxcsr or RegisterSource.Pkru or RegisterSource.SegmentLimit => 32,
        RegisterSource.SegmentAttributes => 17,
        RegisterSource.Fop => 11,
        RegisterSource.Cr8 => 4,
        _ => 64,
    };

    /// <summary>Whether the processor that was read has the register.</summary>
    public bool IsAvailable(RegisterFile registers) => Source switch
    {
        RegisterSource.Msr => registers.HasMsr[Index],
        RegisterSource.MemoryType or RegisterSource.FixedMemoryTypes or RegisterSource.VariableMemoryTypes => registers.HasMemoryTypes,
        _ => true,
    };

    /// <summary>
    /// Writes the register's value in target order to the first <see cref="Bytes"/> bytes of <paramref name="destination"/>.
    /// </summary>
    public void Read(RegisterFile registers, Span<byte> destination)
    {
        Span<byte> wide = Wide(registers);
        if (!wide.IsEmpty)
        {
            wide.CopyTo(destination);
            return;
        }

        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Number64(registers));
        number[..Bytes].CopyTo(destination);
    }

    /// <summary>
    /// Takes the value over from <paramref name="source"/>, which has <see cref="Bytes"/> bytes. A 32-bit view of a 64-bit register
    /// leaves the half that it cannot see as it is. False, with an error in words, when the register is too narrow for the value.
    /// </summary>
    public bool TryWrite(RegisterFile registers, ReadOnlySpan<byte> source, out string? error)
    {
        error = null;
        Span<byte> wide = Wide(registers);
        if (!wide.IsEmpty)
        {
            source.CopyTo(wide);
            return true;
        }

        ulong value = Bits == 64 ? BinaryPrimitives.ReadUInt64LittleEndian(source) : BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (NativeBits < 64 && value >> NativeBits != 0)
        {
            error = $"{Name} has {NativeBits} bits, {value:x}h does not fit";
            return false;
        }

        if (Bits < NativeBits)
        {
            value |= Number64(registers) & ~0xFFFF_FFFFul;
        }

        SetNumber(registers, value);
        return true;
    }

    /// <summary>Where the bytes of a register that is no number are; empty for one that is.</summary>
    private Span<byte> Wide(RegisterFile registers) => Source switch
    {
        RegisterSource.X87 => registers.X87.AsSpan(10 * Index, 10),
        RegisterSource.Xmm => registers.Xmm.AsSpan(16 * Index, 16),
        RegisterSource.HighXmm => registers.Zmm.AsSpan(64 * Index, 16),
        RegisterSource.YmmHigh => registers.Zmm.AsSpan((64 * Index) + 16, 16),
        RegisterSource.ZmmHigh => registers.Zmm.AsSpan((64 * Index) + 32, 32),
        RegisterSource.FixedMemoryTypes => MemoryMarshal.AsBytes(registers.MemoryTypes.AsSpan(MsrNumbers.FirstFixedRange, MsrNumbers.FixedRanges)),
        RegisterSource.VariableMemoryTypes => MemoryMarshal.AsBytes(registers.MemoryTypes.AsSpan(MsrNumbers.FirstVariableRange)),
        _ => [],
    };

    private ulong Number64(RegisterFile registers) => Source switch
    {
        RegisterSource.General => registers.General[Index],
        RegisterSource.Rip => registers.Rip,
        RegisterSource.Rflags => registers.Rflags,
        RegisterSource.Selector or RegisterSource.TableSelector => registers.Selectors[Index],
        RegisterSource.FsBase => registers.FsBase,
        RegisterSource.GsBase => registers.GsBase,
        RegisterSource.KernelGsBase => registers.KernelGsBase,
        RegisterSource.Cr0 => registers.Cr0,
        RegisterSource.Cr2 => registers.Cr2,
        RegisterSource.Cr3 => registers.Cr3,
        RegisterSource.Cr4 => registers.Cr4,
        RegisterSource.Cr8 => registers.Cr8,
        RegisterSource.Efer => registers.Efer,
        RegisterSource.Fctrl => registers.Fctrl,
        RegisterSource.Fstat => registers.Fstat,
        RegisterSource.Ftag => registers.Ftag,
        RegisterSource.Fiseg => registers.Fiseg,
        RegisterSource.Fioff => registers.Fioff,
        RegisterSource.Foseg => registers.Foseg,
        RegisterSource.Fooff => registers.Fooff,
        RegisterSource.Fop => registers.Fop,
        RegisterSource.Mxcsr => registers.Mxcsr,
        RegisterSource.OffsetInCode => registers.OffsetInCode,
        RegisterSource.SegmentBase => registers.Segments[Index].Base,
        RegisterSource.SegmentLimit => registers.Segments[Index].Limit,
        RegisterSource.SegmentAttributes => registers.Segments[Index].Attributes,
        RegisterSource.GdtBase => registers.GdtBase,
        RegisterSource.GdtLimit => registers.GdtLimit,
        RegisterSource.IdtBase => registers.IdtBase,
        RegisterSource.IdtLimit => registers.IdtLimit,
        RegisterSource.Debug => registers.DebugRegisters[Index],
        RegisterSource.Xcr0 => registers.Xcr0,
        RegisterSource.Mask => registers.Masks[Index],
        RegisterSource.Pkru => registers.Pkru,
        RegisterSource.Msr => registers.Msrs[Index],
        _ => registers.MemoryTypes[Index],
    };

    private void SetNumber(RegisterFile registers, ulong value)
    {
        switch (Source)
        {
            case RegisterSource.General: registers.General[Index] = value; break;
            case RegisterSource.Rip: registers.Rip = value; break;
            case RegisterSource.Rflags: registers.Rflags = value; break;
            case RegisterSource.Selector or RegisterSource.TableSelector: registers.Selectors[Index] = (ushort)value; break;
            case RegisterSource.FsBase: registers.FsBase = value; break;
            case RegisterSource.GsBase: registers.GsBase = value; break;
            case RegisterSource.KernelGsBase: registers.KernelGsBase = value; break;
            case RegisterSource.Cr0: registers.Cr0 = value; break;
            case RegisterSource.Cr2: registers.Cr2 = value; break;
            case RegisterSource.Cr3: registers.Cr3 = value; break;
            case RegisterSource.Cr4: registers.Cr4 = value; break;
            case RegisterSource.Cr8: registers.Cr8 = value; break;
            case RegisterSource.Efer: registers.Efer = value; break;
            case RegisterSource.Fctrl: registers.Fctrl = (ushort)value; break;
            case RegisterSource.Fstat: registers.Fstat = (ushort)value; break;
            case RegisterSource.Ftag: registers.Ftag = (ushort)value; break;
            case RegisterSource.Fiseg: registers.Fiseg = (ushort)value; break;
            case RegisterSource.Fioff: registers.Fioff = (uint)value; break;
            case RegisterSource.Foseg: registers.Foseg = (ushort)value; break;
            case RegisterSource.Fooff: registers.Fooff = (uint)value; break;
            case RegisterSource.Fop: registers.Fop = (ushort)value; break;
            case RegisterSource.Mxcsr: registers.Mxcsr = (uint)value; break;
            case RegisterSource.OffsetInCode: registers.OffsetInCode = value; break;
            case RegisterSource.SegmentBase: registers.Segments[Index] = registers.Segments[Index] with { Base = value }; break;
            case RegisterSource.SegmentLimit: registers.Segments[Index] = registers.Segments[Index] with { Limit = (uint)value }; break;
            case RegisterSource.SegmentAttributes:
                registers.Segments[Index] = registers.Segments[Index] with { Attributes = (uint)value };
                break;
            case RegisterSource.GdtBase: registers.GdtBase = value; break;
            case RegisterSource.GdtLimit: registers.GdtLimit = (ushort)value; break;
            case RegisterSource.IdtBase: registers.IdtBase = value; break;
            case RegisterSource.IdtLimit: registers.IdtLimit = (ushort)value; break;
            case RegisterSource.Debug: registers.DebugRegisters[Index] = value; break;
            case RegisterSource.Xcr0: registers.Xcr0 = value; break;
            case RegisterSource.Mask: registers.Masks[Index] = value; break;
            case RegisterSource.Pkru: registers.Pkru = (uint)value; break;
            case RegisterSource.Msr: registers.Msrs[Index] = value; break;
            default: registers.MemoryTypes[Index] = value; break;
        }
    }
}
