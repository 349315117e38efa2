namespace OsDevHv.Devices;

/// <content>IA32_APIC_BASE (SDM 11.4.4, 11.12.5), IA32_TSC_DEADLINE (11.5.4.1) and the registers of x2APIC mode (11.12.1).</content>
public sealed partial class LocalApic
{
    /// <summary>IA32_APIC_BASE.</summary>
    public const uint BaseMsr = 0x1b;

    /// <summary>IA32_TSC_DEADLINE.</summary>
    public const uint TscDeadlineMsr = 0x6e0;

    /// <summary>The first MSR of x2APIC mode; register n of the page is MSR 800h + n / 16.</summary>
    public const uint FirstX2ApicMsr = 0x800;

    /// <summary>The last MSR that is set aside for x2APIC mode.</summary>
    public const uint LastX2ApicMsr = 0x8ff;

    private const ulong BootProcessorBit = 0x100;
    private const ulong X2ApicEnableBit = 0x400;
    private const ulong GlobalEnableBit = 0x800;

    /// <summary>Bits 31:20, 17:16 and 13:12 of ICR as x2APIC mode has it, which has no delivery status.</summary>
    private const ulong ReservedX2ApicCommandBits = 0xfff3_3000;

    /// <summary>Reads an MSR of the local APIC, RDMSR.</summary>
    /// <param name="index">1Bh, 6E0h, or 800h to 8FFh.</param>
    /// <param name="value">What it reads.</param>
    /// <returns>False where it is a general protection fault: no such register, one for writing, or not x2APIC mode.</returns>
    public bool TryReadMsr(uint index, out ulong value)
    {
        value = 0;
        switch (index)
        {
            case BaseMsr:
                value = Base;
                return true;
            case TscDeadlineMsr when HasTscDeadline:
                CatchUpTimer();
                value = _timer.Deadline;
                return true;
            case >= FirstX2ApicMsr and <= LastX2ApicMsr when Mode == LocalApicMode.X2Apic:
                return TryReadX2Apic(OffsetOf(index), out value);
            default:
                Report("read of an MSR that does not exist or not in this mode", index);
                return false;
        }
    }

    /// <summary>Writes an MSR of the local APIC, WRMSR.</summary>
    /// <param name="index">1Bh, 6E0h, or 800h to 8FFh.</param>
    /// <param name="value">What is written.</param>
    /// <param name="effect">What it makes happen elsewhere. IA32_APIC_BASE may have moved or removed the page: see <see cref="Mode"/> and
    /// <see cref="Address"/>.</param>
    /// <returns>
    /// False where it is a general protection fault and nothing happened: no such register, a read-only one, reserved bits, not x2APIC
    /// mode, or a change of mode that is not allowed.
    /// </returns>
    public bool TryWriteMsr(uint index, ulong value, out LocalApicEffect effect)
    {
        effect = default;
        switch (index)
        {
            case BaseMsr:
                return TryWriteBase(value);
            case TscDeadlineMsr when HasTscDeadline:
                CatchUpTimer();
                _timer.WriteDeadline(value);
                CatchUpTimer();
                return true;
            case >= FirstX2ApicMsr and <= LastX2ApicMsr when Mode == LocalApicMode.X2Apic:
                return TryWriteX2Apic(OffsetOf(index), value, out effect);
            default:
                Report("write to an MSR that does not exist or not in this mode", index);
                return false;
        }
    }

    private static uint OffsetOf(uint msr) => (msr - FirstX2ApicMsr) * LocalApicRegister.Spacing;

    private static LocalApicMode ModeOf(ulong apicBase) => (apicBase & (GlobalEnableBit | X2ApicEnableBit)) switch
    {
        GlobalEnableBit | X2ApicEnableBit => LocalApicMode.X2Apic,
        GlobalEnableBit => LocalApicMode.XApic,
        _ => LocalApicMode.Disabled,
    };

    private bool TryReadX2Apic(uint offset, out ulong value)
    {
        if (offset == LocalApicRegister.CommandLow)
        {
            value = _command;
            return true;
        }

        bool isXApicOnly = offset is LocalApicRegister.ArbitrationPriority or LocalApicRegister.RemoteRead
            or LocalApicRegister.DestinationFormat or LocalApicRegister.CommandHigh;
        if (!isXApicOnly && TryRead(offset, out uint low))
        {
            value = low;
            return true;
        }

        Report("read of an x2APIC register that does not exist or is for writing", offset);
        value = 0;
        return false;
    }

    private bool TryWriteX2Apic(uint offset, ulong value, out LocalApicEffect effect)
    {
        effect = default;
        if (offset == LocalApicRegister.CommandLow)
        {
            if ((value & ReservedX2ApicCommandBits) != 0)
            {
                Report(ReservedBitsOf(offset), value);
                return false;
            }

            _command = value;
            effect = SendCommand();
            return true;
        }

        if (DefinedX2ApicBits(offset) is not uint defined)
        {
            Report("write to an x2APIC register that does not exist or is read-only", offset);
            return false;
        }

        if ((value & ~(ulong)defined) != 0)
        {
            Report(ReservedBitsOf(offset), value);
            return false;
        }

        effect = Write(offset, (uint)value);
        return true;
    }

    private uint? DefinedX2ApicBits(uint offset) => offset switch
    {
        LocalApicRegister.EndOfInterrupt or LocalApicRegister.ErrorStatus => 0,
        LocalApicRegister.SelfIpi => 0xff,
        LocalApicRegister.Id or LocalApicRegister.LogicalDestination or LocalApicRegister.DestinationFormat
            or LocalApicRegister.CommandHigh => null,
        _ => DefinedBits(offset),
    };

    private bool TryWriteBase(ulong value)
    {
        ulong addressBits = (1UL << PhysicalAddressBits) - 0x1000;
        ulong defined = addressBits | GlobalEnableBit | BootProcessorBit | (HasX2Apic ? X2ApicEnableBit : 0);
        if ((value & ~defined) != 0)
        {
            Report("reserved bits of IA32_APIC_BASE", value);
            return false;
        }

        LocalApicMode before = Mode;
        LocalApicMode after = ModeOf(value);
        bool isInvalid = (value & X2ApicEnableBit) != 0 && after != LocalApicMode.X2Apic;
        bool isForbidden = (before, after) is (LocalApicMode.Disabled, LocalApicMode.X2Apic) or (LocalApicMode.X2Apic, LocalApicMode.XApic);
        if (isInvalid || isForbidden)
        {
            Report("change of mode in IA32_APIC_BASE that is not allowed", value);
            return false;
        }

        Base = value;
        if (after == LocalApicMode.Disabled && before != LocalApicMode.Disabled)
        {
            // A processor may lose the state at once; so that nothing depends on it, this one does.
            ResetRegisters();
            _xApicId = (byte)_id;
        }
        else if (after == LocalApicMode.X2Apic && before == LocalApicMode.XApic)
        {
            // All else is kept (SDM 11.12.5.1).
            _xApicId = (byte)_id;
            _logicalDestination = 0;
            _command = (uint)_command;
        }

        return true;
    }
}
