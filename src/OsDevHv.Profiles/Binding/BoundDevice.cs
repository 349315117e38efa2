using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Binding;

/// <summary>A device with its type and the places that checks across devices name.</summary>
/// <param name="Device">The device.</param>
/// <param name="Type">Its type.</param>
/// <param name="RangePlace">Where its port or address stands, or else its name.</param>
/// <param name="ConnectPlace">Where its connection stands, or else its name.</param>
internal readonly record struct BoundDevice(DeviceProfile Device, DeviceType Type, Place RangePlace, Place ConnectPlace)
{
    /// <summary>The ports that it claims, as first ports and lengths.</summary>
    public IReadOnlyList<(int First, int Count)> Ports => Device switch
    {
        UartProfile uart => [(uart.Port, 8)],
        DebugConsoleProfile console => [(console.Port, 1)],
        DebugExitProfile exit => [(exit.Port, exit.Size)],
        PcTestDeviceProfile => [(0xe0, 12), (0x2000, 24)],
        PostCodeProfile post => [(post.Port, 1)],
        SystemControlProfile control => [(control.Port, 1)],
        KeyboardControllerProfile => [(0x60, 1), (0x64, 1)],
        AcpiShutdownProfile acpi => [(acpi.Port, 2)],
        BochsShutdownProfile bochs => [(bochs.Port, 1)],
        PicProfile => [(0x20, 2), (0xa0, 2), (0x4d0, 2)],
        PitProfile => [(0x40, 4), (0x61, 1)],
        RtcProfile => [(0x70, 4)],
        AcpiPmProfile acpi => [(acpi.Port, 12), (0xb2, 2), (0xcf9, 1)],
        FwCfgProfile => [(0x510, 2), (0x514, 8)],
        VgaTextProfile => [(0x3b4, 2), (0x3ba, 1), (0x3c0, 16), (0x3d4, 2), (0x3da, 1)],
        _ => [],
    };

    /// <summary>The memory that its registers or pixels take.</summary>
    public (ulong First, ulong Count)? Memory => Device switch
    {
        IoApicProfile apic => (apic.Address, 0x1000),
        HpetProfile hpet => (hpet.Address, 0x400),
        FramebufferProfile frame => (frame.Address, frame.Bytes),
        PcTestDeviceProfile => (0xff00_0000, 0x1_0000),
        _ => null,
    };

    /// <summary>What it has there, in a word.</summary>
    public string MemoryContents => Device is FramebufferProfile ? "pixels" : "registers";

    /// <summary>Where its line goes, for one that has a line.</summary>
    public Connection? Connection => Device switch
    {
        UartProfile uart => uart.Connection,
        DebugConsoleProfile console => console.Connection,
        _ => null,
    };

    /// <summary>Whether it takes input from its line.</summary>
    public bool TakesInput => Device is UartProfile;
}
