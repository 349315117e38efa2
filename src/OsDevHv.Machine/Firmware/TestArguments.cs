using System.Text;

namespace OsDevHv.Machine.Firmware;

/// <summary>The item of fw_cfg by which a kernel gets its test's arguments: of one size, so that a snapshot fits every test.</summary>
/// <remarks>Specification: testkernels/lib/osdevhv-test.h.</remarks>
public static class TestArguments
{
    /// <summary>The item's name.</summary>
    public const string ItemName = "opt/org.osdevhv/arguments";

    /// <summary>The item's bytes.</summary>
    public const int ItemSize = 1024;

    /// <summary>Whether arguments fit: at most 1023 bytes of UTF-8, and no NUL in them.</summary>
    public static bool Fit(string arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return Encoding.UTF8.GetByteCount(arguments) < ItemSize && !arguments.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>The item's content.</summary>
    /// <exception cref="ArgumentException">They do not <see cref="Fit"/>.</exception>
    public static byte[] Encode(string arguments)
    {
        if (!Fit(arguments))
        {
            throw new ArgumentException($"A test's arguments are at most {ItemSize - 1} bytes of text without NUL.", nameof(arguments));
        }
        byte[] content = new byte[ItemSize];
        Encoding.UTF8.GetBytes(arguments, content);
        return content;
    }
}
