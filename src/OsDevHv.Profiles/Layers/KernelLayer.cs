using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Layers;

/// <summary>A kernel that was named instead of a profile, as a layer over pc.yaml.</summary>
internal static class KernelLayer
{
    /// <summary>The layer; an error in it is placed at the kernel's file.</summary>
    public static MapNode For(string path)
    {
        var place = new NodeSource(path, Environment.CurrentDirectory).Start;
        var kernel = new ScalarNode(place, path, isPlain: false);
        var boot = new MapNode(place, [new MapEntry(ProfileKeys.Kernel.Name, place, kernel)]);
        var name = new ScalarNode(place, Path.GetFileNameWithoutExtension(path), isPlain: false);
        return new MapNode(place, [new MapEntry(ProfileKeys.Name.Name, place, name), new MapEntry(ProfileKeys.Boot.Name, place, boot)]);
    }
}
