using System.Diagnostics.CodeAnalysis;
using OsDevHv.Devices;

namespace OsDevHv.Machine.Display;

/// <summary>The screen of a machine: the one place that decides what is shown.</summary>
/// <remarks>
/// Shown is ramfb's frame once the guest has set it up, else the plain framebuffer, else text mode. Any thread, at any time: what is shown
/// may change while it is looked at, as on any screen.
/// </remarks>
/// <param name="sources">What there is to show.</param>
/// <param name="memory">Guest memory.</param>
internal sealed class Screen(ScreenSources sources, IGuestMemory memory)
{
    private const string NoScreen = "this machine has no screen: its profile has no device of the types vga-text, framebuffer or ramfb";

    /// <summary>The pixels that are shown now.</summary>
    /// <param name="picture">They.</param>
    /// <param name="description">What it is, in a few words; or why there is nothing.</param>
    /// <returns>False when there is no screen.</returns>
    public bool TryCapture([NotNullWhen(true)] out Picture? picture, out string description)
    {
        if (FindFrame(out FrameLayout frame, out description))
        {
            picture = Capture(frame);
            return true;
        }

        if (FindText(out VgaTextState? state, out TextScreen? text))
        {
            picture = text.Draw();
            description = Describe(state);
            return true;
        }

        picture = null;
        description = NoScreen;
        return false;
    }

    /// <summary>What is shown now in words: a line that says what it is, and in text mode the characters.</summary>
    public string ToText()
    {
        if (FindFrame(out _, out string description))
        {
            return $"{description}\n";
        }

        if (!FindText(out VgaTextState? state, out TextScreen? text))
        {
            return $"{NoScreen}\n";
        }

        if (state.IsGraphics)
        {
            return $"{Describe(state)}\n";
        }

        string cursor = text.FindCursor() is var (row, column) ? $"cursor at row {row}, column {column}" : "no cursor";
        return $"{Describe(state)}, {cursor}\n{text.ToText()}";
    }

    private static string Describe(FrameLayout frame, string source) =>
        $"{source}, {frame.Width}x{frame.Height}, {frame.Format.ToString().ToLowerInvariant()}, {frame.Stride} bytes a row, at "
        + $"{frame.Address:x}h";

    private static string Describe(VgaTextState state)
    {
        string dark = state.IsBlank ? ", dark" : "";
        return state.IsGraphics
            ? "a graphics mode of the VGA, which is not modelled and shown as black"
            : $"text, {state.Columns}x{state.Lines / state.CharacterHeight}{dark}";
    }

    private bool FindFrame(out FrameLayout frame, out string description)
    {
        (FrameLayout? shown, string source) = sources.Ramfb?.Invoke() is { } set ? (set, "ramfb") : (sources.Framebuffer, "framebuffer");
        frame = shown.GetValueOrDefault();
        description = shown is null ? "" : Describe(frame, source);
        return shown is not null;
    }

    private bool FindText([NotNullWhen(true)] out VgaTextState? state, [NotNullWhen(true)] out TextScreen? text)
    {
        state = sources.Text?.Invoke();
        text = null;
        if (state is null)
        {
            return false;
        }

        byte[] characters = new byte[state.MemoryCharacters * 2];
        memory.TryRead(state.MemoryAddress, characters);
        text = new TextScreen(state, characters);
        return true;
    }

    private Picture Capture(FrameLayout frame)
    {
        var picture = Picture.Black(frame.Width, frame.Height);
        PixelLayout layout = PixelLayout.Of(frame.Format);
        byte[] row = new byte[frame.RowBytes];
        for (int y = 0; y < frame.Height; y++)
        {
            // A row that is not memory stays black.
            if (memory.TryRead(frame.Address + ((ulong)y * (ulong)frame.Stride), row))
            {
                layout.ToRgb(row, picture.Row(y));
            }
        }

        return picture;
    }
}
