using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// The named model-specific registers as a debugger sees them. On a vCPU's thread, one at a time, with the machine stopped.
/// </summary>
/// <param name="clock">The machine's, with which the time stamp counters stand still; null where there is none.</param>
/// <param name="apics">The local APICs, whose base register is theirs and not the engine's; empty where there are none.</param>
internal sealed class MsrFile(MachineClock? clock, IReadOnlyList<VcpuInterrupts> apics)
{
    /// <summary>IA32_KERNEL_GS_BASE.</summary>
    public const uint KernelGsBase = 0xc000_0102;

    private const uint Capabilities = 0xfe;
    private const uint Pat = 0x277;
    private const uint DefaultType = 0x2ff;
    private const uint TscAux = 0xc000_0103;

    // What each vCPU's counter showed at a moment of machine time: it stands still with the machine, but the host's does not.
    private readonly Dictionary<int, (long Moment, ulong Value)> _counters = [];

    /// <summary>Fills the group.</summary>
    public void ReadNamed(IVcpu cpu, RegisterFile registers)
    {
        ReadOnlySpan<uint> numbers = MsrNumbers.Named;
        for (int index = 0; index < numbers.Length; index++)
        {
            registers.HasMsr[index] = TryRead(cpu, numbers[index], out registers.Msrs[index]);
        }
    }

    /// <summary>Takes over what was changed; an error in words, and nothing changed, or null.</summary>
    public string? TryWriteNamed(IVcpu cpu, RegisterFile registers)
    {
        ReadOnlySpan<uint> numbers = MsrNumbers.Named;
        for (int index = 0; index < numbers.Length; index++)
        {
            ulong value = registers.Msrs[index];
            if (!registers.HasMsr[index] || !TryRead(cpu, numbers[index], out ulong present) || present == value)
            {
                continue;
            }
            string name = MsrNumbers.Names[index];
            cpu.GetSystem(out SystemRegisters system);
            if (Refuse(numbers[index], name, value, system) is { } refusal)
            {
                return refusal;
            }
            if (!TryWrite(cpu, numbers[index], value))
            {
                return $"the processor does not take {value:x}h in {name}";
            }
        }
        return null;
    }

    /// <summary>Fills the group of the memory type range registers.</summary>
    public static void ReadMemoryTypes(IVcpu cpu, RegisterFile registers)
    {
        ReadOnlySpan<uint> numbers = MsrNumbers.MemoryTypes;
        registers.HasMemoryTypes = true;
        for (int index = 0; index < numbers.Length; index++)
        {
            bool there = cpu.TryGetMsr(numbers[index], out registers.MemoryTypes[index]);
            // A processor may have fewer variable ranges than are shown.
            registers.HasMemoryTypes &= there || index >= MsrNumbers.FirstVariableRange;
        }
    }

    /// <summary>Takes over what was changed of them; an error in words, and nothing changed, or null.</summary>
    public static string? TryWriteMemoryTypes(IVcpu cpu, RegisterFile registers)
    {
        ReadOnlySpan<uint> numbers = MsrNumbers.MemoryTypes;
        var done = new Stack<(uint Number, ulong Value)>();
        for (int index = 0; index < numbers.Length; index++)
        {
            uint number = numbers[index];
            ulong value = registers.MemoryTypes[index];
            bool there = cpu.TryGetMsr(number, out ulong present);
            if (value == present)
            {
                continue;
            }
            string? refusal = number == Capabilities ? "mtrr_cap cannot be written"
                : !there ? $"this processor has no variable range {(index - MsrNumbers.FirstVariableRange) / 2}"
                : RefuseMemoryType(index, value);
            if (refusal is null && cpu.TrySetMsr(number, value))
            {
                done.Push((number, present));
                continue;
            }
            while (done.TryPop(out (uint Number, ulong Value) changed))
            {
                cpu.TrySetMsr(changed.Number, changed.Value);
            }
            return refusal ?? $"the processor does not take {value:x}h in MSR {number:x}h: reserved bits, or an address that is too large?";
        }
        return null;
    }

    private bool TryRead(IVcpu cpu, uint number, out ulong value)
    {
        switch (number)
        {
            case MsrNumbers.ApicBase when cpu.Index < apics.Count:
                return apics[cpu.Index].TryReadMsr(number, out value);
            case MsrNumbers.Tsc:
                return TryReadCounter(cpu, out value);
            default:
                return cpu.TryGetMsr(number, out value);
        }
    }

    private bool TryWrite(IVcpu cpu, uint number, ulong value)
    {
        if (number == MsrNumbers.ApicBase && cpu.Index < apics.Count)
        {
            return apics[cpu.Index].TryWriteMsr(cpu, number, value);
        }
        bool taken = cpu.TrySetMsr(number, value);
        if (number == MsrNumbers.Tsc)
        {
            _counters.Remove(cpu.Index);
            if (taken && clock is { IsRunning: false })
            {
                _counters[cpu.Index] = (clock.Now, value);
            }
        }
        return taken;
    }

    private bool TryReadCounter(IVcpu cpu, out ulong value)
    {
        if (clock is not { IsRunning: false })
        {
            return cpu.TryGetMsr(MsrNumbers.Tsc, out value);
        }
        long moment = clock.Now;
        if (_counters.TryGetValue(cpu.Index, out (long Moment, ulong Value) seen) && seen.Moment == moment)
        {
            value = seen.Value;
            return true;
        }
        cpu.SetTimeStopped(clock.TimeStoppedSoFar);
        bool there = cpu.TryGetMsr(MsrNumbers.Tsc, out value);
        _counters[cpu.Index] = (moment, value);
        return there;
    }

    private static string? Refuse(uint number, string name, ulong value, in SystemRegisters system) => number switch
    {
        Pat when !AreTypes(value, isPat: true) =>
            $"{value:x}h is no value of pat: each byte is 0 (UC), 1 (WC), 4 (WT), 5 (WP), 6 (WB) or 7 (UC-)",
        0xc000_0082 or 0xc000_0083 or 0x175 or 0x176 when !RegisterRules.IsCanonical(system, value) =>
            $"{name} must be a canonical address, {value:x}h is none",
        TscAux when value > uint.MaxValue => $"{name} has 32 bits, {value:x}h does not fit",
        MsrNumbers.ApicBase when ((value >> 10) & 3) == 1 => "EXTD of apic_base needs EN",
        _ => null,
    };

    private static string? RefuseMemoryType(int index, ulong value)
    {
        bool isFixed = index is >= MsrNumbers.FirstFixedRange and < MsrNumbers.FirstVariableRange;
        bool isBase = index >= MsrNumbers.FirstVariableRange && (index - MsrNumbers.FirstVariableRange) % 2 == 0;
        bool isDefault = MsrNumbers.MemoryTypes[index] == DefaultType;
        bool fits = isFixed ? AreTypes(value, isPat: false) : !(isBase || isDefault) || IsType((byte)value, isPat: false);
        return fits ? null : $"{value:x}h names a memory type that there is not: 0 (UC), 1 (WC), 4 (WT), 5 (WP) and 6 (WB) are";
    }

    private static bool AreTypes(ulong value, bool isPat)
    {
        for (int shift = 0; shift < 64; shift += 8)
        {
            if (!IsType((byte)(value >> shift), isPat))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsType(byte value, bool isPat) => value is 0 or 1 or 4 or 5 or 6 || (isPat && value == 7);
}
