using System.Globalization;
using System.Text;
using OsDevHv.Machine;
using OsDevHv.Profiles;

namespace OsDevHv.CommandLine;

/// <summary>Reads the FILE of a command, profile or kernel, with the overrides of its options.</summary>
internal static class ProfileArguments
{
    /// <summary>Reads; the errors are in the result.</summary>
    public static ProfileResult Read(string file, IReadOnlyList<ProfileOverride> overrides, ProfileUse use) =>
        LaunchFile.KindOf(file) == LaunchFileKind.Kernel
            ? ProfileReader.ForKernel(file, overrides, use)
            : ProfileReader.Read(file, overrides, use);

    /// <summary>Prints the errors, a line each. Returns the exit code: that nothing is there to run is not a profile's fault.</summary>
    public static int Report(ProfileResult result, string file, TextWriter error)
    {
        foreach (ProfileDiagnostic diagnostic in result.Diagnostics)
        {
            error.WriteLine(diagnostic);
        }

        bool onlyMissing = result.Diagnostics.All(d =>
            d.Code == DiagnosticCodes.MissingInput || (d.Code == DiagnosticCodes.FileNotFound && d.File == file));
        return onlyMissing ? ExitCodes.BadImage : ExitCodes.BadProfile;
    }

    /// <summary>A value that reads back as this very text, whatever it begins with.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
