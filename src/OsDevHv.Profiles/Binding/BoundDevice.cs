using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Binding;

/// <summary>A device with the places that checks across devices name.</summary>
/// <param name="Device">The device.</param>
/// <param name="PortPlace">Where its port stands, or else its name.</param>
/// <param name="ConnectPlace">Where its connection stands, or else its name.</param>
internal readonly record struct BoundDevice(DeviceProfile Device, Place PortPlace, Place ConnectPlace)
{
    /// <summary>The ports that it claims, as first ports and lengths.</summary>
    public IReadOnlyList<(int First, int Count)> Ports => Device switch
    {
        UartProfile uart => [(uart.Port, 8)],
        DebugConsoleProfile console => [(console.Port, 1)],
        DebugExitProfile exit => [(exit.Port, exit.Size)],
        PostCodeProfile post => [(post.Port, 1)],
        SystemControlProfile control => [(control.Port, 1)],
        KeyboardControllerProfile => [(0x60, 1), (0x64, 1)],
        AcpiShutdownProfile acpi => [(acpi.Port, 2)],
        BochsShutdownProfile bochs => [(bochs.Port, 1)],
        _ => [],
    };

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
