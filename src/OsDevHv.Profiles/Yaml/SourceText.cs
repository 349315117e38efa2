using System.Text;
using OsDevHv.Profiles.Diagnostics;

namespace OsDevHv.Profiles.Yaml;

/// <summary>A profile's bytes as text, with one clear error for each way in which they can fail to be one.</summary>
internal static class SourceText
{
    /// <summary>Bytes of one file; the largest profile that makes sense has a few thousand.</summary>
    internal const int MaxBytes = 256 * 1024;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file; null when an error was reported.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">How errors in it name it.</param>
    /// <param name="asked">Where an error that it cannot be read belongs: the place that names it, or its own start.</param>
    /// <param name="diagnostics">Takes the error.</param>
    public static string? Read(string path, NodeSource source, Place asked, DiagnosticList diagnostics)
    {
        try
        {
            if (Directory.Exists(path))
            {
                diagnostics.Add(DiagnosticCodes.Unreadable, asked, $"{Quoting.Path(path)} is a directory; name a file in it");
                return null;
            }

            using var file = File.OpenRead(path);
            var bytes = ReadUpTo(file, MaxBytes + 1);
            if (bytes.Length <= MaxBytes)
            {
                return Decode(bytes, source, diagnostics);
            }

            diagnostics.Add(DiagnosticCodes.TooLarge, source.Start, $"this has more than {MaxBytes / 1024} KiB: it is not a profile");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            diagnostics.Add(DiagnosticCodes.FileNotFound, asked, $"there is no file {Quoting.Path(path)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            diagnostics.Add(DiagnosticCodes.Unreadable, asked, $"{Quoting.Path(path)} cannot be read: {e.Message}");
        }

        return null;
    }

    /// <summary>Decodes bytes; null when an error was reported. A UTF-8 byte order mark is skipped.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes, NodeSource source, DiagnosticList diagnostics)
    {
        if (bytes is [0xef, 0xbb, 0xbf, ..])
        {
            bytes = bytes[3..];
        }

        var bad = bytes.IndexOfAnyInRange<byte>(0x00, 0x08);
        if (bad >= 0)
        {
            diagnostics.Add(
                DiagnosticCodes.NotText,
                PlaceOf(bytes, bad, source),
                $"byte {bytes[bad]:x2}h: this is not text; a profile is YAML in UTF-8");
            return null;
        }

        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var place = PlaceOf(bytes, Math.Clamp(e.Index, 0, bytes.Length - 1), source);
            diagnostics.Add(
                DiagnosticCodes.NotText,
                place,
                $"byte {bytes[Math.Clamp(e.Index, 0, bytes.Length - 1)]:x2}h is not UTF-8; save the file as UTF-8");
            return null;
        }
    }

    // The length of a file does not tell how much can be read of it: pipes and the files of /proc have none.
    private static ReadOnlySpan<byte> ReadUpTo(FileStream file, int limit)
    {
        var bytes = new byte[8192];
        var length = 0;
        while (file.Read(bytes, length, Math.Min(bytes.Length, limit) - length) is var read and > 0)
        {
            length += read;
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, 2 * bytes.Length);
            }
        }

        return bytes.AsSpan(0, length);
    }

    private static Place PlaceOf(ReadOnlySpan<byte> bytes, int index, NodeSource source)
    {
        var before = bytes[..index];
        var line = before.Count((byte)'\n') + 1;
        return new Place(source, line, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
    }
}
