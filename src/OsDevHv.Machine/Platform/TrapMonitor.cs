using System.Globalization;
using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Platform;

/// <summary>The <c>monitor</c> commands about breakpoints and catches. With the machine stopped.</summary>
internal sealed class TrapMonitor(VirtualMachine machine, IMonitoredMachine monitored)
{
    private const string BreakUsage = "break where? [phys] ADDRESS [cr3 VALUE] [vcpu N], ADDRESS in hexadecimal, SEGMENT:OFFSET, $REGISTER or a symbol\n";

    private BreakpointTable Table => machine.Target.Breakpoints;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("breakpoints", "", "every breakpoint and watchpoint: how it is met, hits, scope, condition", _ => List())
        {
            NeedsStop = true,
            IsInfo = true,
        },
        new("break", "[[phys] ADDR [cr3 VALUE] [vcpu N]]", "a breakpoint, also by physical address, in one address space, on one CPU",
            call => call.Arguments.Count == 0 ? List() : Break(call.Vcpu, [.. call.Arguments]))
        {
            NeedsStop = true,
            Details = "Several of these can be at one place, beside those of gdb; 'breakpoints' lists them all.\n",
        },
        new("unbreak", "N|all", "remove a breakpoint of 'break'", call => Unbreak(Required(call[0], "a number of 'monitor breakpoints'")))
        {
            NeedsStop = true,
        },
        new("catch", "[WHAT]", "stop at an exception, interrupt, port, MMIO or MSR access, CR3 load, mode switch; alone, the list",
            call => call.Arguments.Count == 0 ? Catches() : Catch([.. call.Arguments]))
        {
            NeedsStop = true,
            Details = """
                catch exception N|NAME|all [if write|user|fetch|present|not-present|error=X]
                catch interrupt VECTOR
                catch port FIRST[-LAST] [read|write] [=VALUE]
                catch mmio ADDR[,LEN] [read|write] [=VALUE]
                catch msr N|NAME [read|write] [=VALUE]
                catch cr3 [VALUE]
                catch mode | triple-fault | int3
                Vectors are decimal, all else is hexadecimal.

                """,
        },
        new("uncatch", "N|all", "remove a catch", call => Uncatch(Required(call[0], "a number of 'monitor catch'"))) { NeedsStop = true },
        new("scope", "[cr3 [VALUE]|vcpu [N]|off]", "where the breakpoints count that gdb puts in from now on",
            call => Scope([.. call.Arguments]))
        {
            NeedsStop = true,
            Details = "Without a value: the current CR3, the current CPU.\n",
        },
    ];

    private static string Required(string? argument, string what) =>
        argument ?? throw new MonitorException($"remove which? {what}, or all");

    private string List()
    {
        IReadOnlyList<Breakpoint> all = Table.All;
        if (all.Count == 0)
        {
            return "none (gdb puts its breakpoints in when the machine goes on)\n";
        }
        var text = new StringBuilder();
        foreach (Breakpoint breakpoint in all)
        {
            TrapRequest request = breakpoint.Request;
            string what = request.Kind switch
            {
                BreakpointKind.Software => request.IsPhysical ? "breakpoint by physical address" : "breakpoint",
                BreakpointKind.Hardware => "hardware breakpoint",
                BreakpointKind.WriteWatch => $"write watch of {request.Length} bytes",
                BreakpointKind.ReadWatch => $"read watch of {request.Length} bytes",
                _ => $"access watch of {request.Length} bytes",
            };
            string means = !Table.Means.TryGetValue(breakpoint.Place, out TrapMeans how) ? "not met" : Describe(how);
            text.Append($"{request.Address:x}h: {what}, {means}; {breakpoint.SetBy}; hits {breakpoint.Hits}, passed {breakpoint.Passes}");
            text.Append($"; {breakpoint.Scope}");
            if (breakpoint.Code.Conditions.Count > 0)
            {
                text.Append($"; if {string.Join(" or ", breakpoint.Code.Conditions.Select(static one => Convert.ToHexStringLower(one.Code)))}");
            }
            text.Append(breakpoint.Code.Commands.Count > 0 ? "; prints in place of a stop" : "");
            text.Append(breakpoint.IsInserted ? "\n" : "; out while stopped\n");
        }
        return text.ToString();
    }

    private string Describe(TrapMeans means)
    {
        string planted = machine.Traits.SoftwareBreakpoints == SoftwareBreakpointTechnique.PlantedHalt ? "HLT in memory" : "INT3 in memory";
        return means switch
        {
            TrapMeans.Planted => planted,
            TrapMeans.PlantedAndGuarded => $"{planted}, guarded by a debug register",
            TrapMeans.DebugRegister => "debug register",
            TrapMeans.ReadOnlyMemory => "read-only memory (each write to the page exits, which is slower)",
            _ => "stepping every instruction (slow)",
        };
    }

    private string Break(int vcpu, string[] words)
    {
        bool isPhysical = words is ["phys", ..];
        ReadOnlySpan<string> rest = words.AsSpan(isPhysical ? 1 : 0);
        if (rest.IsEmpty)
        {
            return BreakUsage;
        }
        ulong address = isPhysical ? PhysicalAddress(rest[0]) : AddressArgument.Parse(monitored, vcpu, rest[0]);
        BreakpointScope scope = default;
        for (rest = rest[1..]; !rest.IsEmpty; rest = rest[2..])
        {
            if (rest.Length < 2)
            {
                return BreakUsage;
            }
            if (!TryNarrow(rest[0], rest[1], ref scope, out string error))
            {
                return error;
            }
        }
        var breakpoint = new Breakpoint(new TrapRequest(BreakpointKind.Software, address, 1, IsPhysical: isPhysical))
        {
            Number = Table.NextNumber(),
            Scope = scope,
        };
        return Table.TryAdd(breakpoint, out string? refusal)
            ? $"{breakpoint.SetBy} at {(isPhysical ? "physical " : "")}{address:x}h, {Describe(Table.Means[breakpoint.Place])}; {scope}\n"
            : $"{refusal}\n";
    }

    private string Unbreak(string number)
    {
        int removed = 0;
        foreach (Breakpoint breakpoint in Table.All.Where(one => one.Number > 0 && (number == "all" || Text(one.Number) == number)))
        {
            removed += Table.Remove(breakpoint.Number) ? 1 : 0;
        }
        return removed > 0 || number == "all" ? $"{removed} removed\n" : $"there is no 'monitor break {number}'\n";
    }

    private string Catch(string[] words)
    {
        var parser = new CatchParser(machine.Traits, IsRam);
        if (!parser.TryParse(words, Table.NextNumber(), out CatchRule? rule, out string answer))
        {
            return $"{answer}\n";
        }
        Table.Add(rule);
        return $"catch {rule.Number}: {rule.Text}{(answer.Length > 0 ? $" ({answer})" : "")}\n";
    }

    private string Catches()
    {
        IReadOnlyList<CatchRule> rules = Table.Rules;
        return rules.Count == 0
            ? "none\n"
            : string.Concat(rules.Select(static rule => $"{rule.Number}: {rule.Text}; hits {rule.Hits}\n"));
    }

    private string Uncatch(string number)
    {
        int removed = number == "all" ? Table.RemoveRules(null)
            : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int one) ? Table.RemoveRules(one)
            : 0;
        return removed > 0 || number == "all" ? $"{removed} removed\n" : $"there is no catch {number}; 'monitor catch' lists them\n";
    }

    private string Scope(string[] words)
    {
        BreakpointScope scope = Table.DebuggersScope;
        int current = machine.Controller.LastStop.Vcpu;
        switch (words)
        {
            case []:
                return $"{scope}\n";
            case ["off"]:
                scope = default;
                break;
            case ["cr3"]:
                scope = scope with { Cr3 = machine.Controller.Vcpus[current].Snapshot.System.Cr3 };
                break;
            case ["vcpu"]:
                scope = scope with { Vcpu = current };
                break;
            case [var kind, var value]:
                if (!TryNarrow(kind, value, ref scope, out string error))
                {
                    return error;
                }
                break;
            default:
                return "scope cr3 [VALUE], vcpu [N] or off\n";
        }
        Table.DebuggersScope = scope;
        return $"breakpoints that gdb puts in from now on count: {scope}\n";
    }

    private bool TryNarrow(string kind, string value, ref BreakpointScope scope, out string error)
    {
        error = "";
        switch (kind)
        {
            case "cr3" when Numbers.Hexadecimal(value) is { } cr3:
                scope = scope with { Cr3 = cr3 };
                return true;
            case "vcpu" when Numbers.Decimal(value) is { } vcpu && vcpu < (ulong)machine.Target.VcpuCount:
                scope = scope with { Vcpu = (int)vcpu };
                return true;
            case "vcpu":
                error = $"there is no vCPU {value}; 0 to {machine.Target.VcpuCount - 1}\n";
                return false;
            default:
                error = "a scope is cr3 and a number in hexadecimal, or vcpu and a number\n";
                return false;
        }
    }

    private static ulong PhysicalAddress(string text) =>
        Numbers.Hexadecimal(text) ?? throw new MonitorException($"'{text}' is no physical address; in hexadecimal");

    private bool IsRam(ulong address)
    {
        foreach (MemoryRange range in machine.Target.MemoryMap)
        {
            if (address >= range.Start && address - range.Start < range.Length)
            {
                return true;
            }
        }
        return false;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
