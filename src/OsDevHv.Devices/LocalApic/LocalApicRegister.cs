namespace OsDevHv.Devices;

/// <summary>Offsets of registers in the xAPIC page; x2APIC's MSRs are at 800h plus a sixteenth (Intel SDM vol. 3A, tables 11-1 and
/// 11-6).</summary>
internal static class LocalApicRegister
{
    public const uint Id = 0x020;
    public const uint Version = 0x030;
    public const uint TaskPriority = 0x080;
    public const uint ArbitrationPriority = 0x090;
    public const uint ProcessorPriority = 0x0a0;
    public const uint EndOfInterrupt = 0x0b0;
    public const uint RemoteRead = 0x0c0;
    public const uint LogicalDestination = 0x0d0;
    public const uint DestinationFormat = 0x0e0;
    public const uint SpuriousVector = 0x0f0;
    public const uint InService = 0x100;
    public const uint TriggerMode = 0x180;
    public const uint Requested = 0x200;
    public const uint ErrorStatus = 0x280;
    public const uint CommandLow = 0x300;
    public const uint CommandHigh = 0x310;
    public const uint LocalVectorFirst = 0x320;
    public const uint LocalVectorLast = 0x370;
    public const uint TimerInitialCount = 0x380;
    public const uint TimerCurrentCount = 0x390;
    public const uint TimerDivide = 0x3e0;
    public const uint SelfIpi = 0x3f0;

    /// <summary>From one register to the next.</summary>
    public const uint Spacing = 0x10;

    /// <summary>The bytes that IRR, ISR and TMR take each: eight registers.</summary>
    public const uint SetSize = 0x80;
}
