using System.Text.Json;

namespace OsDevHv.Profiles.Keys;

/// <summary>A type of device: its keys, and how they become a record.</summary>
/// <param name="Name">As <c>type</c> writes it.</param>
/// <param name="Keys">Its keys but <c>type</c>.</param>
/// <param name="Read">Makes the record; every key is read, so that every error is found. The result counts only if all were right.</param>
/// <param name="Description">A sentence or two.</param>
internal sealed record DeviceType(string Name, IReadOnlyList<Key> Keys, Func<string, SectionReader, DeviceProfile> Read, string Description)
{
    /// <summary>Whether a machine has one at most.</summary>
    public bool IsSingle { get; init; }

    /// <summary>Its keys and <c>type</c>.</summary>
    public IReadOnlyList<Key> AllKeys { get; } = [DeviceTypes.Type, .. Keys];
}

/// <summary>Every type of device.</summary>
internal static class DeviceTypes
{
    /// <summary>The key that names the type.</summary>
    public const string TypeKey = "type";

    /// <summary>Where RAM below 4 GiB ends at the latest, and devices begin.</summary>
    private const uint HoleStart = 0xc000_0000;

    private const string AddressDescription = "Where its registers are, guest-physical.";

    private static readonly IntegerKind<int> s_pixels = new(1, 16384);

    private static readonly IntegerKind<ushort> s_port = new(0, ushort.MaxValue, hexadecimal: true);

    public static readonly Key<string> Type = Key<string>.Required(TypeKey, new TextKind(64, oneLine: true), "What the device is.");

    public static readonly Key<ushort> Port = Key<ushort>.Required(
        "port", s_port, "Its first I/O port: COM1 to COM4 are 0x3f8, 0x2f8, 0x3e8 and 0x2e8.");

    public static readonly Key<int> Irq = Key<int>.Required(
        "irq", new IntegerKind<int>(0, 15), "Its ISA interrupt. COM1 and COM3 usually share 4, COM2 and COM4 share 3.");

    public static readonly Key<Connection> Connect = Key<Connection>.WithDefault(
        "connect", new ConnectKind(), Connection.None, "Where its line goes: null, stdio, pty (a new pseudo-terminal), file:PATH, "
        + "tcp:HOST:PORT or unix:PATH (servers).");

    public static readonly Key<ushort> DebugConsolePort = PortAt(0xe9);

    public static readonly Key<byte> ReadBack = Key<byte>.WithDefault(
        "read-back", new IntegerKind<byte>(0, 0xff, hexadecimal: true), 0xe9, "What a read of its port gives, by which guests detect it.");

    public static readonly Key<ushort> DebugExitPort = PortAt(0xf4);

    public static readonly Key<int> Size = Key<int>.WithDefault("size", new IntegerChoiceKind(1, 2, 4), 4, "How many ports it takes.");

    public static readonly Key<ushort> PostCodePort = PortAt(0x80);

    public static readonly Key<ushort> SystemControlPort = PortAt(0x92);

    public static readonly Key<ushort> AcpiShutdownPort = PortAt(0x604);

    public static readonly Key<ushort> BochsShutdownPort = PortAt(0x8900);

    public static readonly Key<bool> Mouse = Key<bool>.WithDefault(
        "mouse", new SwitchKind(), true, "A PS/2 mouse with a wheel, interrupt 12.");

    /// <summary>The page of an I/O APIC's registers, which are in the hole below 4 GiB.</summary>
    public static readonly Key<uint> IoApicAddress = Key<uint>.WithDefault(
        "address", new IntegerKind<uint>(HoleStart, 0xffff_f000, hexadecimal: true, multiple: 0x1000), 0xfec0_0000, AddressDescription);

    public static readonly Key<uint> HpetAddress = Key<uint>.WithDefault(
        "address", new IntegerKind<uint>(HoleStart, 0xffff_fc00, hexadecimal: true, multiple: 0x400), 0xfed0_0000, AddressDescription);

    public static readonly Key<int> HpetTimers = Key<int>.WithDefault(
        "timers", new IntegerKind<int>(3, 32), 3, "How many comparators it has.");

    public static readonly Key<RtcBase> RtcBase = Key<RtcBase>.WithDefault(
        "base", new ClockBaseKind(), Profiles.RtcBase.Utc, "What time it shows at the start: the host's in UTC or in its own "
        + "zone, or a stated one, shown in UTC.");

    public static readonly Key<IReadOnlyList<NvramByte>> Nvram = Key<IReadOnlyList<NvramByte>>.WithDefault(
        "nvram", new NvramKind(), [], "Bytes of its memory, in place of what firmware leaves there; the checksum follows them unless it is "
        + "stated too. From 0x80 on they are those of the extended bank at port 72h.");

    public static readonly Key<ushort> AcpiPmPort = Key<ushort>.WithDefault(
        "port", new IntegerKind<ushort>(0, 0xfffc, hexadecimal: true, multiple: 4), 0x600, "The first of its 12 I/O ports there.");

    /// <summary>QEMU's VGA has its framebuffer there.</summary>
    public static readonly Key<uint> FramebufferAddress = Key<uint>.WithDefault(
        "address", new IntegerKind<uint>(HoleStart, 0xffff_f000, hexadecimal: true, multiple: 0x1000), 0xfd00_0000,
        "Where its first pixel is, guest-physical. Up to the I/O APIC at 0xfec00000 there is room for 28 MiB there; larger ones go lower.");

    public static readonly Key<int> FramebufferWidth = Key<int>.WithDefault("width", s_pixels, 1024, "Pixels of a row.");

    public static readonly Key<int> FramebufferHeight = Key<int>.WithDefault("height", s_pixels, 768, "Rows.");

    public static readonly Key<FramebufferFormat> Format = Key<FramebufferFormat>.WithDefault(
        "format",
        new ChoiceKind<FramebufferFormat>(
            ("xrgb8888", FramebufferFormat.Xrgb8888), ("xbgr8888", FramebufferFormat.Xbgr8888), ("rgb888", FramebufferFormat.Rgb888)),
        FramebufferFormat.Xrgb8888,
        "What a pixel is, most significant byte first: xrgb8888 and rgb888 are bytes blue, green, red in memory, xbgr8888 red, green, "
        + "blue.");

    /// <summary>The types.</summary>
    public static readonly IReadOnlyList<DeviceType> All =
    [
        new("uart16550", [Port, Irq, Connect],
            (name, from) => new UartProfile(name, from.Get(Port).Value, from.Get(Irq).Value, from.Get(Connect).Value),
            "A 16550A UART: 8 ports and an interrupt."),
        new("debug-console", [DebugConsolePort, ReadBack, Connect],
            (name, from) => new DebugConsoleProfile(
                name, from.Get(DebugConsolePort).Value, from.Get(ReadBack).Value, from.Get(Connect).Value),
            "Bochs' debug console: a byte written to its port is output. It takes no input."),
        new("debug-exit", [DebugExitPort, Size],
            (name, from) => new DebugExitProfile(name, from.Get(DebugExitPort).Value, from.Get(Size).Value),
            "QEMU's isa-debug-exit: a write ends the run, with the value that was written."),
        new("pc-testdev", [], (name, _) => new PcTestDeviceProfile(name),
            "QEMU's pc-testdev, which kvm-unit-tests use: a register at ports E0h and E8h, interrupt lines at 2000h, 64 KiB of memory at "
            + "FF000000h. The debug console's E9h is in its way.") { IsSingle = true },
        new("post-code", [PostCodePort], (name, from) => new PostCodeProfile(name, from.Get(PostCodePort).Value),
            "The port of power-on self-test codes; the last one is kept."),
        new("system-control", [SystemControlPort], (name, from) => new SystemControlProfile(name, from.Get(SystemControlPort).Value),
            "System control port A: fast A20 gate and fast reset."),
        new("keyboard-controller", [Mouse], (name, from) => new KeyboardControllerProfile(name, from.Get(Mouse).Value),
            "The 8042 at ports 60h and 64h with a PS/2 keyboard, interrupt 1, and a mouse."),
        new("acpi-shutdown", [AcpiShutdownPort], (name, from) => new AcpiShutdownProfile(name, from.Get(AcpiShutdownPort).Value),
            "The sleep command of ACPI's PM1 control register, 2 ports: at 604h as on QEMU, B004h as on Bochs and old QEMU."),
        new("bochs-shutdown", [BochsShutdownPort], (name, from) => new BochsShutdownProfile(name, from.Get(BochsShutdownPort).Value),
            "The power-off port of Bochs: the string Shutdown, a byte a write."),
        new("io-apic", [IoApicAddress], (name, from) => new IoApicProfile(name, from.Get(IoApicAddress).Value),
            "The I/O APIC: 24 pins, global interrupts 0 to 23; ISA interrupt 0 is wired to pin 2.") { IsSingle = true },
        new("pic", [], (name, _) => new PicProfile(name),
            "Two 8259A interrupt controllers at ports 20h and A0h, with their edge/level registers at 4D0h.") { IsSingle = true },
        new("pit", [], (name, _) => new PitProfile(name),
            "The 8254 timer at ports 40h to 43h, interrupt 0, and port 61h with its gate and the speaker.") { IsSingle = true },
        new("hpet", [HpetAddress, HpetTimers],
            (name, from) => new HpetProfile(name, from.Get(HpetAddress).Value, from.Get(HpetTimers).Value),
            "The high precision event timer.") { IsSingle = true },
        new("rtc", [RtcBase, Nvram], (name, from) => new RtcProfile(name, from.Get(RtcBase).Value, from.Get(Nvram).Value),
            "The CMOS real-time clock and its memory at ports 70h to 73h, interrupt 8.") { IsSingle = true },
        new("acpi-pm", [AcpiPmPort], (name, from) => new AcpiPmProfile(name, from.Get(AcpiPmPort).Value),
            "ACPI's fixed hardware: PM1 events and control and the PM timer at its port, SMI_CMD at B2h, the reset register at CF9h, the "
            + "SCI on interrupt 9.") { IsSingle = true },
        new("fw-cfg", [], (name, _) => new FwCfgProfile(name),
            "QEMU's firmware configuration device (fw_cfg) at ports 510h and 511h, with DMA at 514h; firmware-config adds to its "
            + "items.") { IsSingle = true },
        new("ramfb", [], (name, _) => new RamfbProfile(name),
            "QEMU's ramfb: a picture in RAM, whose place and format the guest writes to the item etc/ramfb of fw-cfg.") { IsSingle = true },
        new("vga-text", [], (name, _) => new VgaTextProfile(name),
            "VGA text mode: 80 by 25 characters at 0xb8000, registers at ports 3B4h to 3DAh. Shown unless there is a framebuffer.")
        {
            IsSingle = true,
        },
        new("framebuffer", [FramebufferAddress, FramebufferWidth, FramebufferHeight, Format],
            (name, from) => new FramebufferProfile(
                name, from.Get(FramebufferAddress).Value, from.Get(FramebufferWidth).Value, from.Get(FramebufferHeight).Value,
                from.Get(Format).Value),
            "A linear framebuffer: memory that is shown as it is. Boot protocols tell the kernel of it.") { IsSingle = true },
    ];

    /// <summary>The type of that name.</summary>
    public static DeviceType? Find(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <summary>
    /// Writes the JSON Schema of the map of devices. A device without a type is one that is inherited: any type's keys will do there.
    /// </summary>
    public static void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("type");
        json.WriteStringValue("object");
        json.WriteStringValue("null");
        json.WriteEndArray();
        json.WriteStartObject("propertyNames");
        json.WriteString("pattern", DeviceName.Pattern);
        json.WriteEndObject();
        json.WriteStartObject("additionalProperties");
        json.WriteStartArray("type");
        json.WriteStringValue("object");
        json.WriteStringValue("null");
        json.WriteEndArray();
        json.WriteBoolean("additionalProperties", false);
        WriteAnyKey(json);
        json.WriteStartArray("allOf");
        foreach (var type in All)
        {
            WriteKeysOf(json, type);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAnyKey(Utf8JsonWriter json)
    {
        json.WriteStartObject("properties");
        json.WriteStartObject(Type.Name);
        json.WriteString("description", Type.Description);
        WriteWords(json, "enum", All.Select(type => type.Name));
        json.WriteEndObject();
        foreach (var name in All.SelectMany(type => type.Keys).Select(key => key.Name).Distinct())
        {
            json.WriteBoolean(name, true);
        }

        json.WriteEndObject();
    }

    private static void WriteKeysOf(Utf8JsonWriter json, DeviceType type)
    {
        json.WriteStartObject();
        json.WriteStartObject("if");
        WriteWords(json, "required", [Type.Name]);
        json.WriteStartObject("properties");
        json.WriteStartObject(Type.Name);
        json.WriteString("const", type.Name);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("then");
        json.WriteString("description", type.Description);
        json.WriteStartObject("propertyNames");
        WriteWords(json, "enum", type.AllKeys.Select(key => key.Name));
        json.WriteEndObject();
        json.WriteStartObject("properties");
        foreach (var key in type.Keys)
        {
            key.WriteSchema(json);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteWords(Utf8JsonWriter json, string keyword, IEnumerable<string> words)
    {
        json.WriteStartArray(keyword);
        foreach (var word in words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }

    private static Key<ushort> PortAt(ushort port) => Key<ushort>.WithDefault("port", s_port, port, "Its first I/O port.");
}
