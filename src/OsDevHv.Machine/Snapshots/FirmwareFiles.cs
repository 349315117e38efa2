using OsDevHv.Profiles;

namespace OsDevHv.Machine.Snapshots;

/// <summary>Makes a profile that no longer needs the files of its firmware-config: their content is in it.</summary>
internal static class FirmwareFiles
{
    // A profile has at most 256 KiB of YAML, in which a byte takes two characters.
    private const long MostBytes = 64 << 10;

    /// <summary>
    /// The profile with the content of the files, as they are now, in place of their names; beyond 64 KiB in all it keeps the names.
    /// </summary>
    public static MachineProfile Held(MachineProfile profile)
    {
        long left = MostBytes;
        return profile with
        {
            FirmwareConfig = [.. profile.FirmwareConfig.Select(item =>
            {
                if (item.Content != FirmwareItemContent.File || !File.Exists(item.Value) || new FileInfo(item.Value).Length > left)
                {
                    return item;
                }
                left -= new FileInfo(item.Value).Length;
                return item with { Content = FirmwareItemContent.Hex, Value = Convert.ToHexStringLower(File.ReadAllBytes(item.Value)) };
            })],
        };
    }
}
