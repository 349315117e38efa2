namespace OsDevHv.Suites.Plans;

/// <summary>How much a case may use up before it is ended and fails. The time limit is the profile's own.</summary>
public sealed record CaseLimits
{
    /// <summary>The time limit of a case where neither its suite nor its profile states one.</summary>
    public static readonly TimeSpan DefaultTime = TimeSpan.FromSeconds(60);

    /// <summary>The output limit where none is stated.</summary>
    public const long DefaultOutput = 16 << 20;

    /// <summary>The bytes that all its consoles may print.</summary>
    public long Output { get; init; } = DefaultOutput;

    /// <summary>The exits from guest code, on all CPUs; null is no limit.</summary>
    public long? Exits { get; init; }
}
