using System.Buffers.Binary;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>The catches in force from one resume to the next stop. Immutable; any thread.</summary>
internal sealed class CatchSet
{
    private readonly CatchRule[] _ports;
    private readonly CatchRule[] _memory;
    private readonly CatchRule[] _msrs;
    private readonly CatchRule[] _interrupts;
    private readonly CatchRule[] _stepped;
    private readonly CatchRule? _int3;
    private readonly CatchRule? _tripleFault;

    public CatchSet(IReadOnlyCollection<CatchRule> rules)
    {
        _ports = Of(rules, CatchKind.Port);
        _memory = Of(rules, CatchKind.Memory);
        _msrs = Of(rules, CatchKind.Msr);
        _interrupts = Of(rules, CatchKind.Interrupt);
        _stepped = [.. rules.Where(static rule => rule.Kind is CatchKind.Cr3 or CatchKind.Mode)];
        _int3 = rules.FirstOrDefault(static rule => rule.Kind == CatchKind.Int3);
        _tripleFault = rules.FirstOrDefault(static rule => rule.Kind == CatchKind.TripleFault);
    }

    /// <summary>No catches.</summary>
    public static CatchSet None { get; } = new([]);

    /// <summary>An INT3 of the guest's own stops.</summary>
    public bool CatchesInt3 => _int3 is not null;

    /// <summary>Some rule needs every instruction to be stepped.</summary>
    public bool NeedsSteps => _stepped.Length > 0;

    /// <summary>The message of a stop after a port access, or null where none is to be.</summary>
    public string? Port(int vcpu, in VcpuExit exit, ReadOnlySpan<byte> data) =>
        _ports.Length == 0 ? null : Access(_ports, (ulong)exit.Size, exit, data) is not { } rule ? null
            : $"{Begin(rule)}: {(exit.IsWrite ? $"{Value(exit, data)} written to" : $"{Value(exit, data)} read from")} port {exit.Address:x}h on CPU {vcpu}";

    /// <summary>The message of a stop after an access to memory that is no RAM, or null where none is to be.</summary>
    public string? Memory(int vcpu, in VcpuExit exit, ReadOnlySpan<byte> data) =>
        _memory.Length == 0 ? null : Access(_memory, (ulong)data.Length, exit, data) is not { } rule ? null
            : $"{Begin(rule)}: {(exit.IsWrite ? $"{Value(exit, data)} written to" : $"{Value(exit, data)} read from")} {exit.Address:x}h on CPU {vcpu}";

    /// <summary>The message of a stop after an access to a model-specific register, or null where none is to be.</summary>
    public string? Msr(int vcpu, in VcpuExit exit, ReadOnlySpan<byte> data, bool faults) =>
        _msrs.Length == 0 ? null : Access(_msrs, 1, exit, data) is not { } rule ? null
            : $"{Begin(rule)}: MSR {exit.Address:x}h on CPU {vcpu}: "
                + (faults ? "#GP" : exit.IsWrite ? $"{Load(data):x}h written" : $"{Load(data):x}h read");

    /// <summary>Whether an MSR exits only because it is caught, so that the access is to be handed on to the engine.</summary>
    public bool CoversMsr(ulong index)
    {
        foreach (CatchRule rule in _msrs)
        {
            if (index >= rule.First && index <= rule.Last)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The message of a stop before an interrupt is taken, or null where none is to be.</summary>
    public string? Interrupt(int vcpu, byte vector)
    {
        foreach (CatchRule rule in _interrupts)
        {
            if (vector >= rule.First && vector <= rule.Last)
            {
                return $"{Begin(rule)}: CPU {vcpu} is about to take interrupt {vector} ({vector:x}h)";
            }
        }
        return null;
    }

    /// <summary>The message of a stop at an INT3 of the guest's own.</summary>
    public string Int3(int vcpu, ulong pc) => $"{Begin(_int3!)}: the guest's own INT3 at {pc:x}h on CPU {vcpu}; it gets it when it goes on";

    /// <summary>What to say before the message of a triple fault; empty where nothing asked for it.</summary>
    public string TripleFault() => _tripleFault is { } rule ? $"{Begin(rule)}: " : "";

    /// <summary>The message of a stop after a stepped instruction that changed CR3 or the mode, or null where none is to be.</summary>
    public string? Changed(int vcpu, in CaughtState before, in CaughtState after)
    {
        foreach (CatchRule rule in _stepped)
        {
            if (rule.Kind == CatchKind.Cr3 && before.Cr3 != after.Cr3 && (rule.Value is not { } wanted || wanted == after.Cr3))
            {
                return $"{Begin(rule)}: CR3 of CPU {vcpu} is now {after.Cr3:x}h, was {before.Cr3:x}h";
            }
            if (rule.Kind == CatchKind.Mode && before.Mode != after.Mode)
            {
                return $"{Begin(rule)}: CPU {vcpu} is now in {after.Mode}, was in {before.Mode}";
            }
        }
        return null;
    }

    private static CatchRule? Access(CatchRule[] rules, ulong length, in VcpuExit exit, ReadOnlySpan<byte> data)
    {
        foreach (CatchRule rule in rules)
        {
            if (rule.Touches(exit.Address, length, exit.IsWrite) && (rule.Value is not { } value || Contains(data, exit.Size, value)))
            {
                return rule;
            }
        }
        return null;
    }

    private static bool Contains(ReadOnlySpan<byte> data, int size, ulong value)
    {
        for (int at = 0; at + size <= data.Length; at += size)
        {
            if (Load(data.Slice(at, size)) == value)
            {
                return true;
            }
        }
        return false;
    }

    private static string Value(in VcpuExit exit, ReadOnlySpan<byte> data) =>
        exit.Count > 1 ? $"{exit.Count} times {exit.Size} bytes" : $"{Load(data):x}h";

    private static ulong Load(ReadOnlySpan<byte> data)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        data[..Math.Min(data.Length, bytes.Length)].CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static string Begin(CatchRule rule)
    {
        rule.CountHit();
        return $"catch {rule.Number} ({rule.Text})";
    }

    private static CatchRule[] Of(IReadOnlyCollection<CatchRule> rules, CatchKind kind) => [.. rules.Where(rule => rule.Kind == kind)];
}

/// <summary>What catches compare before and after an instruction.</summary>
/// <param name="Cr3">CR3.</param>
/// <param name="Mode">The mode in words.</param>
internal readonly record struct CaughtState(ulong Cr3, string Mode)
{
    /// <summary>Of these registers.</summary>
    public static CaughtState Of(in GeneralRegisters general, in SystemRegisters system) => new(system.Cr3, CpuMode.Describe(general, system));
}
