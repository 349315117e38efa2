using System.Diagnostics.CodeAnalysis;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>What <c>monitor catch</c> is told, made a rule; or why it cannot be, in words.</summary>
/// <param name="traits">What the host can do.</param>
/// <param name="isRam">Whether a guest-physical address is RAM.</param>
internal sealed class CatchParser(EngineTraits traits, Func<ulong, bool> isRam)
{
    private const string Usage =
        "catch what? exception N|NAME|all [if CONDITION], interrupt VECTOR, port FIRST[-LAST], mmio ADDRESS[,LENGTH], msr N|NAME, cr3 [VALUE], "
        + "mode, triple-fault or int3";

    /// <summary>Makes a rule of the words behind <c>catch</c>.</summary>
    /// <param name="words">The words.</param>
    /// <param name="number">The rule's.</param>
    /// <param name="rule">The rule, or null.</param>
    /// <param name="answer">How it is met where that is worth a word, or why there is no rule; without a line feed.</param>
    public bool TryParse(ReadOnlySpan<string> words, int number, [NotNullWhen(true)] out CatchRule? rule, out string answer)
    {
        answer = "";
        CatchRule begun = new(number, CatchKind.Mode, string.Join(' ', words!));
        rule = words switch
        {
            ["exception", var vector, .. var rest] => Exception(begun, vector, rest, ref answer),
            ["interrupt", var vector] => Interrupt(begun, vector, ref answer),
            ["port", var range, .. var rest] => Port(begun, range, rest, ref answer),
            ["mmio", var range, .. var rest] => Memory(begun, range, rest, ref answer),
            ["msr", var name, .. var rest] => Msr(begun, name, rest, ref answer),
            ["cr3", ..] when words.Length <= 2 => Cr3(begun, words[1..], ref answer),
            ["mode"] => Stepped(begun with { Kind = CatchKind.Mode }, ref answer),
            ["triple-fault" or "triple"] => TripleFault(begun, ref answer),
            ["int3"] => Int3(begun, ref answer),
            _ => Nothing(Usage, ref answer),
        };
        return rule is not null;
    }

    private static CatchRule? Exception(CatchRule rule, string vector, ReadOnlySpan<string> rest, ref string answer)
    {
        bool all = vector == "all";
        int? number = all ? 0 : Numbers.Decimal(vector) is { } stated and < ExceptionNames.Count ? (int)stated : ExceptionNames.Find(vector);
        if (number is not { } first)
        {
            return Nothing($"there is no exception '{vector}'; 0 to 31, a name such as PF, or all", ref answer);
        }
        ErrorCodeFilter? filter = null;
        if (!rest.IsEmpty && !TryFilter(rest, out filter))
        {
            return Nothing("the condition is 'if' and any of write, user, fetch, present, not-present, error=X", ref answer);
        }
        if (filter is not null && !all && !ExceptionNames.HasErrorCode(first))
        {
            return Nothing($"exception {first} (#{ExceptionNames.Of(first)}) has no error code", ref answer);
        }
        answer = "stops at the handler's first instruction; where the guest has yet to load its table, the handlers are looked for at each exit "
            + "and every 10 ms, so an exception just after that may be missed";
        return rule with
        {
            Kind = CatchKind.Exception,
            First = (ulong)first,
            Last = all ? ExceptionNames.Count - 1 : (ulong)first,
            ErrorCode = filter,
        };
    }

    private static bool TryFilter(ReadOnlySpan<string> words, out ErrorCodeFilter? filter)
    {
        filter = null;
        if (words is not ["if", _, ..])
        {
            return false;
        }
        uint set = 0;
        uint clear = 0;
        foreach (string word in words[1..])
        {
            switch (word)
            {
                case "present":
                    set |= 1;
                    break;
                case "not-present":
                    clear |= 1;
                    break;
                case "write":
                    set |= 2;
                    break;
                case "user":
                    set |= 4;
                    break;
                case "fetch":
                    set |= 16;
                    break;
                case ['e', 'r', 'r', 'o', 'r', '=', .. var value] when Numbers.Hexadecimal(value) is { } code and <= uint.MaxValue:
                    set |= (uint)code;
                    clear |= ~(uint)code;
                    break;
                default:
                    return false;
            }
        }
        filter = new ErrorCodeFilter(set, clear);
        return true;
    }

    private static CatchRule? Interrupt(CatchRule rule, string vector, ref string answer)
    {
        if (Numbers.Decimal(vector) is not { } number || number > byte.MaxValue)
        {
            return Nothing("an interrupt's vector is 0 to 255, or 0x0 to 0xff", ref answer);
        }
        answer = "stops before the CPU takes it, on the instruction that it interrupts";
        return rule with { Kind = CatchKind.Interrupt, First = number, Last = number };
    }

    private static CatchRule? Port(CatchRule rule, string range, ReadOnlySpan<string> rest, ref string answer)
    {
        string[] ends = range.Split('-');
        ulong? first = Numbers.Hexadecimal(ends[0]);
        ulong? last = ends.Length == 2 ? Numbers.Hexadecimal(ends[1]) : first;
        if (ends.Length > 2 || first is not { } from || last is not { } to || from > to || to > ushort.MaxValue)
        {
            return Nothing("ports are FIRST or FIRST-LAST, in hexadecimal up to ffff", ref answer);
        }
        return Access(rule with { Kind = CatchKind.Port, First = from, Last = to }, rest, takesValue: true, ref answer);
    }

    private CatchRule? Memory(CatchRule rule, string range, ReadOnlySpan<string> rest, ref string answer)
    {
        string[] parts = range.Split(',');
        ulong? length = parts.Length == 2 ? Numbers.Hexadecimal(parts[1]) : 1;
        if (parts.Length > 2 || Numbers.Hexadecimal(parts[0]) is not { } from || length is not { } bytes || bytes == 0 || bytes - 1 > ulong.MaxValue - from)
        {
            return Nothing("memory is ADDRESS or ADDRESS,LENGTH, guest-physical and in hexadecimal", ref answer);
        }
        ulong to = from + (bytes - 1);
        if (isRam(from) || isRam(to))
        {
            return Nothing($"{(isRam(from) ? from : to):x}h is RAM, whose accesses leave no trace; 'watch' stops at writes to it", ref answer);
        }
        return Access(rule with { Kind = CatchKind.Memory, First = from, Last = to }, rest, takesValue: true, ref answer);
    }

    private static CatchRule? Msr(CatchRule rule, string name, ReadOnlySpan<string> rest, ref string answer)
    {
        ulong? index = MsrNames.Find(name) ?? Numbers.Hexadecimal(name);
        return index is { } register and <= uint.MaxValue
            ? Access(rule with { Kind = CatchKind.Msr, First = register, Last = register }, rest, takesValue: true, ref answer)
            : Nothing($"there is no MSR '{name}'; a number in hexadecimal or one of {string.Join(", ", MsrNames.All.Select(static msr => msr.Name))}", ref answer);
    }

    private CatchRule? Cr3(CatchRule rule, ReadOnlySpan<string> rest, ref string answer)
    {
        ulong? value = rest.IsEmpty ? null : Numbers.Hexadecimal(rest[0]);
        return rest.IsEmpty || value is not null
            ? Stepped(rule with { Kind = CatchKind.Cr3, Value = value }, ref answer)
            : Nothing("CR3's value is a number in hexadecimal", ref answer);
    }

    private CatchRule? Stepped(CatchRule rule, ref string answer)
    {
        if (!traits.SingleStep)
        {
            return Nothing("KVM does not leave the guest when it loads CR3 or switches modes, and this host has no single steps to find out", ref answer);
        }
        answer = "KVM does not leave the guest when it loads CR3 or switches modes, so every instruction is stepped: some hundred times slower";
        return rule;
    }

    private static CatchRule TripleFault(CatchRule rule, ref string answer)
    {
        answer = "stops before the reset, as every triple fault under a debugger does; KVM on AMD has reset the registers by then";
        return rule with { Kind = CatchKind.TripleFault };
    }

    private CatchRule Int3(CatchRule rule, ref string answer)
    {
        const int breakpoint = 3;
        if (traits.SoftwareBreakpoints is SoftwareBreakpointTechnique.Int3DebugExit or SoftwareBreakpointTechnique.Int3NotEmulated)
        {
            answer = "stops on the INT3; the guest gets it when it goes on";
            return rule with { Kind = CatchKind.Int3 };
        }
        answer = "this host's KVM does not leave the guest at INT3, so it stops at the first instruction of the handler of exception 3";
        return rule with { Kind = CatchKind.Exception, First = breakpoint, Last = breakpoint };
    }

    private static CatchRule? Access(CatchRule rule, ReadOnlySpan<string> rest, bool takesValue, ref string answer)
    {
        foreach (string word in rest)
        {
            CatchRule? narrowed = word switch
            {
                "read" => rule with { Access = CatchAccess.Read },
                "write" => rule with { Access = CatchAccess.Write },
                ['=', .. var value] when takesValue && Numbers.Hexadecimal(value) is { } number => rule with { Value = number },
                _ => null,
            };
            if (narrowed is null)
            {
                return Nothing($"'{word}' is not one of read, write, =VALUE", ref answer);
            }
            rule = narrowed;
        }
        return rule;
    }

    private static CatchRule? Nothing(string why, ref string answer)
    {
        answer = why;
        return null;
    }
}
