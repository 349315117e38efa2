namespace OsDevHv.Profiles;

/// <summary>What the content of a <see cref="FirmwareItem"/> is.</summary>
public enum FirmwareItemContent
{
    /// <summary>Nothing.</summary>
    Empty,

    /// <summary>What a file holds when the machine is made.</summary>
    File,

    /// <summary>Text, in UTF-8 and without a NUL behind it.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Hex,
}

/// <summary>An item of the fw_cfg device that the profile adds.</summary>
/// <param name="Name">Its name: 1 to 55 printable ASCII characters.</param>
/// <param name="Content">What its content is.</param>
/// <param name="Value">A file's absolute path, the text, or two lower-case hexadecimal digits a byte; empty for an empty one.</param>
/// <param name="WritableBytes">The size of an item that the guest may write, 1 byte to 16 MiB: the content and zeros behind it. 0 is one
/// that is only read, of its content's size.</param>
public sealed record FirmwareItem(string Name, FirmwareItemContent Content, string Value, uint WritableBytes)
{
    /// <summary>The prefix of the names that are kept for users.</summary>
    public const string UserPrefix = "opt/";
}
