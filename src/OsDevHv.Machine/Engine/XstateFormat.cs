namespace OsDevHv.Machine.Engine;

/// <summary>The components of the XSAVE-managed state that a debugger knows, by their bits in XCR0 (Intel SDM vol. 1, 13.1).</summary>
public enum XstateComponent
{
    /// <summary>YMM0 to YMM15, bits 255:128: 16 bytes each.</summary>
    Avx = 2,

    /// <summary>K0 to K7: 8 bytes each.</summary>
    Masks = 5,

    /// <summary>ZMM0 to ZMM15, bits 511:256: 32 bytes each.</summary>
    ZmmHigh = 6,

    /// <summary>ZMM16 to ZMM31: 64 bytes each.</summary>
    HighZmm = 7,

    /// <summary>PKRU: 4 bytes used of 8.</summary>
    Pkru = 9,
}

/// <summary>
/// Where the components of the extended state are in an XSAVE image of the standard format, which differs between processors (CPUID leaf
/// 0Dh).
/// </summary>
public sealed record XstateFormat
{
    /// <summary>Bytes of the images that are exchanged.</summary>
    public const int ImageSize = 4096;

    private readonly (XstateComponent Component, int Offset)[] _offsets = [];

    /// <summary>The bits that XCR0 may have; 0 where the processor has no XSAVE.</summary>
    public ulong Supported { get; init; }

    /// <summary>The format with a component added; unchanged where we do not know it or it does not fit into an image.</summary>
    /// <param name="number">The component's bit in XCR0.</param>
    /// <param name="offset">Bytes from the start of the image.</param>
    /// <param name="size">Bytes.</param>
    public XstateFormat WithComponent(int number, uint offset, uint size)
    {
        var component = (XstateComponent)number;
        int expected = SizeOf(component);
        return expected == 0 || size < expected || offset > ImageSize - expected
            ? this
            : new XstateFormat([.. _offsets, (component, (int)offset)]) { Supported = Supported };
    }

    /// <summary>Creates the format of a processor without extended state.</summary>
    public XstateFormat()
    {
    }

    private XstateFormat((XstateComponent Component, int Offset)[] offsets) => _offsets = offsets;

    /// <summary>Whether the processor has a component, and it is in the image.</summary>
    public bool Has(XstateComponent component) =>
        (Supported >> (int)component & 1) != 0 && Array.Exists(_offsets, entry => entry.Component == component);

    /// <summary>The bytes of a component in an image; empty where it is not there.</summary>
    public Span<byte> Find(XstateComponent component, Span<byte> image)
    {
        foreach ((XstateComponent there, int offset) in _offsets)
        {
            if (there == component)
            {
                return image.Slice(offset, SizeOf(component));
            }
        }

        return [];
    }

    private static int SizeOf(XstateComponent component) => component switch
    {
        XstateComponent.Avx => 256,
        XstateComponent.Masks => 64,
        XstateComponent.ZmmHigh => 512,
        XstateComponent.HighZmm => 1024,
        XstateComponent.Pkru => 8,
        _ => 0,
    };
}
