namespace OsDevHv.Devices;

/// <summary>
/// How a pixel lies in memory, 8 bits a colour. Named as Linux names them (include/uapi/drm/drm_fourcc.h): the most significant byte of a
/// little-endian number first.
/// </summary>
public enum PixelFormat
{
    /// <summary>XR24: blue, green, red, unused.</summary>
    Xrgb8888,

    /// <summary>AR24: blue, green, red, alpha.</summary>
    Argb8888,

    /// <summary>XB24: red, green, blue, unused.</summary>
    Xbgr8888,

    /// <summary>AB24: red, green, blue, alpha.</summary>
    Abgr8888,

    /// <summary>RG24: blue, green, red; 3 bytes.</summary>
    Rgb888,
}

/// <summary>What there is to know of <see cref="PixelFormat"/>s.</summary>
public static class PixelFormats
{
    /// <summary>The bytes that a pixel takes: 3 or 4.</summary>
    public static int BytesPerPixel(this PixelFormat format) => format == PixelFormat.Rgb888 ? 3 : 4;

    /// <summary>The format that a fourcc names, which is its four letters as a little-endian number; false when it is none of them.</summary>
    public static bool TryFromFourcc(uint fourcc, out PixelFormat format)
    {
        PixelFormat? known = fourcc switch
        {
            0x34325258 => PixelFormat.Xrgb8888,
            0x34325241 => PixelFormat.Argb8888,
            0x34324258 => PixelFormat.Xbgr8888,
            0x34324241 => PixelFormat.Abgr8888,
            0x34324752 => PixelFormat.Rgb888,
            _ => null,
        };
        format = known ?? default;
        return known is not null;
    }
}
