using System.Text;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;

namespace OsDevHv.Machine.Debug;

/// <summary>
/// The ELF file whose symbols describe the running kernel, and how far it was moved: by the boot protocol, which tells, or by Linux itself
/// (KASLR), which is looked for in memory. While the machine is stopped, but for <see cref="IsElf"/> and <see cref="File"/>.
/// </summary>
internal sealed class KernelLocator
{
    /// <summary>What every Linux kernel holds as text (linux_banner), at an address that its file tells.</summary>
    private static readonly byte[] s_banner = "Linux version "u8.ToArray();

    // KASLR moves by multiples of CONFIG_PHYSICAL_ALIGN, at least 2 MiB on x86-64, within 1 GiB (arch/x86/boot/compressed/kaslr.c).
    private const ulong LinuxStep = 2 << 20;
    private const ulong LinuxReach = 1 << 30;
    private const ulong LargestSegment = 1 << 30;
    private const int LongestBanner = 256;

    private readonly Lazy<Headers?> _headers;
    private readonly bool _movesItself;
    private ulong _found;

    /// <param name="file">The file with the symbols.</param>
    /// <param name="isBooted">Whether that is the file that is booted.</param>
    public KernelLocator(string file, bool isBooted)
    {
        File = Path.GetFullPath(file);
        _movesItself = !isBooted;
        _headers = new Lazy<Headers?>(() => Read(File));
    }

    /// <summary>The file's full path.</summary>
    public string File { get; }

    /// <summary>Whether it is an ELF file that can be read.</summary>
    public bool IsElf => _headers.Value is not null;

    /// <summary>The register description that suits the file; null where it is no ELF file.</summary>
    public TargetArchitecture? Architecture => _headers.Value?.Architecture;

    /// <summary>Whether the kernel decides by itself where it runs, so that it has to be found.</summary>
    public bool MovesItself(BootedImage image) =>
        _movesItself && image.Protocol.StartsWith("linux", StringComparison.Ordinal) && _headers.Value is { Banner.IsEmpty: false };

    /// <summary>
    /// The file and its bias, which is null where the kernel moves itself and is not found: it does not run yet, or no vCPU is in it. Null
    /// where the file is no ELF file. <paramref name="read"/> reads a stopped vCPU's memory, or returns 0.
    /// </summary>
    public KernelImage? Find(BootedImage image, int vcpuCount, Func<int, ulong, byte[], int> read)
    {
        if (_headers.Value is not { } headers)
        {
            return null;
        }

        ulong? bias = MovesItself(image) ? FindLinux(headers, vcpuCount, read) : image.SymbolBias;
        return new KernelImage(File, headers.LinkAddress, bias) { BuildId = headers.BuildId };
    }

    private ulong? FindLinux(Headers headers, int vcpuCount, Func<int, ulong, byte[], int> read)
    {
        byte[] bytes = new byte[headers.Banner.Length];
        for (int vcpu = 0; vcpu < vcpuCount; vcpu++)
        {
            if (IsAt(vcpu, _found))
            {
                return _found;
            }

            for (ulong bias = 0; bias < LinuxReach; bias += LinuxStep)
            {
                if (IsAt(vcpu, bias))
                {
                    _found = bias;
                    return bias;
                }
            }
        }

        return null;

        bool IsAt(int vcpu, ulong bias) =>
            read(vcpu, unchecked(headers.BannerAddress + bias), bytes) == bytes.Length && headers.Banner.Span.SequenceEqual(bytes);
    }

    private static Headers? Read(string path)
    {
        try
        {
            using BootFile file = BootFile.Open(path);
            ElfFile elf = ElfFile.Read(file);
            (ulong address, byte[] banner) = FindBanner(elf);
            return new Headers(elf.Segments[0].VirtualAddress, ReadBuildId(elf), address, banner)
            {
                Architecture = elf.Is64 ? TargetArchitecture.X86_64 : TargetArchitecture.I386,
            };
        }
        catch (BootException)
        {
            // A file that is booted in another way, or that vanished: there are no symbols to offer.
            return null;
        }
    }

    private static (ulong Address, byte[] Banner) FindBanner(ElfFile elf)
    {
        foreach (ElfSegment segment in elf.Segments.Where(static segment => segment.FileBytes <= LargestSegment))
        {
            byte[] bytes = new byte[segment.FileBytes];
            elf.File.Read(segment.Offset, bytes, segment.Name);
            for (int at = 0; bytes.AsSpan(at).IndexOf(s_banner) is var next and >= 0; at += next + s_banner.Length)
            {
                ReadOnlySpan<byte> text = bytes.AsSpan(at + next);
                text = text[..Math.Min(text.Length, LongestBanner)];
                int end = text.IndexOfAny((byte)0, (byte)'\n');
                text = end < 0 ? text : text[..end];
                if (text.Length > s_banner.Length && char.IsAsciiDigit((char)text[s_banner.Length]))
                {
                    return (segment.VirtualAddress + (ulong)(at + next), text.ToArray());
                }
            }
        }

        return (0, []);
    }

    private static byte[] ReadBuildId(ElfFile elf)
    {
        const uint buildIdType = 3;
        const int headerBytes = 12, largestNotes = 0x10000, longestId = 64;
        foreach ((ulong offset, ulong length) in elf.Notes)
        {
            if (length > largestNotes || !elf.File.Contains(offset, length))
            {
                continue;
            }

            byte[] notes = new byte[length];
            elf.File.Read(offset, notes, "a note segment");
            ReadOnlySpan<byte> rest = notes;
            while (rest.Length >= headerBytes)
            {
                uint nameBytes = BitConverter.ToUInt32(rest);
                uint contentBytes = BitConverter.ToUInt32(rest[4..]);
                uint type = BitConverter.ToUInt32(rest[8..]);
                ulong content = headerBytes + Aligned(nameBytes);
                ulong end = content + Aligned(contentBytes);
                if (content + contentBytes > (ulong)rest.Length)
                {
                    break;
                }

                if (type == buildIdType && contentBytes <= longestId && rest.Slice(headerBytes, (int)nameBytes).SequenceEqual("GNU\0"u8))
                {
                    return rest.Slice((int)content, (int)contentBytes).ToArray();
                }

                rest = end < (ulong)rest.Length ? rest[(int)end..] : default;
            }
        }

        return [];

        static ulong Aligned(uint bytes) => (bytes + 3ul) & ~3ul;
    }

    private sealed record Headers(ulong LinkAddress, byte[] BuildId, ulong BannerAddress, ReadOnlyMemory<byte> Banner)
    {
        public TargetArchitecture Architecture { get; init; }
    }
}
