using OsDevHv.Devices;
using OsDevHv.Machine.Engine;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Snapshots;

/// <summary>What a machine must be like to take a snapshot's state; devices are compared by name as they are restored.</summary>
internal sealed record SnapshotShape
{
    private const int MostLeaves = 4096;

    // Leaf and subleaf, and the register, of feature bits that a kernel may have looked at (Intel SDM vol. 2A, CPUID; AMD APM vol. 3).
    private static readonly (uint Leaf, uint? Subleaf, int Register, string Name)[] s_features =
    [
        (1, null, 2, "CPUID 1 ECX"), (1, null, 3, "CPUID 1 EDX"),
        (7, 0, 1, "CPUID 7 EBX"), (7, 0, 2, "CPUID 7 ECX"), (7, 0, 3, "CPUID 7 EDX"), (7, 1, 0, "CPUID 7.1 EAX"),
        (0xd, 0, 0, "CPUID Dh EAX (XCR0)"), (0xd, 1, 0, "CPUID Dh.1 EAX"),
        (0x8000_0001, null, 2, "CPUID 80000001h ECX"), (0x8000_0001, null, 3, "CPUID 80000001h EDX"),
        (0x8000_0008, null, 1, "CPUID 80000008h EBX"),
    ];

    /// <summary>Processors.</summary>
    public required int CpuCount { get; init; }

    /// <summary>RAM, bytes.</summary>
    public required ulong RamBytes { get; init; }

    /// <summary>RAM and a framebuffer's memory, bytes.</summary>
    public required ulong BackingBytes { get; init; }

    /// <summary>Whether the processors have x2APIC, and the TSC deadline.</summary>
    public required (bool X2Apic, bool TscDeadline) Apic { get; init; }

    /// <summary>The rate of the time stamp counters in kHz; 0 where it is not known.</summary>
    public required uint TscKilohertz { get; init; }

    /// <summary>Machine time, nanoseconds.</summary>
    public required long Time { get; init; }

    /// <summary>What CPUID tells the first processor's guest.</summary>
    public required IReadOnlyList<CpuidLeaf> Cpuid { get; init; }

    /// <summary>Why a machine cannot take a snapshot of this shape; null where it can.</summary>
    /// <param name="machine">The machine's shape.</param>
    public string? WhyNotOn(SnapshotShape machine)
    {
        if (CpuCount != machine.CpuCount)
        {
            return $"the snapshot is of a machine with {CpuCount} CPUs, and this one has {machine.CpuCount}: set cpu.count to {CpuCount}";
        }
        if (RamBytes != machine.RamBytes)
        {
            return $"the snapshot is of a machine with {RamBytes >> 10} KiB of memory, and this one has {machine.RamBytes >> 10} KiB: set memory to {RamBytes >> 10}K";
        }
        if (BackingBytes != machine.BackingBytes)
        {
            return "the snapshot is of a machine with another framebuffer";
        }
        if (Apic != machine.Apic)
        {
            return "the snapshot is of a machine with other cpu.features";
        }
        return WhyNotOnProcessor(machine) ?? (IsOtherRate(machine)
            ? $"the snapshot's time stamp counter runs at {TscKilohertz / 1000} MHz, this host's at {machine.TscKilohertz / 1000} MHz: restore it on the host that saved it"
            : null);
    }

    /// <summary>Saves it, or gives the one that was saved.</summary>
    public static SnapshotShape Exchange(StateExchange state, SnapshotShape? saved)
    {
        var shape = new SnapshotShape
        {
            CpuCount = state.Of(saved?.CpuCount ?? 0),
            RamBytes = state.Of(saved?.RamBytes ?? 0),
            BackingBytes = state.Of(saved?.BackingBytes ?? 0),
            Apic = (state.Of(saved?.Apic.X2Apic ?? false), state.Of(saved?.Apic.TscDeadline ?? false)),
            TscKilohertz = state.Of(saved?.TscKilohertz ?? 0),
            Time = state.Of(saved?.Time ?? 0),
            Cpuid = new CpuidLeaf[state.Index(saved?.Cpuid.Count ?? 0, MostLeaves)],
        };
        var leaves = (CpuidLeaf[])shape.Cpuid;
        for (int i = 0; i < leaves.Length; i++)
        {
            CpuidLeaf leaf = saved?.Cpuid[i] ?? default;
            bool hasSubleaf = state.Of(leaf.Subleaf is not null);
            uint subleaf = state.Of(leaf.Subleaf ?? 0);
            leaves[i] = new CpuidLeaf(
                state.Of(leaf.Leaf), hasSubleaf ? subleaf : null, state.Of(leaf.Eax), state.Of(leaf.Ebx), state.Of(leaf.Ecx), state.Of(leaf.Edx));
        }
        return shape;
    }

    /// <summary>The shape of the machine that a profile declares, as far as the profile tells.</summary>
    public static SnapshotShape Of(MachineProfile profile, ulong backingBytes) => new()
    {
        CpuCount = profile.Cpu.Count,
        RamBytes = profile.MemoryBytes,
        BackingBytes = backingBytes,
        Apic = (profile.Cpu.X2Apic, profile.Cpu.TscDeadline),
        TscKilohertz = 0,
        Time = 0,
        Cpuid = [],
    };

    /// <summary>What a host must have, in words.</summary>
    public string Needs => $"a processor by {Vendor} with all features that the guest saw"
        + (TscKilohertz == 0 ? "" : $" and a time stamp counter at {TscKilohertz / 1000} MHz");

    /// <summary>The vendor's name that CPUID gives; empty where there is none.</summary>
    public string Vendor => Cpuid.FirstOrDefault(static leaf => leaf.Leaf == 0) is { Ebx: not 0 } leaf
        ? string.Concat(Text(leaf.Ebx), Text(leaf.Edx), Text(leaf.Ecx))
        : "";

    // Of the same host's KVM it may differ by what calibration at boot found.
    private bool IsOtherRate(SnapshotShape machine)
    {
        const uint partsPerThousand = 1;
        return TscKilohertz != 0 && machine.TscKilohertz != 0
            && Math.Abs((long)TscKilohertz - machine.TscKilohertz) > TscKilohertz * partsPerThousand / 1000;
    }

    private string? WhyNotOnProcessor(SnapshotShape machine)
    {
        if (Vendor != machine.Vendor)
        {
            return $"the snapshot needs a processor by {Vendor}, and this host's is by {machine.Vendor}: restore it on a host like the one that saved it";
        }
        foreach ((uint leaf, uint? subleaf, int register, string name) in s_features)
        {
            uint missing = Register(leaf, subleaf, register) & ~machine.Register(leaf, subleaf, register);
            if (missing != 0)
            {
                return $"the snapshot needs processor features that this host does not give a guest ({name}, bits {missing:x}h): "
                    + "restore it on a host like the one that saved it";
            }
        }
        return null;
    }

    private uint Register(uint number, uint? subleaf, int register)
    {
        foreach (CpuidLeaf leaf in Cpuid)
        {
            if (leaf.Leaf == number && (leaf.Subleaf ?? 0) == (subleaf ?? 0))
            {
                uint value = register switch { 0 => leaf.Eax, 1 => leaf.Ebx, 2 => leaf.Ecx, _ => leaf.Edx };
                // OSXSAVE and OSPKE show what the kernel has switched on, not what there is.
                uint shown = (number, register) switch { (1, 2) => 1u << 27, (7, 2) => 1u << 4, _ => 0 };
                return value & ~shown;
            }
        }
        return 0;
    }

    private static string Text(uint letters) =>
        string.Concat(Enumerable.Range(0, 4).Select(i => (char)(letters >> (8 * i) & 0xff)).Where(static c => c is >= ' ' and <= '~'));
}
