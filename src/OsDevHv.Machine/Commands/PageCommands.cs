using System.Globalization;
using System.Text;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Commands;

/// <summary>Page tables: <c>walk</c>, <c>maps</c>, <c>phys</c>.</summary>
internal sealed class PageCommands(IMonitoredMachine machine)
{
    private const int UsualRanges = 100;
    private const int MostRanges = 10_000;
    private const uint SupervisorKeysMsr = 0x6e1;
    private const ulong Cr4SupervisorKeys = 1 << 24;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("walk", "VA [cplN] [r|w|x]", "the page tables' entries for an address, and what each access would meet", Walk)
        {
            NeedsStop = true,
            Details = "Each level's entry: its physical address, its value and its flags. Then whether a read, a write and a fetch at the CPL\n"
                + "given, or else the current one, would fault, with the error code and the entry, CR0, CR4 or RFLAGS bit that is the cause.\n",
        },
        new("maps", "[FIRST [LAST]] [limit N]", "what is mapped, as ranges with their permissions", Maps)
        {
            NeedsStop = true,
            Aliases = ["mem", "tlb"],
            IsInfo = true,
            Details = $"At most N ranges, {UsualRanges} by default; where more follow, the last line says how to go on.\n",
        },
        new("phys", "VA", "the physical address of a linear one", Physical) { NeedsStop = true, Aliases = ["gva2gpa"] },
    ];

    private string Walk(MonitorCall call)
    {
        CpuState cpu = machine.StateOf(call.Vcpu);
        ulong linear = AddressArgument.Parse(machine, call.Vcpu, call[0]);
        int level = cpu.PrivilegeLevel;
        AccessKind? only = null;
        foreach (string word in call.Arguments.Skip(1))
        {
            switch (word)
            {
                case "cpl0" or "cpl1" or "cpl2" or "cpl3":
                    level = word[3] - '0';
                    break;
                case "r":
                    only = AccessKind.Read;
                    break;
                case "w":
                    only = AccessKind.Write;
                    break;
                case "x":
                    only = AccessKind.Execute;
                    break;
                default:
                    throw new MonitorException($"'{word}' is neither cpl0 to cpl3 nor r, w or x");
            }
        }
        FinishedWalk walk = WalkOf(cpu, ref linear);
        var text = new StringBuilder();
        WriteSteps(text, cpu, walk, linear);
        AccessRules rules = Rules(call.Vcpu, cpu);
        foreach (AccessKind kind in only is { } one ? (ReadOnlySpan<AccessKind>)[one] : [AccessKind.Read, AccessKind.Write, AccessKind.Execute])
        {
            string name = kind switch { AccessKind.Read => "read", AccessKind.Write => "write", _ => "execute" };
            text.Append(CultureInfo.InvariantCulture, $"CPL {level} {name}: {PageAccess.Describe(walk, rules, level, kind)}\n");
        }
        return text.ToString();
    }

    private void WriteSteps(StringBuilder text, CpuState cpu, FinishedWalk walk, ulong linear)
    {
        if (walk.Mode == PagingMode.Off)
        {
            text.Append(CultureInfo.InvariantCulture, $"paging is off: 0x{linear:x} is the physical address{NotRam(walk.Translation)}\n");
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"{PageWalkText.NameOf(walk.Mode)}, CR3 0x{cpu.System.Cr3:x}\n");
        if (walk.End == PageWalkEnd.NotCanonical)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{linear:x} is not canonical\n");
            return;
        }
        for (int i = 0; i < walk.Steps.Count; i++)
        {
            PageWalkStep step = walk.Steps[i];
            bool isLast = i == walk.Steps.Count - 1;
            if (isLast && walk.End == PageWalkEnd.TableNotInRam)
            {
                text.Append(CultureInfo.InvariantCulture, $"{PageEntryText.NameOf(step.Level)} at 0x{step.Address:x}: not in RAM\n");
                return;
            }
            bool isPage = isLast && (walk.End == PageWalkEnd.Mapped || step.Level == 1);
            string reserved = isLast && walk.End == PageWalkEnd.ReservedBit ? ", a reserved bit set" : "";
            text.Append(CultureInfo.InvariantCulture, $"{PageEntryText.NameOf(step.Level),-5} at 0x{step.Address:x} = 0x{step.Value:x}: ")
                .Append(PageEntryText.Describe(walk.Mode, step, isPage)).Append(reserved).Append('\n');
        }
        if (walk.End == PageWalkEnd.Mapped)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{linear:x} is physical 0x{walk.Translation.PhysicalAddress:x}{NotRam(walk.Translation)}\n");
        }
    }

    private string Maps(MonitorCall call)
    {
        CpuState cpu = machine.StateOf(call.Vcpu);
        PagingMode mode = PageWalk.ModeOf(cpu.System);
        if (mode == PagingMode.Off)
        {
            return "paging is off: linear addresses are physical ones\n";
        }
        List<string> words = [.. call.Arguments];
        int limit = UsualRanges;
        int at = words.IndexOf("limit");
        if (at >= 0)
        {
            limit = Math.Max(1, MonitorNumbers.ParseUpTo(at + 1 < words.Count ? words[at + 1] : null, "the limit", MostRanges));
            words.RemoveRange(at, 2);
        }
        if (words.Count > 2)
        {
            throw new MonitorException("maps [FIRST [LAST]] [limit N]");
        }
        ulong first = words.Count > 0 ? AddressArgument.Parse(machine, call.Vcpu, words[0]) : 0;
        ulong last = words.Count > 1 ? AddressArgument.Parse(machine, call.Vcpu, words[1]) : ulong.MaxValue;
        PageMap map = PageMap.List(machine.Memory, cpu.System, first, last, limit);
        var text = new StringBuilder();
        foreach (MappedRange range in map.Ranges)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{range.First:x16}-0x{range.Last:x16} {PageEntryText.SizeOf(range.Length),8} ")
                .Append(range.User ? "user   " : "kernel ").Append('r').Append(range.Writable ? 'w' : '-').Append(range.Executable ? 'x' : '-')
                .Append(' ').Append(Sizes(range.PageSizes)).Append(range.IsContiguous ? $" to 0x{range.Physical:x}" : " scattered").Append('\n');
        }
        if (map.Ranges.Count == 0)
        {
            text.Append("nothing is mapped there\n");
        }
        if (map.StoppedAt is { } next)
        {
            string why = map.Ranges.Count == limit ? $"{limit} ranges" : $"{PageMap.MostTables} tables";
            text.Append(CultureInfo.InvariantCulture, $"stopped after {why}; 'monitor maps 0x{next:x}' goes on\n");
        }
        return text.ToString();
    }

    private string Physical(MonitorCall call)
    {
        CpuState cpu = machine.StateOf(call.Vcpu);
        ulong linear = AddressArgument.Parse(machine, call.Vcpu, call[0]);
        FinishedWalk walk = WalkOf(cpu, ref linear);
        return walk.End switch
        {
            PageWalkEnd.Mapped => $"0x{linear:x} is physical 0x{walk.Translation.PhysicalAddress:x}{NotRam(walk.Translation)}\n",
            PageWalkEnd.NotCanonical => $"0x{linear:x} is not canonical\n",
            PageWalkEnd.NotPresent => $"0x{linear:x} is not mapped: the {PageEntryText.NameOf(walk.Steps[^1].Level)} is not present\n",
            PageWalkEnd.ReservedBit => $"0x{linear:x} is not mapped: the {PageEntryText.NameOf(walk.Steps[^1].Level)} has a reserved bit set\n",
            _ => $"0x{linear:x} is not mapped: the table that holds the {PageEntryText.NameOf(walk.Steps[^1].Level)} is not in RAM\n",
        };
    }

    private FinishedWalk WalkOf(CpuState cpu, ref ulong linear)
    {
        PagingMode mode = PageWalk.ModeOf(cpu.System);
        if (!cpu.IsLongModeActive)
        {
            linear = (uint)linear;
        }
        Span<PageWalkStep> steps = stackalloc PageWalkStep[PageWalk.MaxSteps];
        PageWalkEnd end = PageWalk.Walk(machine.Memory, cpu.System, linear, steps, out int count, out Translation translation);
        return new FinishedWalk(mode, end, steps[..count].ToArray(), translation);
    }

    private AccessRules Rules(int vcpu, CpuState cpu)
    {
        uint? supervisorKeys = null;
        if ((cpu.System.Cr4 & Cr4SupervisorKeys) != 0)
        {
            machine.Execute(vcpu, engine => supervisorKeys = engine.TryGetMsr(SupervisorKeysMsr, out ulong keys) ? (uint)keys : null);
        }
        return new AccessRules(cpu.System, cpu.General.Rflags, UserKeys: null, supervisorKeys);
    }

    private string NotRam(in Translation translation) =>
        machine.Memory.Contains(translation.PhysicalAddress, 1) ? "" : ", which is not RAM";

    private static string Sizes(ulong sizes)
    {
        var words = new List<string>();
        for (ulong size = 0x1000; size <= 1 << 30; size <<= 1)
        {
            if ((sizes & size) != 0)
            {
                words.Add(PageEntryText.SizeOf(size));
            }
        }
        return $"{string.Join(" and ", words)} pages";
    }
}
