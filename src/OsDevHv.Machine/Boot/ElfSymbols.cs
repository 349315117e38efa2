using System.Buffers.Binary;
using System.Text;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// Names for addresses from the symbol table of a kernel's ELF file (System V ABI, chapter 4). The file is read at the first question; one
/// that cannot be read, is not ELF or has no symbols answers none. Any thread.
/// </summary>
public sealed class ElfSymbols
{
    private const ulong LargestTable = 64 << 20;
    private const int LongestName = 120;

    // How far after a symbol of unknown size an address is still ascribed to it.
    private const ulong UnsizedReach = 0x1_0000;

    // How many symbols before an address may be within the one that holds it.
    private const int MostNested = 64;

    private readonly Lazy<Table?> _table;

    /// <summary>Names for the file at <paramref name="path"/>, loaded <paramref name="bias"/> (modulo 2^64) above its addresses.</summary>
    public ElfSymbols(string path, ulong bias = 0)
    {
        _table = new Lazy<Table?>(() => Read(path, bias));
    }

    /// <summary>
    /// The last label, function or object at or before <paramref name="address"/>, as long as the address is in it, and how far in it is.
    /// </summary>
    public bool TryFind(ulong address, out string name, out ulong offset)
    {
        name = "";
        offset = 0;
        if (_table.Value is not { } table || table.LastAtOrBefore(address) is var last && last < 0)
        {
            return false;
        }

        Symbol nearest = table.Symbols[last];
        bool isUnsized = nearest.Bytes == 0 && address - nearest.Address < UnsizedReach;
        int found = isUnsized ? last : table.HolderOf(address, last);
        if (found < 0)
        {
            return false;
        }

        name = table.NameOf(table.Symbols[found]);
        offset = address - table.Symbols[found].Address;
        return true;
    }

    /// <summary>Whether the file has any names.</summary>
    public bool HasAny => _table.Value is { Symbols.Length: > 0 };

    /// <summary>The address of a symbol by its whole name; of several of that name a function before others.</summary>
    public bool TryFindAddress(string name, out ulong address)
    {
        ArgumentNullException.ThrowIfNull(name);
        const byte function = 2;
        bool found = false;
        address = 0;
        foreach (Symbol symbol in _table.Value?.Symbols ?? [])
        {
            if ((!found || symbol.Type == function) && _table.Value!.NameOf(symbol) == name)
            {
                (found, address) = (true, symbol.Address);
                if (symbol.Type == function)
                {
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>The address and the size of a symbol by its whole name; one with a size before others.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="bytes">Its size; 0 where the file does not say.</param>
    public bool TryFindObject(string name, out ulong address, out ulong bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        (address, bytes) = (0, 0);
        bool found = false;
        foreach (Symbol symbol in _table.Value?.Symbols ?? [])
        {
            if ((!found || bytes == 0) && _table.Value!.NameOf(symbol) == name)
            {
                (found, address, bytes) = (true, symbol.Address, symbol.Bytes);
            }
        }

        return found;
    }

    private static Table? Read(string path, ulong bias)
    {
        try
        {
            using BootFile file = BootFile.Open(path);
            ElfFile elf = ElfFile.Read(file);
            byte[] headers = elf.ReadSectionHeaders(out uint count, out _);
            for (int index = 0; index < count; index++)
            {
                ElfSection section = elf.SectionAt(headers, index);
                if (section.Type == ElfFile.SectionTypeSymbols && section.Link < count)
                {
                    ElfSection names = elf.SectionAt(headers, (int)section.Link);
                    return section.Bytes <= LargestTable && names.Bytes <= LargestTable ? ReadTable(elf, section, names, bias) : null;
                }
            }
        }
        catch (BootException)
        {
            // Names are a help, not a need: a kernel that was booted from this file is reported on without them.
        }

        return null;
    }

    private static Table ReadTable(ElfFile elf, ElfSection symbols, ElfSection names, ulong bias)
    {
        byte[] bytes = new byte[symbols.Bytes];
        elf.File.Read(symbols.Offset, bytes, "the symbol table");
        byte[] strings = new byte[names.Bytes];
        elf.File.Read(names.Offset, strings, "the symbols' names");
        int entryBytes = elf.Is64 ? 24 : 16;
        List<Symbol> list = [];
        for (int at = 0; at + entryBytes <= bytes.Length; at += entryBytes)
        {
            ReadOnlySpan<byte> entry = bytes.AsSpan(at, entryBytes);
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            byte type = (byte)(entry[elf.Is64 ? 4 : 12] & 0xf);
            ushort section = BinaryPrimitives.ReadUInt16LittleEndian(entry[(elf.Is64 ? 6 : 14)..]);
            ulong address = elf.Is64 ? BinaryPrimitives.ReadUInt64LittleEndian(entry[8..])
                : BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
            ulong size = elf.Is64 ? BinaryPrimitives.ReadUInt64LittleEndian(entry[16..])
                : BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
            // Labels, objects and functions that are in a section: neither undefined nor an absolute number.
            if (type <= 2 && section is > 0 and < 0xff00 && name < strings.Length && strings[name] != 0)
            {
                list.Add(new Symbol(address + bias, size, name, type));
            }
        }

        // Of several at one address the function comes last, so it is met first.
        list.Sort((left, right) => left.Address != right.Address ? left.Address.CompareTo(right.Address) : left.Type.CompareTo(right.Type));
        return new Table([.. list], strings);
    }

    private readonly record struct Symbol(ulong Address, ulong Bytes, uint Name, byte Type);

    private sealed record Table(Symbol[] Symbols, byte[] Strings)
    {
        public int LastAtOrBefore(ulong address)
        {
            int low = 0, high = Symbols.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = Symbols[middle].Address <= address ? (middle + 1, high) : (low, middle);
            }

            return low - 1;
        }

        /// <summary>The last symbol of known size, at or somewhat before <paramref name="last"/>, that holds an address; or -1.</summary>
        public int HolderOf(ulong address, int last)
        {
            for (int index = last; index >= 0 && index > last - MostNested; index--)
            {
                if (address - Symbols[index].Address < Symbols[index].Bytes)
                {
                    return index;
                }
            }

            return -1;
        }

        public string NameOf(Symbol symbol)
        {
            ReadOnlySpan<byte> rest = Strings.AsSpan((int)symbol.Name);
            int end = rest.IndexOf((byte)0);
            rest = rest[..Math.Min(end < 0 ? rest.Length : end, LongestName)];
            StringBuilder name = new(rest.Length);
            foreach (byte character in rest)
            {
                name.Append(character is > 0x20 and < 0x7f ? (char)character : '?');
            }

            return name.ToString();
        }
    }
}
