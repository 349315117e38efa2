namespace OsDevHv.Profiles;

/// <summary>What is done at the keyboard by itself.</summary>
public sealed record InputProfile
{
    /// <summary>The keys, in the order of their declaration, which need not be that of their times.</summary>
    public IReadOnlyList<KeyInput> Keys { get; init; } = [];
}

/// <summary>Keys that are pressed at a time: exactly one of <see cref="Send"/> and <see cref="Type"/> is there.</summary>
public sealed record KeyInput
{
    /// <summary>How long a chord is held where nothing else is said, as with QEMU's <c>sendkey</c>.</summary>
    public static TimeSpan DefaultHold { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the keys of a character are held where nothing else is said.</summary>
    public static TimeSpan DefaultTypingHold { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>When, in machine time since power-on; null is at once.</summary>
    public TimeSpan? At { get; init; }

    /// <summary>Chords of keys by name, separated by spaces: <c>down down ret</c>, <c>ctrl-alt-delete</c>.</summary>
    public string? Send { get; init; }

    /// <summary>Text, typed on the US layout.</summary>
    public string? Type { get; init; }

    /// <summary>How long the keys are held, in machine time; null is the default of what is done.</summary>
    public TimeSpan? Hold { get; init; }

    /// <summary>The chords, each the names of its keys in the order in which they are pressed.</summary>
    /// <exception cref="InvalidOperationException">A name or a character is unknown, which a validated profile does not have.</exception>
    public IReadOnlyList<IReadOnlyList<string>> Chords => Type is { } text
        ? [.. text.Select(static character => UsKeyboard.TryFind(character, out var keys) ? keys : throw Unknown(character.ToString()))]
        : [.. SplitChords(Send ?? "").Select(static chord => KeyNames.TrySplit(chord, out var keys, out _) ? keys : throw Unknown(chord))];

    /// <summary>How long each chord is held.</summary>
    public TimeSpan HoldTime => Hold ?? (Type is null ? DefaultHold : DefaultTypingHold);

    /// <summary>The chords of <see cref="Send"/>.</summary>
    internal static string[] SplitChords(string send) => send.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static InvalidOperationException Unknown(string what) => new($"There is no key for '{what}'.");
}
