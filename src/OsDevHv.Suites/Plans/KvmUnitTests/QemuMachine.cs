using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.KvmUnitTests;

/// <summary>The machine that QEMU's options ask for, as far as there is such a one.</summary>
internal sealed class QemuMachine
{
    private static readonly SizeKind s_memory = new(1 << 20, 1UL << 40, 4096);

    // What has no meaning for a machine without a window, or is so anyway.
    private static readonly string[] s_plain = ["-no-reboot", "-nodefaults", "-nographic", "-enable-kvm", "-no-user-config"];
    private static readonly string[] s_ignored = ["-display", "-vnc", "-vga", "-monitor", "-overcommit", "-name"];

    private static readonly string s_vendor = HostVendor();

    /// <summary>What cannot be had, for the user; null where all can.</summary>
    public string? Missing { get; private set; }

    /// <summary>The memory's size as a profile writes it; null is the profile's.</summary>
    public string? Memory { get; private set; }

    /// <summary>The processors; null is one.</summary>
    public string? Processors { get; private set; }

    /// <summary>The words of -append.</summary>
    public string Append { get; private set; } = "";

    /// <summary>x2APIC; null is the profile's.</summary>
    public bool? X2Apic { get; private set; }

    /// <summary>The TSC deadline mode; null is the profile's.</summary>
    public bool? TscDeadline { get; private set; }

    /// <summary>Whether there is no 8254.</summary>
    public bool LacksTimer { get; private set; }

    /// <summary>Takes options as they stand in unittests.cfg.</summary>
    public void Take(string options)
    {
        if (!ShellWords.TrySplit(options, out List<string>? words))
        {
            Miss($"only a shell can read the options {options}");
            return;
        }

        for (int i = 0; i < words.Count; i++)
        {
            string option = words[i].StartsWith("--", StringComparison.Ordinal) ? words[i][1..] : words[i];
            if (s_plain.Contains(option))
            {
                continue;
            }

            if (i + 1 == words.Count)
            {
                Miss($"QEMU's option {option}");
                return;
            }

            Take(option, words[++i]);
        }
    }

    /// <summary>Takes a number of processors.</summary>
    public void TakeProcessors(string text)
    {
        if (text == "$MAX_SMP")
        {
            Processors = Math.Clamp(Environment.ProcessorCount, 1, 64).ToString(CultureInfo.InvariantCulture);
        }
        else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 64)
        {
            Processors = text;
        }
        else
        {
            Miss($"smp = {text}; a number from 1 to 64 is possible");
        }
    }

    private void Take(string option, string value)
    {
        switch (option)
        {
            case "-cpu":
                TakeProcessor(value.Split(','));
                break;
            case "-m":
                TakeMemory(value);
                break;
            case "-append":
                Append = value;
                break;
            case "-smp":
                TakeProcessors(value);
                break;
            case "-machine" or "-M" when value == "pit=off":
                LacksTimer = true;
                break;
            case "-device" when value.Split(',') is ["isa-debug-exit", .. var place]
                && place.All(static part => part is "iobase=0xf4" or "iosize=0x4" or "iosize=0x04" or "iosize=4"):
            case "-machine" or "-M" when value.Split(',').All(IsAnyMachines):
            case "-device" when value is "pc-testdev":
            case "-serial" when value is "stdio" or "mon:stdio":
            case var _ when s_ignored.Contains(option):
                break;
            default:
                Miss($"QEMU's option {option} {value}");
                break;
        }
    }

    // There is no irqchip in the kernel that could be split; what the tests ask of it is asked of the models.
    private static bool IsAnyMachines(string part) =>
        part is "pc" or "q35" or "accel=kvm" || part.StartsWith("kernel_irqchip=", StringComparison.Ordinal)
            || part.StartsWith("kernel-irqchip=", StringComparison.Ordinal);

    private void TakeMemory(string value)
    {
        // QEMU counts in MiB where no unit is written, and knows small letters.
        string size = value.StartsWith("size=", StringComparison.Ordinal) ? value[5..] : value;
        size = size.Length > 0 && char.IsAsciiDigit(size[^1]) ? size + "M" : size.ToUpperInvariant();
        var scalar = new ScalarNode(new NodeSource("-m", "/").Start, size, isPlain: false);
        if (s_memory.TryRead(scalar, "-m", new ReadContext(ProfileUse.Check), out _))
        {
            Memory = size;
        }
        else
        {
            Miss($"QEMU's option -m {value}");
        }
    }

    private void TakeProcessor(string[] parts)
    {
        // The processor is the host's, which has what these promise.
        if (parts[0] is not ("host" or "max" or "qemu64" or "kvm64" or "qemu32" or "kvm32"))
        {
            Miss($"the processor {parts[0]}: guests have the host's");
        }

        foreach (string part in parts.Skip(1))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? part : part[..equals]).TrimStart('+', '-');
            string value = equals < 0 ? part.StartsWith('-') ? "off" : "on" : part[(equals + 1)..];
            TakeFeature(name, value, part);
        }
    }

    private void TakeFeature(string name, string value, string part)
    {
        switch (name)
        {
            case "x2apic" when value is "on" or "off":
                X2Apic = value == "on";
                break;
            case "tsc-deadline" when value is "on" or "off":
                TscDeadline = value == "on";
                break;
            case "migratable":
            case "pmu" when value == "off":
            case "vendor" when value == s_vendor:
            case var _ when value == "on" && name != "hv_passthrough" && !name.StartsWith("hv-", StringComparison.Ordinal):
                // Guests have what the host has; a test finds out whether that is enough.
                break;
            default:
                Miss($"the processor with {part}: guests have the host's");
                break;
        }
    }

    /// <summary>The vendor that CPUID tells of, here and so to a guest; empty on another architecture.</summary>
    private static string HostVendor()
    {
        if (!X86Base.IsSupported)
        {
            return "";
        }

        (_, int first, int third, int second) = X86Base.CpuId(0, 0);
        Span<byte> letters = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(letters, first);
        BinaryPrimitives.WriteInt32LittleEndian(letters[4..], second);
        BinaryPrimitives.WriteInt32LittleEndian(letters[8..], third);
        return Encoding.ASCII.GetString(letters);
    }

    private void Miss(string what) => Missing ??= what;
}
