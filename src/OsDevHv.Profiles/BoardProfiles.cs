namespace OsDevHv.Profiles;

/// <summary>The I/O APIC: 24 pins, global interrupts 0 to 23, id 0.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Address">Guest-physical address of its registers, a multiple of 4 KiB from C0000000h.</param>
public sealed record IoApicProfile(string Name, uint Address) : DeviceProfile(Name);

/// <summary>The two 8259A interrupt controllers with their edge/level registers.</summary>
/// <param name="Name">Its name in the profile.</param>
public sealed record PicProfile(string Name) : DeviceProfile(Name);

/// <summary>The 8254 timer, and port 61h with its gate and the speaker.</summary>
/// <param name="Name">Its name in the profile.</param>
public sealed record PitProfile(string Name) : DeviceProfile(Name);

/// <summary>The HPET.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Address">Guest-physical address of its registers, a multiple of 1 KiB from C0000000h.</param>
/// <param name="Timers">How many comparators it has, 3 to 32.</param>
public sealed record HpetProfile(string Name, uint Address, int Timers) : DeviceProfile(Name);

/// <summary>The CMOS real-time clock and its non-volatile memory.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Base">What time it shows at power-on.</param>
/// <param name="Nvram">Bytes of its memory that are not what firmware leaves there; ascending by number.</param>
public sealed record RtcProfile(string Name, RtcBase Base, IReadOnlyList<NvramByte> Nvram) : DeviceProfile(Name);

/// <summary>ACPI's fixed hardware: PM1 event and control registers, the PM timer, SMI_CMD at B2h, the reset register at CF9h.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">The port of PM1a_STS, a multiple of 4; QEMU's is 600h.</param>
public sealed record AcpiPmProfile(string Name, ushort Port) : DeviceProfile(Name);

/// <summary>VGA text mode: the registers at ports 3B4h to 3DAh; its memory at B8000h is RAM.</summary>
/// <param name="Name">Its name in the profile.</param>
public sealed record VgaTextProfile(string Name) : DeviceProfile(Name);

/// <summary>
/// The formats of a framebuffer's pixels; named as Linux names them, most significant byte of a little-endian number first.
/// </summary>
public enum FramebufferFormat
{
    /// <summary>Bytes blue, green, red, unused.</summary>
    Xrgb8888,

    /// <summary>Bytes red, green, blue, unused.</summary>
    Xbgr8888,

    /// <summary>Bytes blue, green, red.</summary>
    Rgb888,
}

/// <summary>A plain linear framebuffer: memory that is shown as it is.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Address">Guest-physical address of its first pixel, a multiple of 4 KiB from C0000000h.</param>
/// <param name="Width">Pixels of a row, 1 to 16384.</param>
/// <param name="Height">Rows, 1 to 16384.</param>
/// <param name="Format">What a pixel is.</param>
public sealed record FramebufferProfile(string Name, uint Address, int Width, int Height, FramebufferFormat Format) : DeviceProfile(Name)
{
    /// <summary>Bytes of all pixels; rows have no gaps between them.</summary>
    public ulong Bytes => (ulong)Width * (ulong)Height * (Format == FramebufferFormat.Rgb888 ? 3u : 4u);
}

/// <summary>The kinds of <see cref="RtcBase"/>.</summary>
public enum RtcBaseKind
{
    /// <summary>The host's time in UTC.</summary>
    Utc,

    /// <summary>The host's local time.</summary>
    LocalTime,

    /// <summary>A stated time, the same at every start.</summary>
    Instant,
}

/// <summary>What time a clock shows at power-on.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Instant">The stated time, in UTC and whole seconds, of the years 1900 to 2999; only for that kind.</param>
public sealed record RtcBase(RtcBaseKind Kind, DateTimeOffset Instant = default)
{
    /// <summary>The host's time in UTC.</summary>
    public static RtcBase Utc { get; } = new(RtcBaseKind.Utc);
}

/// <summary>A byte of a clock's non-volatile memory.</summary>
/// <param name="Offset">Its number, 0Eh to FFh but 32h, the century; from 80h on it is in the extended bank, at that number less
/// 80h.</param>
/// <param name="Value">What it holds at power-on.</param>
public readonly record struct NvramByte(byte Offset, byte Value);

/// <summary>QEMU's firmware configuration device at ports 510h, 511h and 514h to 51Bh.</summary>
/// <param name="Name">Its name in the profile.</param>
public sealed record FwCfgProfile(string Name) : DeviceProfile(Name);

/// <summary>A frame buffer in RAM that the guest sets up through the fw_cfg device.</summary>
/// <param name="Name">Its name in the profile.</param>
public sealed record RamfbProfile(string Name) : DeviceProfile(Name);
