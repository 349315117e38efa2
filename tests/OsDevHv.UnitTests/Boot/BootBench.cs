using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Tests.Boot;

/// <summary>A directory for image files and a machine to load them into; the directory goes with it.</summary>
internal sealed class BootBench : IDisposable
{
    public BootBench(ulong ramBytes = 16 << 20, VideoMemory? video = null)
    {
        Map = new MemoryMap(ramBytes, video);
        Ram = new SparseRam(Map);
        Folder = Directory.CreateTempSubdirectory("osdevhv-boot-").FullName;
    }

    public MemoryMap Map { get; }

    public SparseRam Ram { get; }

    public string Folder { get; }

    public FirmwareTables? Firmware { get; init; }

    public BootScreen Screen { get; init; } = BootScreen.None;

    public BootMachine? Machine { get; init; }

    public string Write(string name, byte[] content)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public BootProfile Profile(byte[] kernel) => new() { Kernel = Write("kernel", kernel) };

    public BootedImage Load(byte[] kernel) => Load(Profile(kernel));

    public BootedImage Load(BootProfile profile) =>
        Bootloader.Load(profile, Map, Ram, Firmware, Machine ?? new BootMachine { Screen = Screen });

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
