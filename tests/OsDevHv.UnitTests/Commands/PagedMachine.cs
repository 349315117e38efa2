using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Commands;

/// <summary>A stopped machine of 64 KiB made by hand, as the commands see it.</summary>
internal sealed class PagedMachine : IMonitoredMachine
{
    public const ulong Present = 1, Writable = 2, User = 4, Large = 1 << 7, NoExecute = 1UL << 63;
    public const ulong Cr0Pg = 1UL << 31, Cr0Wp = 1 << 16, Cr4Pse = 1 << 4, Cr4Pae = 1 << 5, Cr4La57 = 1 << 12;
    public const ulong Cr4Smep = 1 << 20, Cr4Smap = 1 << 21, Cr4Pke = 1 << 22;

    public FlatMemory Ram { get; } = new();

    public GeneralRegisters General;
    public SystemRegisters System;

    /// <summary>Model-specific registers that are there.</summary>
    public Dictionary<uint, ulong> Msrs { get; } = [];

    public IReadOnlyList<CpuidLeaf> Leaves { get; set; } = [];

    public int CpuCount { get; init; } = 1;

    public IGuestMemory Memory => Ram;

    public ElfSymbols Symbols { get; } = new("/nonexistent");

    public CpuState StateOf(int cpu) => new(General, System, Ram);

    public string Describe(int cpu) => "stopped";

    public void Execute(int cpu, Action<IVcpu> request) => request(new ScriptedVcpu(cpu, Ram));

    public bool TryReadMsr(int cpu, uint index, out ulong value) => Msrs.TryGetValue(index, out value);

    public bool TryWriteMsr(int cpu, uint index, ulong value)
    {
        bool known = Msrs.ContainsKey(index);
        Msrs[index] = known ? value : 0;
        return known;
    }

    public IReadOnlyList<CpuidLeaf> CpuidLeaves(int cpu) => Leaves;

    /// <summary>64-bit mode with 4-level tables at 1000h, NX and write protection on.</summary>
    public static PagedMachine InLongMode() => new()
    {
        System = new SystemRegisters
        {
            Cr0 = Cr0Pg | Cr0Wp | 1,
            Cr3 = 0x1000,
            Cr4 = Cr4Pae,
            Efer = ControlBits.EferLma | ControlBits.EferNxe,
            Cs = new Segment(0, 0xffff_ffff, 8, 0xb, 0, SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Long | SegmentBits.Granular),
        },
    };

    public PagedMachine Set64(int address, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Ram.Bytes.AsSpan(address), value);
        return this;
    }

    public PagedMachine Set32(int address, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Ram.Bytes.AsSpan(address), value);
        return this;
    }

    /// <summary>
    /// Maps 400000h by PML4E, PDPTE, PDE and PTE at 1000h, 2000h, 3000h and 4000h, all writable, with further bits in the PTE.
    /// </summary>
    public PagedMachine MapPage(ulong bits, ulong physical = 0x5000, ulong tables = Present | Writable | User) =>
        Set64(0x1000, 0x2000 | tables).Set64(0x2000, 0x3000 | tables).Set64(0x3010, 0x4000 | tables).Set64(0x4000, physical | bits);

    /// <summary>Runs a command line with every command that looks at such a machine.</summary>
    public string Run(string line, int vcpu = 0, bool isStopped = true) => new MonitorTable(
        [
            .. new PageCommands(this).Commands, .. new MemoryCommands(this).Commands, .. new RegisterCommands(this).Commands,
            .. new DescriptorCommands(this).Commands, .. new CodeCommands(this).Commands,
        ],
        () => isStopped,
        CpuCount).RunAsync(line, vcpu).GetAwaiter().GetResult();
}
