using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Profiles;

/// <summary>What a file that the user wants to run is.</summary>
public enum LaunchFileKind
{
    /// <summary>A profile, for <see cref="ProfileReader.Read(string, IReadOnlyList{string}, ProfileUse)"/>.</summary>
    Profile,

    /// <summary>A kernel, for <see cref="ProfileReader.ForKernel(string, IReadOnlyList{string}, ProfileUse)"/>.</summary>
    Kernel,
}

/// <summary>Tells a profile from a kernel.</summary>
public static class LaunchFile
{
    private const int MultibootReach = 8192; // Multiboot 0.6.96, 3.1: the header lies within the first 8192 bytes, aligned to 4.
    private const int Multiboot2Reach = 32768; // Multiboot2 2.0, 3.1: within the first 32768 bytes, aligned to 8.
    private const uint MultibootMagic = 0x1bad_b002;
    private const uint Multiboot2Magic = 0xe852_50d6;

    /// <summary>
    /// A file whose name ends in .yaml or .yml is a profile. Any other is a kernel if its first 32 KiB begin with ELF's magic, hold a
    /// Multiboot header or a NUL, or are not UTF-8; otherwise a profile. One that cannot be read is a profile too: reading it as one says
    /// why.
    /// </summary>
    public static LaunchFileKind KindOf(string path)
    {
        if (path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase))
        {
            return LaunchFileKind.Profile;
        }

        try
        {
            using var file = File.OpenRead(path);
            var head = new byte[Multiboot2Reach];
            var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return KindOf(head.AsSpan(0, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return LaunchFileKind.Profile;
        }
    }

    internal static LaunchFileKind KindOf(ReadOnlySpan<byte> head) =>
        head.StartsWith("\x7f"u8 + "ELF"u8)
        || head.Contains((byte)0)
        || HasMagic(head[..Math.Min(head.Length, MultibootReach)], MultibootMagic, 4)
        || HasMagic(head, Multiboot2Magic, 8)
        || !IsUtf8(head)
            ? LaunchFileKind.Kernel
            : LaunchFileKind.Profile;

    private static bool HasMagic(ReadOnlySpan<byte> head, uint magic, int alignment)
    {
        for (var offset = 0; offset + 4 <= head.Length; offset += alignment)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(head[offset..]) == magic)
            {
                return true;
            }
        }

        return false;
    }

    // The end of what was read may cut a character, which is no fault.
    private static bool IsUtf8(ReadOnlySpan<byte> head)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder().GetCharCount(head, flush: false);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
