namespace OsDevHv.Profiles.Keys;

/// <summary>The name of a device: a word that needs no quotes anywhere, and no dot, which would split it in an override's path.</summary>
internal static class DeviceName
{
    /// <summary>It as a regular expression.</summary>
    public const string Pattern = "^[A-Za-z][A-Za-z0-9_-]{0,31}$";

    /// <summary>Whether a text is one.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= 32 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
