using OsDevHv.Machine;

namespace OsDevHv.Suites.Expectations;

/// <summary>
/// What a case is expected to do. Each part that is stated must hold; what none states is left to the conventions. Immutable.
/// </summary>
public sealed record Expectation
{
    /// <summary>How the run may end; none is what the conventions take for passing.</summary>
    public IReadOnlyList<VerdictKind> Verdicts { get; init; } = [];

    /// <summary>The exit codes, 0 to 255, that <c>osdevhv run</c> may have for it.</summary>
    public IReadOnlyList<int> ExitCodes { get; init; } = [];

    /// <summary>The values of which the guest writes one to isa-debug-exit.</summary>
    public IReadOnlyList<uint> ExitValues { get; init; } = [];

    /// <summary>What is printed, in this order for each port.</summary>
    public IReadOnlyList<TextPattern> Output { get; init; } = [];

    /// <summary>What is never printed.</summary>
    public IReadOnlyList<TextPattern> Absent { get; init; } = [];

    /// <summary>What ends the run when it is printed, which is as good as passing; null is nothing.</summary>
    public TextPattern? Until { get; init; }

    /// <summary>What the text screen shows at the end, in this order from the top.</summary>
    public IReadOnlyList<TextPattern> Screen { get; init; } = [];

    /// <summary>What the screen looks like at the end; null is anything.</summary>
    public PictureExpectation? Picture { get; init; }

    /// <summary>What memory holds at the end.</summary>
    public IReadOnlyList<MemoryComparison> Memory { get; init; } = [];

    /// <summary>The longest time running; null is any within the limit.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>The most exits from guest code, on all CPUs; null is any number within the limit.</summary>
    public long? Exits { get; init; }

    /// <summary>Whether what the guest says by convention about its tests counts.</summary>
    public bool Conventions { get; init; } = true;

    /// <summary>Whether it says how the run ends, so that no convention has to.</summary>
    public bool StatesEnd => Verdicts.Count + ExitCodes.Count + ExitValues.Count > 0 || Until is not null;
}

/// <summary>Something to look for in a line.</summary>
/// <param name="Text">The text, or the regular expression.</param>
/// <param name="IsRegex">
/// Whether it is a regular expression: .NET's, without back references and look-around, matched in linear time.
/// </param>
/// <param name="Port">The device that prints it, by its name in the profile; null is any.</param>
public sealed record TextPattern(string Text, bool IsRegex = false, string? Port = null)
{
    /// <summary>As messages write it.</summary>
    public override string ToString() => (IsRegex ? $"/{Text}/" : $"'{Text}'") + (Port is null ? "" : $" on {Port}");
}

/// <summary>A picture to compare the screen with.</summary>
/// <param name="File">The PNG file; absolute.</param>
/// <param name="Tolerance">By how much each of R, G and B may differ, 0 to 255.</param>
/// <param name="Pixels">How many pixels may differ by more than that.</param>
/// <param name="Masks">Rectangles that are not looked at.</param>
public sealed record PictureExpectation(string File, int Tolerance, int Pixels, IReadOnlyList<PictureMask> Masks);

/// <summary>A rectangle of a picture, in pixels from the top left corner.</summary>
/// <param name="X">Its left column.</param>
/// <param name="Y">Its top row.</param>
/// <param name="Width">How many columns.</param>
/// <param name="Height">How many rows.</param>
public sealed record PictureMask(int X, int Y, int Width, int Height)
{
    /// <summary>Whether a pixel is in it.</summary>
    public bool Contains(int x, int y) => x >= X && y >= Y && x - X < Width && y - Y < Height;
}
