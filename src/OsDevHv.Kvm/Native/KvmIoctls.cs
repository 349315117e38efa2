using OsDevHv.Kvm.Abi;

namespace OsDevHv.Kvm.Native;

/// <summary>
/// The ioctl numbers of KVM, computed as asm-generic/ioctl.h does: direction (2 bits), size of the argument (14), type (8), number (8).
/// </summary>
internal static unsafe class KvmIoctls
{
    public static readonly uint GetApiVersion = None(0x00);
    public static readonly uint CreateVm = None(0x01);
    public static readonly uint GetMsrIndexList = ReadWrite<uint>(0x02);
    public static readonly uint CheckExtension = None(0x03);
    public static readonly uint GetVcpuMmapSize = None(0x04);
    public static readonly uint GetSupportedCpuid = ReadWrite<KvmCpuid2>(0x05);

    public static readonly uint CreateVcpu = None(0x41);
    public static readonly uint SetUserMemoryRegion = Write<KvmUserspaceMemoryRegion>(0x46);
    public static readonly uint SetTssAddress = None(0x47);
    public static readonly uint SetIdentityMapAddress = Write<ulong>(0x48);
    public static readonly uint RegisterCoalesced = Write<KvmCoalescedZone>(0x67);
    public static readonly uint UnregisterCoalesced = Write<KvmCoalescedZone>(0x68);
    public static readonly uint SetClock = Write<KvmClockData>(0x7b);
    public static readonly uint GetClock = Read<KvmClockData>(0x7c);
    public static readonly uint EnableCap = Write<KvmEnableCap>(0xa3);
    public static readonly uint SetMsrFilter = Write<KvmMsrFilter>(0xc6);

    public static readonly uint Run = None(0x80);
    public static readonly uint GetRegs = Read<KvmRegs>(0x81);
    public static readonly uint SetRegs = Write<KvmRegs>(0x82);
    public static readonly uint GetSregs = Read<KvmSregs>(0x83);
    public static readonly uint SetSregs = Write<KvmSregs>(0x84);
    public static readonly uint Interrupt = Write<KvmInterrupt>(0x86);
    public static readonly uint GetMsrs = ReadWrite<KvmMsrs>(0x88);
    public static readonly uint SetMsrs = Write<KvmMsrs>(0x89);
    public static readonly uint SetCpuid2 = Write<KvmCpuid2>(0x90);
    public static readonly uint Nmi = None(0x9a);
    public static readonly uint SetGuestDebug = Write<KvmGuestDebug>(0x9b);
    public static readonly uint GetVcpuEvents = Read<KvmVcpuEvents>(0x9f);
    public static readonly uint SetVcpuEvents = Write<KvmVcpuEvents>(0xa0);
    public static readonly uint GetDebugRegs = Read<KvmDebugRegs>(0xa1);
    public static readonly uint SetDebugRegs = Write<KvmDebugRegs>(0xa2);
    public static readonly uint GetXsave = Read<KvmXsave>(0xa4);
    public static readonly uint SetXsave = Write<KvmXsave>(0xa5);
    public static readonly uint GetXcrs = Read<KvmXcrs>(0xa6);
    public static readonly uint SetXcrs = Write<KvmXcrs>(0xa7);
    public static readonly uint GetTscKhz = None(0xa3);
    public static readonly uint SetDeviceAttribute = Write<KvmDeviceAttribute>(0xe1);
    public static readonly uint GetDeviceAttribute = Write<KvmDeviceAttribute>(0xe2);

    private const uint KvmType = 0xae;

    private static uint None(uint number) => (KvmType << 8) | number;

    private static uint Write<T>(uint number) where T : unmanaged => Sized<T>(1, number);

    private static uint Read<T>(uint number) where T : unmanaged => Sized<T>(2, number);

    private static uint ReadWrite<T>(uint number) where T : unmanaged => Sized<T>(3, number);

    private static uint Sized<T>(uint direction, uint number) where T : unmanaged =>
        (direction << 30) | ((uint)sizeof(T) << 16) | (KvmType << 8) | number;
}
