using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Debug;

/// <summary>All that names a kernel's addresses, from one file. Immutable; as its parts tell, any thread.</summary>
/// <param name="Locator">The file, and where the kernel is.</param>
/// <param name="Symbols">Its symbols.</param>
/// <param name="Copy">What stands for the profile's file; null where that is the file.</param>
internal sealed record KernelNames(KernelLocator Locator, KernelSymbols Symbols, KernelCopy? Copy)
{
    /// <summary>The names by the file that a profile states, or by a copy of that one.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="copy">A snapshot's copy of a file; it counts only if that is the file which the profile states.</param>
    /// <param name="before">Names that are kept where they are the same; null is none.</param>
    public static KernelNames Of(MachineProfile profile, KernelCopy? copy, KernelNames? before = null)
    {
        string stated = Path.GetFullPath(profile.SymbolFile);
        copy = copy?.Original == stated ? copy : null;
        if (before is not null && before.Copy == copy)
        {
            return before;
        }

        var locator = new KernelLocator(copy?.File ?? stated, isBooted: profile.Symbols is null);
        return new KernelNames(locator, new KernelSymbols(locator.File), copy);
    }
}
