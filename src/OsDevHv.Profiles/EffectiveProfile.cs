using System.Text;
using OsDevHv.Profiles.Keys;

namespace OsDevHv.Profiles;

/// <summary>A profile printed in full: merged, with every default written out, absolute paths, keys in the order of the
/// reference.</summary>
public static class EffectiveProfile
{
    /// <summary>The YAML, which extends nothing and reads back to the same profile from any directory. It ends in a line feed.</summary>
    public static string Write(MachineProfile profile)
    {
        var yaml = new YamlWriter();
        yaml.Value(0, ProfileKeys.Name, profile.Name);
        yaml.Open(0, ProfileKeys.Cpu);
        yaml.Value(1, ProfileKeys.CpuCount, profile.Cpu.Count);
        yaml.Open(1, ProfileKeys.CpuFeatures);
        yaml.Value(2, ProfileKeys.X2Apic, profile.Cpu.X2Apic);
        yaml.Value(2, ProfileKeys.TscDeadline, profile.Cpu.TscDeadline);
        yaml.Value(0, ProfileKeys.Memory, profile.MemoryBytes);
        yaml.Open(0, ProfileKeys.Clock);
        yaml.Value(1, ProfileKeys.StopsWithDebugger, profile.Clock.StopsWithDebugger);
        WriteBoot(yaml, profile.Boot);
        WriteDevices(yaml, profile.Devices);
        yaml.Open(0, ProfileKeys.Input);
        yaml.Value(1, ProfileKeys.Keystrokes, profile.Input.Keys);
        yaml.Open(0, ProfileKeys.Tables);
        yaml.Value(1, ProfileKeys.AcpiTables, profile.Tables.Acpi);
        yaml.Value(1, ProfileKeys.MpTables, profile.Tables.Mp);
        yaml.Value(1, ProfileKeys.SmbiosTables, profile.Tables.Smbios);
        yaml.Value(0, ProfileKeys.FirmwareConfig, profile.FirmwareConfig);
        WriteVerdict(yaml, profile.Verdict);
        yaml.Open(0, ProfileKeys.Debug);
        yaml.Open(1, ProfileKeys.Gdb);
        yaml.Value(2, ProfileKeys.Listen, profile.Gdb.Listen);
        yaml.Value(2, ProfileKeys.Wait, profile.Gdb.Wait);
        yaml.Value(2, ProfileKeys.Architecture, profile.Gdb.Architecture);
        yaml.Value(2, ProfileKeys.LinearPc, profile.Gdb.LinearPc);
        yaml.Open(1, ProfileKeys.View);
        yaml.Value(2, ProfileKeys.ViewListen, profile.View.Listen);
        yaml.Value(1, ProfileKeys.OnCrash, profile.Crash.Action);
        yaml.Value(1, ProfileKeys.Core, profile.Crash.Core);
        yaml.Value(1, ProfileKeys.WatchFaults, profile.Crash.WatchFaults);
        yaml.Value(1, ProfileKeys.Symbols, profile.Symbols);
        return yaml.ToString();
    }

    private static void WriteBoot(YamlWriter yaml, BootProfile boot)
    {
        yaml.Open(0, ProfileKeys.Boot);
        yaml.Value(1, ProfileKeys.Kernel, boot.Kernel.Length == 0 ? null : boot.Kernel);
        yaml.Value(1, ProfileKeys.Protocol, boot.Protocol);
        yaml.Value(1, ProfileKeys.CommandLine, boot.CommandLine);
        yaml.Value(1, ProfileKeys.InitialRamDisk, boot.InitialRamDisk);
        yaml.Value(1, ProfileKeys.Modules, boot.Modules);
        if (boot.Protocol != BootProtocol.Flat)
        {
            return;
        }

        yaml.Open(1, ProfileKeys.Flat);
        yaml.Value(2, ProfileKeys.FlatAddress, boot.FlatAddress);
        if (boot.FlatEntry is { } entry)
        {
            yaml.Value(2, ProfileKeys.FlatEntry, entry);
        }
        else
        {
            yaml.Unset(2, ProfileKeys.FlatEntry);
        }

        yaml.Value(2, ProfileKeys.Mode, boot.FlatMode);
    }

    private static void WriteDevices(YamlWriter yaml, IReadOnlyList<DeviceProfile> devices)
    {
        yaml.Open(0, ProfileKeys.Devices, isEmpty: devices.Count == 0);
        foreach (var device in devices)
        {
            var fields = device switch
            {
                UartProfile uart => yaml.Device("uart16550")
                    .Field(DeviceTypes.Port, uart.Port).Field(DeviceTypes.Irq, uart.Irq).Field(DeviceTypes.Connect, uart.Connection),
                DebugConsoleProfile console => yaml.Device("debug-console")
                    .Field(DeviceTypes.DebugConsolePort, console.Port)
                    .Field(DeviceTypes.ReadBack, console.ReadBack)
                    .Field(DeviceTypes.Connect, console.Connection),
                DebugExitProfile exit => yaml.Device("debug-exit")
                    .Field(DeviceTypes.DebugExitPort, exit.Port).Field(DeviceTypes.Size, exit.Size),
                PcTestDeviceProfile => yaml.Device("pc-testdev"),
                PostCodeProfile post => yaml.Device("post-code").Field(DeviceTypes.PostCodePort, post.Port),
                SystemControlProfile control => yaml.Device("system-control").Field(DeviceTypes.SystemControlPort, control.Port),
                KeyboardControllerProfile keyboard => yaml.Device("keyboard-controller").Field(DeviceTypes.Mouse, keyboard.HasMouse),
                AcpiShutdownProfile acpi => yaml.Device("acpi-shutdown").Field(DeviceTypes.AcpiShutdownPort, acpi.Port),
                BochsShutdownProfile bochs => yaml.Device("bochs-shutdown").Field(DeviceTypes.BochsShutdownPort, bochs.Port),
                IoApicProfile apic => yaml.Device("io-apic").Field(DeviceTypes.IoApicAddress, apic.Address),
                PicProfile => yaml.Device("pic"),
                PitProfile => yaml.Device("pit"),
                HpetProfile hpet => yaml.Device("hpet")
                    .Field(DeviceTypes.HpetAddress, hpet.Address).Field(DeviceTypes.HpetTimers, hpet.Timers),
                RtcProfile rtc => yaml.Device("rtc").Field(DeviceTypes.RtcBase, rtc.Base).Field(DeviceTypes.Nvram, rtc.Nvram),
                AcpiPmProfile acpi => yaml.Device("acpi-pm").Field(DeviceTypes.AcpiPmPort, acpi.Port),
                FwCfgProfile => yaml.Device("fw-cfg"),
                RamfbProfile => yaml.Device("ramfb"),
                VgaTextProfile => yaml.Device("vga-text"),
                FramebufferProfile frame => yaml.Device("framebuffer")
                    .Field(DeviceTypes.FramebufferAddress, frame.Address)
                    .Field(DeviceTypes.FramebufferWidth, frame.Width)
                    .Field(DeviceTypes.FramebufferHeight, frame.Height)
                    .Field(DeviceTypes.Format, frame.Format),
                _ => throw new ArgumentException($"A device of no known type: {device}.", nameof(devices)),
            };
            fields.End(device.Name);
        }
    }

    private static void WriteVerdict(YamlWriter yaml, VerdictProfile verdict)
    {
        yaml.Open(0, ProfileKeys.Verdict);
        if (verdict.Timeout is { } timeout)
        {
            yaml.Value(1, ProfileKeys.Timeout, timeout);
        }
        else
        {
            yaml.Unset(1, ProfileKeys.Timeout);
        }

        yaml.Open(1, ProfileKeys.Pass);
        yaml.Value(2, ProfileKeys.PassExit, verdict.PassValues);
        yaml.Open(1, ProfileKeys.Fail);
        yaml.Value(2, ProfileKeys.FailExit, verdict.FailValues);
        yaml.Value(1, ProfileKeys.Panic, verdict.Panic);
        yaml.Value(1, ProfileKeys.OnReset, verdict.OnReset);
    }

    /// <summary>Lines of YAML, two spaces a level.</summary>
    private sealed class YamlWriter
    {
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _device = new();

        public override string ToString() => _text.ToString();

        public void Value<T>(int level, Key<T> key, T? value)
        {
            if (value is null)
            {
                Unset(level, key);
            }
            else
            {
                Line(level, key, key.Kind.Format(value));
            }
        }

        public void Unset(int level, Key key) => Line(level, key, "null");

        public void Open(int level, Key key, bool isEmpty = false) => Line(level, key, isEmpty ? "{}" : "");

        public YamlWriter Device(string type)
        {
            _device.Clear().Append("{ ").Append(DeviceTypes.TypeKey).Append(": ").Append(type);
            return this;
        }

        public YamlWriter Field<T>(Key<T> key, T value)
        {
            _device.Append(", ").Append(key.Name).Append(": ").Append(key.Kind.Format(value));
            return this;
        }

        public void End(string name) => _text.Append("  ").Append(name).Append(": ").Append(_device).Append(" }\n");

        private void Line(int level, Key key, string value) =>
            _text.Append(' ', 2 * level).Append(key.Name).Append(value.Length == 0 ? ":" : ": ").Append(value).Append('\n');
    }
}
