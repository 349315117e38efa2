using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>Converts between an XSAVE image and the debugger's extended registers: upper parts of vectors, masks, PKRU and XCR0.</summary>
internal static class XstateImage
{
    private const int VectorSize = 64;

    /// <summary>The registers that a processor with this format has.</summary>
    public static RegisterFeatures Features(XstateFormat format)
    {
        bool avx = format.Has(XstateComponent.Avx);
        bool avx512 = avx && format.Has(XstateComponent.Masks) && format.Has(XstateComponent.ZmmHigh) && format.Has(XstateComponent.HighZmm);
        return (avx ? RegisterFeatures.Avx : 0)
            | (avx512 ? RegisterFeatures.Avx512 : 0)
            | (format.Has(XstateComponent.Pkru) ? RegisterFeatures.ProtectionKeys : 0);
    }

    /// <summary>Fills the group; what the processor does not have is 0. On the vCPU's thread.</summary>
    public static void Read(IVcpu cpu, RegisterFile registers)
    {
        registers.Xcr0 = cpu.TryGetXcr0(out ulong xcr0) ? xcr0 : 0;
        Span<byte> image = stackalloc byte[XstateFormat.ImageSize];
        cpu.GetXsave(image);
        XstateFormat format = cpu.Xstate;
        Span<byte> zmm = registers.Zmm;
        Spread(format.Find(XstateComponent.Avx, image), zmm, 16, 16);
        Spread(format.Find(XstateComponent.ZmmHigh, image), zmm, 32, 32);
        format.Find(XstateComponent.HighZmm, image).CopyTo(zmm[(16 * VectorSize)..]);
        Span<byte> masks = format.Find(XstateComponent.Masks, image);
        for (int index = 0; !masks.IsEmpty && index < registers.Masks.Length; index++)
        {
            registers.Masks[index] = BinaryPrimitives.ReadUInt64LittleEndian(masks[(8 * index)..]);
        }
        Span<byte> pkru = format.Find(XstateComponent.Pkru, image);
        registers.Pkru = pkru.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(pkru);
    }

    /// <summary>Takes the group over; an error in words, and nothing changed, or null. On the vCPU's thread.</summary>
    public static string? TryWrite(IVcpu cpu, RegisterFile registers)
    {
        cpu.TryGetXcr0(out ulong xcr0);
        if (registers.Xcr0 != xcr0)
        {
            string? refusal = cpu.Xstate.Supported == 0
                ? "this processor has no XCR0"
                : RegisterRules.RefuseXcr0(registers.Xcr0, cpu.Xstate.Supported);
            if (refusal is not null || !cpu.TrySetXcr0(registers.Xcr0))
            {
                return refusal ?? $"the processor does not take {registers.Xcr0:x}h in xcr0";
            }
        }
        Span<byte> image = stackalloc byte[XstateFormat.ImageSize];
        Span<byte> before = stackalloc byte[XstateFormat.ImageSize];
        cpu.GetXsave(before);
        before.CopyTo(image);
        ulong changed = Put(cpu.Xstate, registers, image, before);
        if (changed == 0 || cpu.TrySetXsave(image, changed))
        {
            return null;
        }
        cpu.TrySetXcr0(xcr0);
        return "the processor does not take these vector registers";
    }

    /// <summary>Puts the registers into an image; answers the components that differ from before.</summary>
    private static ulong Put(XstateFormat format, RegisterFile registers, Span<byte> image, Span<byte> before)
    {
        Span<byte> zmm = registers.Zmm;
        Gather(zmm, format.Find(XstateComponent.Avx, image), 16, 16);
        Gather(zmm, format.Find(XstateComponent.ZmmHigh, image), 32, 32);
        Span<byte> high = format.Find(XstateComponent.HighZmm, image);
        zmm.Slice(16 * VectorSize, high.Length).CopyTo(high);
        Span<byte> masks = format.Find(XstateComponent.Masks, image);
        for (int index = 0; !masks.IsEmpty && index < registers.Masks.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(masks[(8 * index)..], registers.Masks[index]);
        }
        Span<byte> pkru = format.Find(XstateComponent.Pkru, image);
        if (!pkru.IsEmpty)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(pkru, registers.Pkru);
        }
        ulong changed = 0;
        foreach (XstateComponent component in Enum.GetValues<XstateComponent>())
        {
            bool same = format.Find(component, image).SequenceEqual(format.Find(component, before));
            changed |= same ? 0 : 1UL << (int)component;
        }
        return changed;
    }

    /// <summary>From a row of equal parts to the same place in each vector.</summary>
    private static void Spread(ReadOnlySpan<byte> parts, Span<byte> vectors, int offset, int size)
    {
        for (int index = 0; index < parts.Length / size; index++)
        {
            parts.Slice(index * size, size).CopyTo(vectors[((index * VectorSize) + offset)..]);
        }
    }

    private static void Gather(ReadOnlySpan<byte> vectors, Span<byte> parts, int offset, int size)
    {
        for (int index = 0; index < parts.Length / size; index++)
        {
            vectors.Slice((index * VectorSize) + offset, size).CopyTo(parts[(index * size)..]);
        }
    }
}
