using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Display;

/// <summary>The plain framebuffer of a profile: memory behind RAM's end, shown as it is.</summary>
internal static class LinearFramebuffer
{
    /// <summary>The picture of a profile's framebuffer; null where it has none.</summary>
    public static FrameLayout? Of(MachineProfile profile) =>
        profile.Devices.OfType<FramebufferProfile>().FirstOrDefault() is { } framebuffer ? LayoutOf(framebuffer) : null;

    /// <summary>The picture, rows without gaps between them.</summary>
    public static FrameLayout LayoutOf(FramebufferProfile framebuffer)
    {
        PixelFormat format = framebuffer.Format switch
        {
            FramebufferFormat.Xbgr8888 => PixelFormat.Xbgr8888,
            FramebufferFormat.Rgb888 => PixelFormat.Rgb888,
            _ => PixelFormat.Xrgb8888,
        };
        int stride = framebuffer.Width * format.BytesPerPixel();
        return new FrameLayout(framebuffer.Address, format, framebuffer.Width, framebuffer.Height, stride);
    }

    /// <summary>The whole pages that hold a picture.</summary>
    public static VideoMemory MemoryOf(FrameLayout frame) =>
        new(frame.Address, (frame.Length + GuestRam.PageSize - 1) / GuestRam.PageSize * GuestRam.PageSize);
}
