using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Devices;

/// <summary>A file in the directory of <see cref="FwCfg"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">What the guest selects it by.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsWritable">Whether the guest may write it.</param>
public readonly record struct FwCfgFile(string Name, ushort Key, uint Length, bool IsWritable);

/// <summary>The items that a <see cref="FwCfg"/> is to have; there from the start are the signature, the id and the directory. Not for
/// several threads.</summary>
public sealed class FwCfgItems
{
    /// <summary>The most characters of a file's name.</summary>
    public const int MaximumNameLength = DirectoryNameBytes - 1;

    /// <summary>The most files: a key has 14 bits.</summary>
    public const int MaximumFiles = 0x4000 - (int)FwCfgKey.FirstFile;

    private const int DirectoryNameBytes = 56;
    private const int DirectoryEntryBytes = 64;
    private const uint TraditionalInterface = 1;
    private const uint DmaInterface = 2;

    private readonly Dictionary<ushort, FwCfgItem> _items = [];
    private readonly SortedDictionary<string, FwCfgItem> _files = new(StringComparer.Ordinal);

    /// <summary>Only those that every such device has.</summary>
    public FwCfgItems()
    {
        Add(FwCfgKey.Signature, "QEMU"u8);
        AddNumber(FwCfgKey.Id, 4, TraditionalInterface | DmaInterface);
    }

    /// <summary>The files, sorted by name as in the directory.</summary>
    public IReadOnlyList<FwCfgFile> Files =>
    [
        .. _files.Select(static (file, index) =>
            new FwCfgFile(file.Key, (ushort)((int)FwCfgKey.FirstFile + index), file.Value.Length, file.Value.IsWritable)),
    ];

    /// <summary>Adds an item with a key.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public void Add(FwCfgKey key, ReadOnlySpan<byte> content) => _items.Add((ushort)key, new FwCfgItem(content.ToArray()));

    /// <summary>Adds a number as an item with a key, little-endian.</summary>
    /// <param name="key">The key.</param>
    /// <param name="size">Its bytes, 1 to 8.</param>
    /// <param name="value">The number, of which the low bytes count.</param>
    /// <exception cref="ArgumentException">There is one with that key.</exception>
    public void AddNumber(FwCfgKey key, int size, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Add(key, bytes[..size]);
    }

    /// <summary>Adds a file that is only read.</summary>
    /// <exception cref="ArgumentException">There is one of that name, or it is not <see cref="IsName">a name</see>.</exception>
    /// <exception cref="InvalidOperationException">There are <see cref="MaximumFiles"/>.</exception>
    public void AddFile(string name, ReadOnlySpan<byte> content) => AddFile(name, new FwCfgItem(content.ToArray()));

    /// <summary>Adds a file that the guest may write, but not resize.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">What it holds at power-on, and after a reset.</param>
    /// <param name="listener">Hears of writes; null is nobody.</param>
    /// <exception cref="ArgumentException">There is one of that name, or it is not <see cref="IsName">a name</see>.</exception>
    /// <exception cref="InvalidOperationException">There are <see cref="MaximumFiles"/>.</exception>
    public void AddWritableFile(string name, ReadOnlySpan<byte> content, IFwCfgListener? listener = null) =>
        AddFile(name, new FwCfgItem(content.ToArray(), listener));

    /// <summary>
    /// Gives a file that is only read other content; false where there is none, or its length differs. Under the device's lock.
    /// </summary>
    public bool TrySetContent(string name, ReadOnlySpan<byte> content)
    {
        if (!_files.TryGetValue(name, out FwCfgItem? item) || item.IsWritable || item.Length != content.Length)
        {
            return false;
        }

        content.CopyTo(item.From(0, item.Length));
        return true;
    }

    /// <summary>Whether a file can have that name: 1 to 55 ASCII characters, none of them a control character.</summary>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= MaximumNameLength && name.All(static c => c is >= ' ' and <= '~');
    }

    /// <summary>All items by key, the directory among them.</summary>
    internal Dictionary<ushort, FwCfgItem> ByKey()
    {
        Dictionary<ushort, FwCfgItem> all = new(_items);
        ushort key = (ushort)FwCfgKey.FirstFile;
        foreach (FwCfgItem file in _files.Values)
        {
            all.Add(key++, file);
        }

        all.Add((ushort)FwCfgKey.FileDirectory, new FwCfgItem(Directory()));
        return all;
    }

    private void AddFile(string name, FwCfgItem item)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"'{name}' cannot be the name of a file of fw_cfg.", nameof(name));
        }

        if (_files.Count == MaximumFiles)
        {
            throw new InvalidOperationException($"fw_cfg has {MaximumFiles} files at most.");
        }

        _files.Add(name, item);
    }

    private byte[] Directory()
    {
        byte[] directory = new byte[sizeof(uint) + (DirectoryEntryBytes * _files.Count)];
        BinaryPrimitives.WriteInt32BigEndian(directory, _files.Count);
        Span<byte> entry = directory.AsSpan(sizeof(uint));
        foreach (FwCfgFile file in Files)
        {
            BinaryPrimitives.WriteUInt32BigEndian(entry, file.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], file.Key);
            Encoding.ASCII.GetBytes(file.Name, entry[(DirectoryEntryBytes - DirectoryNameBytes)..]);
            entry = entry[DirectoryEntryBytes..];
        }

        return directory;
    }
}
