using OsDevHv.Profiles.Binding;
using OsDevHv.Profiles.Layers;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles;

/// <summary>
/// Reads profiles. Nothing that stands in a file or an override makes it throw: every error is a <see cref="ProfileDiagnostic"/>, and
/// independent errors are found in one go. Any thread.
/// </summary>
public static class ProfileReader
{
    /// <summary>Reads a profile with what it extends, and applies overrides to it.</summary>
    /// <param name="path">The profile's file.</param>
    /// <param name="overrides">As <c>--set</c> takes them: see <see cref="ProfileOverride.Assignment"/>. The last wins.</param>
    /// <param name="use">What the result is for.</param>
    public static ProfileResult Read(string path, IReadOnlyList<string> overrides, ProfileUse use = ProfileUse.Run) =>
        Read(path, [.. overrides.Select(assignment => new ProfileOverride(assignment))], use);

    /// <summary>Reads a profile with what it extends, and applies overrides to it, some of which stand for other options.</summary>
    /// <inheritdoc cref="Read(string, IReadOnlyList{string}, ProfileUse)"/>
    public static ProfileResult Read(string path, IReadOnlyList<ProfileOverride> overrides, ProfileUse use = ProfileUse.Run)
    {
        var context = new ReadContext(use);
        var layers = new LayerLoader(context);
        layers.LoadFile(path);
        return Finish(path, layers.Merged, overrides, context);
    }

    /// <summary>The shipped pc.yaml with a kernel: the machine for a kernel file without a profile.</summary>
    /// <param name="path">The kernel's file.</param>
    /// <param name="overrides">As <c>--set</c> takes them: see <see cref="ProfileOverride.Assignment"/>. The last wins.</param>
    /// <param name="use">What the result is for.</param>
    public static ProfileResult ForKernel(string path, IReadOnlyList<string> overrides, ProfileUse use = ProfileUse.Run) =>
        ForKernel(path, [.. overrides.Select(assignment => new ProfileOverride(assignment))], use);

    /// <summary>The shipped pc.yaml with a kernel and overrides, some of which stand for other options.</summary>
    /// <inheritdoc cref="ForKernel(string, IReadOnlyList{string}, ProfileUse)"/>
    public static ProfileResult ForKernel(string path, IReadOnlyList<ProfileOverride> overrides, ProfileUse use = ProfileUse.Run)
    {
        var context = new ReadContext(use);
        var layers = new LayerLoader(context);
        layers.LoadShipped(ShippedProfiles.Pc);
        layers.Add(KernelLayer.For(path));
        return Finish(path, layers.Merged, overrides, context);
    }

    private static ProfileResult Finish(string path, MapNode? merged, IReadOnlyList<ProfileOverride> overrides, ReadContext context)
    {
        if (merged is null)
        {
            return new ProfileResult(null, context.Diagnostics.Sorted());
        }

        var number = 0;
        foreach (var item in overrides)
        {
            number += item.Option is null ? 1 : 0;
            merged = OverrideLayer.Apply(merged, item, number, context);
        }

        var profile = ProfileBinder.Bind(merged, Path.GetFileNameWithoutExtension(path), context);
        return context.Diagnostics.Count > 0 ? new ProfileResult(null, context.Diagnostics.Sorted()) : new ProfileResult(profile, []);
    }
}
