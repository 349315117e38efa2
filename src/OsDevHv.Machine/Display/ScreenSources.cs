using OsDevHv.Devices;

namespace OsDevHv.Machine.Display;

/// <summary>What a machine has to show. Each may be called by any thread, at any time.</summary>
internal sealed class ScreenSources
{
    /// <summary>What text mode shows now; null where there is no text mode.</summary>
    public Func<VgaTextState>? Text { get; set; }

    /// <summary>The plain framebuffer's picture; null where there is none.</summary>
    public FrameLayout? Framebuffer { get; set; }

    /// <summary>The picture that the guest has set up through ramfb, null before it did; null where there is no ramfb.</summary>
    public Func<FrameLayout?>? Ramfb { get; set; }
}
