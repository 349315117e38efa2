using System.IO.Compression;
using System.Text;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>A file in guest memory as the kernel is told of it; the path begins with a slash.</summary>
internal readonly record struct LimineFile(ulong Address, ulong Bytes, string Path, string Text);

/// <summary>
/// The executable's own file and the modules ("Executable File Feature", "Module Feature", "File Structure"), each in pages of its own.
/// The volume that paths are told of is the directory of the kernel: a file elsewhere is told with its name alone.
/// </summary>
internal sealed class LimineFiles(BootProfile profile, LimineImage image, LimineMemory memory)
{
    private const ulong InternalRequired = 1;
    private const ulong InternalCompressed = 2;
    private const ulong MostInternalModules = 1024;
    private const int LongestText = 4096;

    private readonly string _root = Path.GetDirectoryName(Path.GetFullPath(profile.Kernel)) ?? "/";

    /// <summary>Loads the executable's file as it is on disk.</summary>
    public LimineFile LoadExecutable() => Load(image.Elf.File, "the executable's file", profile.CommandLine);

    /// <summary>Loads the modules: those that the executable names itself, then the profile's.</summary>
    /// <param name="requests">The executable's requests.</param>
    /// <exception cref="BootException">One is missing, does not have the stated hash, or does not fit.</exception>
    public List<LimineFile> LoadModules(LimineRequests requests)
    {
        List<LimineFile> loaded = [];
        if (requests.RevisionOf(LimineFeature.Module) >= 1)
        {
            ulong count = requests.Member(LimineFeature.Module, 0);
            ulong array = requests.Member(LimineFeature.Module, 1);
            if (count > MostInternalModules)
            {
                throw image.Elf.File.Bad($"it names {count} internal modules; {MostInternalModules} are the most.");
            }

            for (ulong index = 0; index < count; index++)
            {
                LoadInternal(image.ReadU64(array + (index * sizeof(ulong)), "the list of internal modules"), loaded);
            }
        }

        foreach (BootModule module in profile.Modules)
        {
            using BootFile file = BootFile.Open(module.Path);
            loaded.Add(Load(file, $"module {module.Path}", module.CommandLine));
        }

        return loaded;
    }

    private void LoadInternal(ulong module, List<LimineFile> loaded)
    {
        const string what = "an internal module";
        string stated = ReadText(image.ReadU64(module, what));
        string text = ReadText(image.ReadU64(module + 8, what));
        ulong flags = image.ReadU64(module + 16, what);
        int mark = stated.LastIndexOf('#');
        string path = Path.GetFullPath(Path.Combine(_root, (mark < 0 ? stated : stated[..mark]).TrimStart('/')));
        if (!IsInRoot(path))
        {
            throw image.Elf.File.Bad($"its internal module '{stated}' is outside the kernel's directory {_root}; state it under "
                + "boot.modules instead.");
        }

        if (!File.Exists(path))
        {
            if ((flags & InternalRequired) != 0)
            {
                throw image.Elf.File.Bad($"its internal module '{stated}' is required, and there is no file {path}.");
            }

            return;
        }

        if (mark >= 0)
        {
            CheckHash(path, stated[(mark + 1)..]);
        }

        using BootFile file = BootFile.Open(path);
        loaded.Add((flags & InternalCompressed) != 0 ? LoadCompressed(file, text) : Load(file, $"module {path}", text));
    }

    private LimineFile Load(BootFile file, string what, string text)
    {
        ulong address = memory.Allocate(what, file.Length, LimineMemoryType.ExecutableAndModules);
        memory.Boot.Load(file, what, 0, file.Length, address);
        return new LimineFile(address, file.Length, PathOf(file.Path), text);
    }

    private LimineFile LoadCompressed(BootFile file, string text)
    {
        byte[] content;
        try
        {
            content = Decompress(file);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new BootException(
                $"{file.Path}: the kernel says that it is compressed by gzip, and it cannot be unpacked: {error.Message}", error);
        }

        ulong address = memory.Allocate($"module {file.Path}", (ulong)content.Length, LimineMemoryType.ExecutableAndModules);
        memory.Boot.Write(address, content);
        return new LimineFile(address, (ulong)content.Length, PathOf(file.Path), text);
    }

    private byte[] Decompress(BootFile file)
    {
        ulong most = Math.Min(memory.Boot.Map.RamBytes, int.MaxValue / 2);
        using FileStream source = File.OpenRead(file.Path);
        using GZipStream unpacked = new(source, CompressionMode.Decompress);
        using MemoryStream content = new();
        byte[] chunk = new byte[64 * 1024];
        for (int count; (count = unpacked.Read(chunk)) > 0;)
        {
            content.Write(chunk, 0, count);
            if ((ulong)content.Length > most)
            {
                throw file.Bad("unpacked, the module is larger than the machine's memory.");
            }
        }

        return content.ToArray();
    }

    private static void CheckHash(string path, string stated)
    {
        byte[] digest;
        try
        {
            using FileStream stream = File.OpenRead(path);
            digest = Blake2b.Hash(stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BootException($"{path}: reading failed: {error.Message}", error);
        }

        string actual = Convert.ToHexStringLower(digest);
        if (!actual.Equals(stated, StringComparison.OrdinalIgnoreCase))
        {
            throw new BootException($"{path}: its BLAKE2b hash is {actual}, and the kernel wants a module with {stated}.");
        }
    }

    private string ReadText(ulong address)
    {
        List<byte> bytes = [];
        Span<byte> next = stackalloc byte[1];
        while (bytes.Count < LongestText && image.Contains(address, 1))
        {
            image.Read(address++, next);
            if (next[0] == 0)
            {
                return Encoding.UTF8.GetString([.. bytes]);
            }

            bytes.Add(next[0]);
        }

        throw image.Elf.File.Bad($"a string of an internal module ends neither within {LongestText} bytes nor in the image (virtual "
            + $"address 0x{address:x}).");
    }

    private bool IsInRoot(string path) =>
        path.StartsWith(_root.EndsWith('/') ? _root : _root + "/", StringComparison.Ordinal);

    private string PathOf(string path)
    {
        string full = Path.GetFullPath(path);
        return IsInRoot(full) ? $"/{Path.GetRelativePath(_root, full)}" : $"/{Path.GetFileName(full)}";
    }
}
