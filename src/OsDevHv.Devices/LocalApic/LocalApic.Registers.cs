namespace OsDevHv.Devices;

/// <content>The registers: as the page shows them, and what x2APIC's MSRs share with it (SDM 11.4.1).</content>
public sealed partial class LocalApic
{
    /// <summary>Version 14h, local vectors 0 to 5 (bits 23:16), EOI broadcast can be suppressed (bit 24).</summary>
    private const uint VersionValue = 0x0105_0014;

    private const uint CommandBits = 0x000c_cfff;
    private const uint CommandDeliveryStatusBit = 0x1000;
    private const uint CommandLogicalBit = 0x0800;
    private const uint CommandAssertBit = 0x4000;
    private const uint CommandLevelBit = 0x8000;

    /// <summary>
    /// Reads a register of the page: a 32-bit access. A register that does not exist reads 0 and is an error in ESR; an offset that is not
    /// a multiple of 16 reads 0; all reads are all ones where there is no page, because the mode is not <see cref="LocalApicMode.XApic"/>.
    /// </summary>
    /// <param name="offset">The offset into the page, 0 to FFFh.</param>
    public uint ReadRegister(uint offset)
    {
        if (Mode != LocalApicMode.XApic)
        {
            return uint.MaxValue;
        }

        if (offset % LocalApicRegister.Spacing != 0)
        {
            Report("read that is not at a multiple of 16", offset);
            return 0;
        }

        if (offset == LocalApicRegister.EndOfInterrupt)
        {
            Report("read of EOI, which is for writing", offset);
            return 0;
        }

        if (TryRead(offset, out uint value))
        {
            return value;
        }

        Report("read of a register that does not exist", offset);
        RaiseError(LocalApicErrors.IllegalRegisterAddress);
        return 0;
    }

    /// <summary>
    /// Writes a register of the page: a 32-bit access. Reserved bits and read-only registers are left alone; a register that does not exist
    /// is an error in ESR; nothing happens at an offset that is not a multiple of 16, or where there is no page.
    /// </summary>
    /// <param name="offset">The offset into the page, 0 to FFFh.</param>
    /// <param name="value">What is written.</param>
    /// <returns>What it makes happen elsewhere.</returns>
    public LocalApicEffect WriteRegister(uint offset, uint value)
    {
        if (Mode != LocalApicMode.XApic)
        {
            return default;
        }

        if (offset % LocalApicRegister.Spacing != 0)
        {
            Report("write that is not at a multiple of 16", offset);
            return default;
        }

        if (DefinedBits(offset) is uint defined)
        {
            if ((value & ~defined) != 0)
            {
                Report(ReservedBitsOf(offset), value);
            }

            return Write(offset, value & defined);
        }

        if (TryRead(offset, out _))
        {
            Report("write to a read-only register", offset);
        }
        else
        {
            Report("write to a register that does not exist", offset);
            RaiseError(LocalApicErrors.IllegalRegisterAddress);
        }

        return default;
    }

    /// <summary>Bits of a register that may be written in xAPIC mode, those included that a write leaves alone; null where there is nothing
    /// to write.</summary>
    private uint? DefinedBits(uint offset)
    {
        switch (offset)
        {
            case LocalApicRegister.TaskPriority:
                return 0xff;
            case LocalApicRegister.Id or LocalApicRegister.LogicalDestination or LocalApicRegister.CommandHigh:
                return 0xff00_0000;
            case LocalApicRegister.SpuriousVector:
                return 0x13ff;
            case LocalApicRegister.CommandLow:
                return CommandBits | CommandDeliveryStatusBit;
            case LocalApicRegister.TimerDivide:
                return 0xb;
            case >= LocalApicRegister.LocalVectorFirst and <= LocalApicRegister.LocalVectorLast:
                LocalVector which = LocalVectorAt(offset);
                return LocalVectorEntry.WritableBits(which, HasTscDeadline) | LocalVectorEntry.ReadOnlyBits(which);
            case LocalApicRegister.EndOfInterrupt or LocalApicRegister.ErrorStatus or LocalApicRegister.DestinationFormat
                or LocalApicRegister.TimerInitialCount:
                return uint.MaxValue;
            default:
                return null;
        }
    }

    private static LocalVector LocalVectorAt(uint offset) =>
        (LocalVector)((offset - LocalApicRegister.LocalVectorFirst) / LocalApicRegister.Spacing);

    private static string ReservedBitsOf(uint offset) => offset switch
    {
        LocalApicRegister.Id => "reserved bits of the APIC id",
        LocalApicRegister.TaskPriority => "reserved bits of TPR",
        LocalApicRegister.EndOfInterrupt => "EOI of a value that is not 0",
        LocalApicRegister.LogicalDestination => "reserved bits of LDR",
        LocalApicRegister.SpuriousVector => "reserved bits of SVR",
        LocalApicRegister.ErrorStatus => "ESR of a value that is not 0",
        LocalApicRegister.CommandLow or LocalApicRegister.CommandHigh => "reserved bits of ICR",
        LocalApicRegister.TimerDivide => "reserved bits of the divide configuration",
        LocalApicRegister.SelfIpi => "reserved bits of SELF IPI",
        >= LocalApicRegister.LocalVectorFirst and <= LocalApicRegister.LocalVectorLast => "reserved bits of a local vector",
        _ => "reserved bits",
    };

    /// <summary>Reads any register that exists in either mode and can be read. ICR is read in its halves.</summary>
    private bool TryRead(uint offset, out uint value)
    {
        switch (offset)
        {
            case LocalApicRegister.Id:
                value = Mode == LocalApicMode.X2Apic ? _id : (uint)_xApicId << 24;
                return true;
            case LocalApicRegister.Version:
                value = VersionValue;
                return true;
            case LocalApicRegister.TaskPriority:
                value = _taskPriority;
                return true;
            case LocalApicRegister.ArbitrationPriority:
                value = ArbitrationPriority;
                return true;
            case LocalApicRegister.ProcessorPriority:
                value = ProcessorPriority;
                return true;
            case LocalApicRegister.RemoteRead:
                value = 0;
                return true;
            case LocalApicRegister.LogicalDestination:
                value = LogicalDestination;
                return true;
            case LocalApicRegister.DestinationFormat:
                value = _destinationFormat;
                return true;
            case LocalApicRegister.SpuriousVector:
                value = _spuriousVector;
                return true;
            case LocalApicRegister.ErrorStatus:
                value = (uint)Esr;
                return true;
            case LocalApicRegister.CommandLow:
                value = (uint)_command;
                return true;
            case LocalApicRegister.CommandHigh:
                value = (uint)(_command >> 32);
                return true;
            case >= LocalApicRegister.LocalVectorFirst and <= LocalApicRegister.LocalVectorLast:
                value = Entry(LocalVectorAt(offset)).Raw;
                return true;
            case LocalApicRegister.TimerInitialCount:
                value = _timer.InitialCount;
                return true;
            case LocalApicRegister.TimerCurrentCount:
                CatchUpTimer();
                value = _timer.CurrentCount;
                return true;
            case LocalApicRegister.TimerDivide:
                value = _timer.DivideConfiguration;
                return true;
            default:
                return TryReadSet(offset, out value);
        }
    }

    private bool TryReadSet(uint offset, out uint value)
    {
        int word = (int)(offset % LocalApicRegister.SetSize / LocalApicRegister.Spacing);
        switch (offset - (offset % LocalApicRegister.SetSize))
        {
            case LocalApicRegister.InService:
                value = _inService.Word(word);
                return true;
            case LocalApicRegister.TriggerMode:
                value = _levelTriggered.Word(word);
                return true;
            case LocalApicRegister.Requested:
                // A guest that polls IRR for the timer's vector must not depend on the alarm being on time.
                CatchUpTimer();
                value = _requested.Word(word);
                return true;
            default:
                value = 0;
                return false;
        }
    }

    /// <summary>Writes any register that can be written in either mode, with a value that has no reserved bits.</summary>
    private LocalApicEffect Write(uint offset, uint value)
    {
        switch (offset)
        {
            case LocalApicRegister.Id:
                WriteXApicId((byte)(value >> 24));
                break;
            case LocalApicRegister.TaskPriority:
                _taskPriority = (byte)value;
                break;
            case LocalApicRegister.EndOfInterrupt:
                return EndInterrupt();
            case LocalApicRegister.LogicalDestination:
                _logicalDestination = value;
                break;
            case LocalApicRegister.DestinationFormat:
                WriteDestinationFormat(value);
                break;
            case LocalApicRegister.SpuriousVector:
                WriteSpuriousVector(value);
                break;
            case LocalApicRegister.ErrorStatus:
                LatchErrors();
                break;
            case LocalApicRegister.CommandLow:
                _command = (_command & 0xffff_ffff_0000_0000) | (value & CommandBits);
                return SendCommand();
            case LocalApicRegister.CommandHigh:
                _command = (uint)_command | ((ulong)value << 32);
                break;
            case LocalApicRegister.SelfIpi:
                return Send(new InterruptMessage((byte)value, DeliveryMode.Fixed, 0, false, false, true, DestinationShorthand.Self));
            case >= LocalApicRegister.LocalVectorFirst and <= LocalApicRegister.LocalVectorLast:
                WriteLocalVector(LocalVectorAt(offset), value);
                break;
            case LocalApicRegister.TimerInitialCount:
                CatchUpTimer();
                _timer.WriteInitialCount(value);
                break;
            default:
                CatchUpTimer();
                _timer.WriteDivideConfiguration(value);
                break;
        }

        return default;
    }

    private void WriteXApicId(byte value)
    {
        if (value != _xApicId)
        {
            Report("change of the APIC id, which not all processors can do", value);
        }

        _xApicId = value;
    }

    private void WriteDestinationFormat(uint value)
    {
        _destinationFormat = value | 0x0fff_ffff;
        if (value >> 28 is not (0 or 0xf))
        {
            Report("reserved model in DFR, with which no logical destination matches", value);
        }
    }

    private void WriteSpuriousVector(uint value)
    {
        _spuriousVector = value;
        if (!SoftwareEnabled)
        {
            for (int i = 0; i < _localVectors.Length; i++)
            {
                _localVectors[i] |= LocalVectorEntry.MaskBit;
            }
        }
    }

    private LocalApicEffect EndInterrupt()
    {
        byte vector = _inService.Highest;
        if (vector == 0)
        {
            Report("EOI with no interrupt in service", 0);
            return default;
        }

        _inService.Remove(vector);
        bool isLevel = _levelTriggered.Contains(vector);
        EndPinLevel(vector);
        return isLevel && (_spuriousVector & SuppressEoiBroadcastBit) == 0 ? LocalApicEffect.End(vector) : default;
    }

    private LocalApicEffect SendCommand()
    {
        uint command = (uint)_command;
        DeliveryMode mode = (DeliveryMode)((command >> 8) & 7);
        DestinationShorthand shorthand = (DestinationShorthand)((command >> 18) & 3);
        if (mode is DeliveryMode.Reserved or DeliveryMode.External)
        {
            Report("reserved delivery mode in ICR", _command);
            return default;
        }

        if (mode == DeliveryMode.Init && (command & (CommandAssertBit | CommandLevelBit)) == CommandLevelBit)
        {
            // INIT level de-assert set arbitration ids; processors since the Pentium 4 have none.
            return default;
        }

        if (mode == DeliveryMode.SystemManagement)
        {
            Report("system management interrupt, which does nothing here", _command);
        }

        if (mode != DeliveryMode.Fixed && shorthand is DestinationShorthand.Self or DestinationShorthand.AllIncludingSelf)
        {
            Report("shorthand in ICR that is for fixed delivery", _command);
        }

        // The trigger mode is for INIT level de-assert: IPIs are edges.
        bool isWide = Mode == LocalApicMode.X2Apic;
        uint destination = (uint)(_command >> (isWide ? 32 : 56));
        bool isLogical = (command & CommandLogicalBit) != 0;
        return Send(new InterruptMessage((byte)command, mode, destination, isLogical, IsLevel: false, isWide, shorthand));
    }

    private LocalApicEffect Send(in InterruptMessage message)
    {
        if (message.Vector < FirstVector && message.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority)
        {
            Report("IPI with a vector below 16", message.Vector);
            RaiseError(LocalApicErrors.SendIllegalVector);
        }

        return LocalApicEffect.Send(message);
    }
}
