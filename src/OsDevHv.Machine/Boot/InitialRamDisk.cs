using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// The initial RAM disk: the files of <c>boot.initrd</c> in guest memory one after the other, each at a multiple of 4 bytes, which is how
/// a kernel takes several cpio archives for one (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
/// </summary>
internal static class InitialRamDisk
{
    private const ulong FileAlignment = 4;

    /// <summary>Loads it as high as it may be, so that it is in no unpacking kernel's way.</summary>
    /// <param name="memory">Where to.</param>
    /// <param name="paths">The files.</param>
    /// <param name="end">One past the highest byte that it may take below 4 GiB.</param>
    /// <param name="above4GiB">Whether it may be above 4 GiB where there is no room below.</param>
    /// <returns>Null where there are no files.</returns>
    /// <exception cref="BootException">A file cannot be read, or there is no room.</exception>
    public static (ulong Address, ulong Length)? Load(BootMemory memory, IReadOnlyList<string> paths, ulong end, bool above4GiB)
    {
        if (paths.Count == 0)
        {
            return null;
        }

        List<BootFile> files = [];
        try
        {
            ulong length = 0;
            foreach (string path in paths)
            {
                files.Add(BootFile.Open(path));
                length = AlignUp(length) + files[^1].Length;
            }

            ulong address = Place(memory, length, end, above4GiB);
            ulong at = address;
            foreach (BootFile file in files)
            {
                ulong next = AlignUp(at - address) + address;
                memory.Zero(at, next - at);
                memory.Load(file, "the initial RAM disk", 0, file.Length, next);
                at = next + file.Length;
            }

            return (address, length);
        }
        finally
        {
            files.ForEach(static file => file.Dispose());
        }
    }

    /// <summary>Refuses it where a protocol has none.</summary>
    public static void Refuse(BootProfile profile, BootFile file, string protocol)
    {
        if (profile.InitialRamDisk.Count > 0)
        {
            throw file.Bad($"the protocol `{protocol}` has no initial RAM disk; list the file under `modules`, if it takes those, or take "
                + "`initrd` out.");
        }
    }

    private static ulong Place(BootMemory memory, ulong length, ulong end, bool above4GiB)
    {
        const string what = "the initial RAM disk";
        const ulong from = MemoryMap.HighMemoryStart;
        ulong limit = Math.Min(end, MemoryMap.HoleStart);
        if (memory.TryAllocateHighest(what, length, PageTableBuilder.PageBytes, from, limit, out ulong address)
            || (above4GiB
                && memory.TryAllocateHighest(what, length, PageTableBuilder.PageBytes, from, memory.Map.RamEnd, out address)))
        {
            return address;
        }

        throw memory.NoRoom(limit < memory.Map.RamEnd ? $"{what} below 0x{limit:x}" : what, length);
    }

    private static ulong AlignUp(ulong value) => (value + FileAlignment - 1) / FileAlignment * FileAlignment;
}
