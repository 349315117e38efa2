namespace OsDevHv.Machine.Debug;

/// <summary>What <c>monitor catch</c> can stop at.</summary>
internal enum CatchKind
{
    /// <summary>An exception, at its handler's first instruction.</summary>
    Exception,

    /// <summary>An external interrupt, before the CPU takes it.</summary>
    Interrupt,

    /// <summary>An access to I/O ports, after it.</summary>
    Port,

    /// <summary>An access to memory that is no RAM, after it.</summary>
    Memory,

    /// <summary>RDMSR or WRMSR, after it.</summary>
    Msr,

    /// <summary>CR3 changes.</summary>
    Cr3,

    /// <summary>The processor's mode changes.</summary>
    Mode,

    /// <summary>A triple fault, before the reset.</summary>
    TripleFault,

    /// <summary>An INT3 of the guest's own, before it is executed.</summary>
    Int3,
}

/// <summary>Which accesses count.</summary>
[Flags]
internal enum CatchAccess
{
    /// <summary>Reads.</summary>
    Read = 1,

    /// <summary>Writes.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    Both = Read | Write,
}

/// <summary>What an exception's error code must be like to count: bits that must be one and bits that must be zero.</summary>
/// <param name="Set">Bits that must be one.</param>
/// <param name="Clear">Bits that must be zero.</param>
internal readonly record struct ErrorCodeFilter(uint Set, uint Clear)
{
    /// <summary>Whether an error code passes.</summary>
    public bool Passes(uint code) => (code & Set) == Set && (code & Clear) == 0;
}

/// <summary>One <c>monitor catch</c>.</summary>
/// <param name="Number">From 1; <c>monitor uncatch</c> takes it.</param>
/// <param name="Kind">What it stops at.</param>
/// <param name="Text">As the user wrote it.</param>
internal sealed record CatchRule(int Number, CatchKind Kind, string Text)
{
    private long _hits;

    /// <summary>The first vector, port, address or MSR.</summary>
    public ulong First { get; init; }

    /// <summary>The last one, inclusive.</summary>
    public ulong Last { get; init; }

    /// <summary>Which accesses count.</summary>
    public CatchAccess Access { get; init; } = CatchAccess.Both;

    /// <summary>Only this value, of a port access or a CR3; null for any.</summary>
    public ulong? Value { get; init; }

    /// <summary>Which error codes count; null for all, none included.</summary>
    public ErrorCodeFilter? ErrorCode { get; init; }

    /// <summary>How often it stopped the machine.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Counts a stop. Any thread.</summary>
    public void CountHit() => Interlocked.Increment(ref _hits);

    /// <summary>Whether an access touches the rule's range, in its direction. The range of the access is [first, first + length).</summary>
    public bool Touches(ulong first, ulong length, bool isWrite) =>
        first <= Last && First - Math.Min(First, first) < length && (Access & (isWrite ? CatchAccess.Write : CatchAccess.Read)) != 0;
}
