using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>What an access does.</summary>
internal enum AccessKind
{
    /// <summary>Reads data.</summary>
    Read,

    /// <summary>Writes data.</summary>
    Write,

    /// <summary>Fetches an instruction.</summary>
    Execute,
}

/// <summary>What decides about an access beside the page tables.</summary>
/// <param name="System">CR0, CR4 and EFER.</param>
/// <param name="Rflags">RFLAGS, for AC.</param>
/// <param name="UserKeys">PKRU; null where it is not known.</param>
/// <param name="SupervisorKeys">IA32_PKRS; null where it is not known.</param>
internal readonly record struct AccessRules(SystemRegisters System, ulong Rflags, uint? UserKeys, uint? SupervisorKeys);

/// <summary>A finished walk with its steps.</summary>
/// <param name="Mode">The paging mode.</param>
/// <param name="End">How it ended.</param>
/// <param name="Steps">The entries on the way.</param>
/// <param name="Translation">Where it led, if it did.</param>
internal sealed record FinishedWalk(PagingMode Mode, PageWalkEnd End, IReadOnlyList<PageWalkStep> Steps, Translation Translation);

/// <summary>
/// Whether an access would fault, and why (Intel SDM vol. 3A, 4.6 and 4.7). Not modelled: shadow-stack accesses and implicit supervisor
/// accesses, for which RFLAGS.AC does not count.
/// </summary>
internal static class PageAccess
{
    private const uint Protection = 1;
    private const uint WriteAccess = 1 << 1;
    private const uint UserAccess = 1 << 2;
    private const uint ReservedBit = 1 << 3;
    private const uint Fetch = 1 << 4;
    private const uint Key = 1 << 5;

    private const ulong WriteProtect = 1 << 16;
    private const ulong Smep = 1 << 20;
    private const ulong Smap = 1 << 21;
    private const ulong UserKeys = 1 << 22;
    private const ulong SupervisorKeys = 1 << 24;
    private const ulong AlignmentCheck = 1 << 18;

    /// <summary>The verdict on an access from a privilege level, 0 to 3, in words: "allowed", or the exception with its causes.</summary>
    public static string Describe(FinishedWalk walk, in AccessRules rules, int level, AccessKind kind)
    {
        if (walk.End == PageWalkEnd.NotCanonical)
        {
            return "#GP (#SS by way of the stack segment): the address is not canonical";
        }
        uint code = (kind == AccessKind.Write ? WriteAccess : 0) | (level == 3 ? UserAccess : 0);
        bool showsFetch = (rules.System.Efer & ControlBits.EferNxe) != 0 && (rules.System.Cr4 & ControlBits.Cr4Pae) != 0;
        if (kind == AccessKind.Execute && (showsFetch || (rules.System.Cr4 & Smep) != 0))
        {
            code |= Fetch;
        }
        switch (walk.End)
        {
            case PageWalkEnd.NotPresent:
                return Fault(code, kind, $"the {PageEntryText.NameOf(walk.Steps[^1].Level)} is not present");
            case PageWalkEnd.ReservedBit:
                return Fault(code | Protection | ReservedBit, kind, $"the {PageEntryText.NameOf(walk.Steps[^1].Level)} has a reserved bit set");
            case PageWalkEnd.TableNotInRam:
                return $"unknown: the table that holds the {PageEntryText.NameOf(walk.Steps[^1].Level)} is not in RAM";
        }
        if (Objection(walk, rules, level, kind) is { } why)
        {
            return Fault(code | Protection, kind, why);
        }
        return KeyObjection(walk, rules, level, kind, out bool isUnknown) is { } key
            ? isUnknown ? key : Fault(code | Protection | Key, kind, key)
            : "allowed";
    }

    private static string? Objection(FinishedWalk walk, in AccessRules rules, int level, AccessKind kind)
    {
        if (walk.Mode == PagingMode.Off)
        {
            return null;
        }
        Translation page = walk.Translation;
        bool isUser = level == 3;
        if (isUser && !page.User)
        {
            return $"a kernel page: {Deniers(walk, 1 << 2, wanted: true)} US 0";
        }
        if (!isUser && page.User && kind == AccessKind.Execute && (rules.System.Cr4 & Smep) != 0)
        {
            return "a user page, and CR4.SMEP is 1";
        }
        if (!isUser && page.User && kind != AccessKind.Execute && (rules.System.Cr4 & Smap) != 0 && (rules.Rflags & AlignmentCheck) == 0)
        {
            return "a user page, CR4.SMAP is 1 and RFLAGS.AC is 0";
        }
        if (kind == AccessKind.Write && !page.Writable && (isUser || (rules.System.Cr0 & WriteProtect) != 0))
        {
            string because = isUser ? "" : ", and CR0.WP is 1";
            return $"read-only: {Deniers(walk, 1 << 1, wanted: true)} RW 0{because}";
        }
        return kind == AccessKind.Execute && !page.Executable ? $"not executable: {Deniers(walk, 1UL << 63, wanted: false)} NX 1" : null;
    }

    private static string? KeyObjection(FinishedWalk walk, in AccessRules rules, int level, AccessKind kind, out bool isUnknown)
    {
        isUnknown = false;
        bool isOn = (rules.System.Cr4 & (walk.Translation.User ? UserKeys : SupervisorKeys)) != 0;
        if (!isOn || kind == AccessKind.Execute || walk.Mode < PagingMode.FourLevel)
        {
            return null;
        }
        int key = (int)(walk.Steps[^1].Value >> 59 & 0xf);
        string register = walk.Translation.User ? "PKRU" : "IA32_PKRS";
        if ((walk.Translation.User ? rules.UserKeys : rules.SupervisorKeys) is not { } rights)
        {
            isUnknown = true;
            return $"allowed, unless {register}, which cannot be read here, denies protection key {key}";
        }
        uint two = rights >> (2 * key) & 3;
        if ((two & 1) != 0)
        {
            return $"protection key {key} denies accesses: {register} is 0x{rights:x}";
        }
        bool counts = level == 3 || (rules.System.Cr0 & WriteProtect) != 0;
        return kind == AccessKind.Write && (two & 2) != 0 && counts
            ? $"protection key {key} denies writes: {register} is 0x{rights:x}"
            : null;
    }

    /// <summary>"the PDE has", or "the PML4E and the PDE have", of the entries that deny something.</summary>
    private static string Deniers(FinishedWalk walk, ulong bit, bool wanted)
    {
        var names = new List<string>();
        foreach (PageWalkStep step in walk.Steps)
        {
            if (!PageWalk.IsPaePointer(walk.Mode, step.Level) && (step.Value & bit) != 0 != wanted)
            {
                names.Add($"the {PageEntryText.NameOf(step.Level)}");
            }
        }
        return $"{string.Join(" and ", names)} {(names.Count == 1 ? "has" : "have")}";
    }

    private static string Fault(uint code, AccessKind kind, string why)
    {
        string[] words =
        [
            (code & Protection) != 0 ? "protection" : "not present",
            kind switch { AccessKind.Read => "read", AccessKind.Write => "write", _ => "fetch" },
            (code & UserAccess) != 0 ? "user" : "kernel",
            .. (ReadOnlySpan<string>)((code & ReservedBit) != 0 ? ["reserved bit"] : []),
            .. (ReadOnlySpan<string>)((code & Key) != 0 ? ["protection key"] : []),
        ];
        return $"#PF, error code 0x{code:x} ({string.Join(", ", words)}): {why}";
    }
}
