using OsDevHv.Gdb;

namespace OsDevHv.Machine.Debug;

/// <summary>Where a breakpoint counts.</summary>
/// <param name="Vcpu">On this vCPU only; null for all.</param>
/// <param name="Cr3">In this address space only, as CR3 has it; null for all.</param>
internal readonly record struct BreakpointScope(int? Vcpu = null, ulong? Cr3 = null)
{
    // Bits 12 to 51: what CR3 has besides is the PCID or caching flags, and in legacy PAE mode bits 5 to 11 belong to the address, where
    // two address spaces of one page would be taken for one.
    private const ulong TableAddress = 0x000f_ffff_ffff_f000;

    /// <summary>Which tables a CR3 names.</summary>
    public static ulong TablesOf(ulong cr3) => cr3 & TableAddress;

    /// <summary>Whether it counts on a vCPU with this CR3.</summary>
    public bool Includes(int vcpu, ulong cr3) => (Vcpu is null || Vcpu == vcpu) && (Cr3 is not { } wanted || TablesOf(cr3) == TablesOf(wanted));

    /// <inheritdoc/>
    public override string ToString() => (Vcpu, Cr3) switch
    {
        ({ } vcpu, { } cr3) => $"vCPU {vcpu} and CR3 {cr3:x}h",
        ({ } vcpu, null) => $"vCPU {vcpu}",
        (null, { } cr3) => $"CR3 {cr3:x}h",
        _ => "everywhere",
    };
}

/// <summary>A breakpoint or watchpoint: the place, who set it, and when it counts.</summary>
/// <remarks>What is counted may be counted by several vCPUs at once; all else changes only while the machine is stopped.</remarks>
/// <param name="request">The place.</param>
internal sealed class Breakpoint(TrapRequest request)
{
    private long _hits;
    private long _passes;

    /// <summary>The place.</summary>
    public TrapRequest Request => request;

    /// <summary>The number that <c>monitor unbreak</c> takes; 0 for gdb's own.</summary>
    public int Number { get; init; }

    /// <summary>Where it counts.</summary>
    public BreakpointScope Scope { get; set; }

    /// <summary>When it counts, and what is done in place of a stop.</summary>
    public BreakpointCode Code { get; set; } = BreakpointCode.None;

    /// <summary>Takes what its commands print.</summary>
    public Action<string> Print { get; set; } = static _ => { };

    /// <summary>The exception whose handler begins here, for a trap that a catch has set.</summary>
    public CatchRule? Rule { get; init; }

    /// <summary>The exception's vector.</summary>
    public int Vector { get; init; }

    /// <summary>gdb has it in force; it takes its breakpoints out while the machine is stopped.</summary>
    public bool IsInserted { get; set; }

    /// <summary>How often it stopped the machine.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>How often it was passed because of its condition or its scope.</summary>
    public long Passes => Interlocked.Read(ref _passes);

    /// <summary>gdb set it, so a stop at it is a breakpoint to gdb.</summary>
    public bool IsDebuggers => Rule is null && Number == 0;

    /// <summary>Where to trap for it: the request, in the scope's address space.</summary>
    public TrapRequest Place => request with { Cr3 = Scope.Cr3 };

    /// <summary>Whose it is, in words: "gdb's hbreak", "monitor break 2".</summary>
    public string SetBy => Rule is { } rule ? $"catch {rule.Number}"
        : Number > 0 ? $"monitor break {Number}"
        : $"gdb's {Name(request.Kind)}";

    /// <summary>gdb's command that makes such a one.</summary>
    public static string Name(BreakpointKind kind) => kind switch
    {
        BreakpointKind.Software => "break",
        BreakpointKind.Hardware => "hbreak",
        BreakpointKind.WriteWatch => "watch",
        BreakpointKind.ReadWatch => "rwatch",
        _ => "awatch",
    };

    /// <summary>
    /// Whether a hit on this CPU now is to stop the machine, and counts it. Executes its commands where it has some, which is then all.
    /// <paramref name="message"/> is what the user should read beside the stop, or null.
    /// </summary>
    public bool Counts(TrapContext context, out string? message)
    {
        message = null;
        bool counts = Scope.Includes(context.Vcpu, context.System.Cr3) && IsTrue(context, ref message);
        if (counts && Rule is not null)
        {
            counts = ExceptionFrame.TryMatch(context, Vector, Rule, out message);
        }
        else if (counts && Number > 0)
        {
            message ??= $"monitor break {Number}: {context.LinearPc:x}h on CPU {context.Vcpu}";
        }
        Interlocked.Increment(ref counts ? ref _hits : ref _passes);
        if (counts && Rule is { } rule)
        {
            rule.CountHit();
        }
        if (counts && Code.Commands.Count > 0)
        {
            Execute(context);
            return false;
        }
        return counts;
    }

    private void Execute(TrapContext context)
    {
        foreach (AgentExpression command in Code.Commands)
        {
            if (!command.TryExecute(context, Print, out string? error))
            {
                Print($"the commands of the breakpoint at {request.Address:x}h cannot be executed: {error}\n");
                return;
            }
        }
    }

    private bool IsTrue(TrapContext context, ref string? message)
    {
        foreach (AgentExpression condition in Code.Conditions)
        {
            if (!condition.TryEvaluate(context, out ulong value, out string? error))
            {
                message = $"the condition of the breakpoint at {request.Address:x}h cannot be evaluated: {error}";
                return true;
            }
            if (value != 0)
            {
                return true;
            }
        }
        return Code.Conditions.Count == 0;
    }
}
