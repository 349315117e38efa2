namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// Applies the dynamic relocations of a position-independent executable (System V ABI, chapter 5, "Dynamic Section" and "Relocation";
/// its x86-64 supplement, 4.4.1): RELA and PLT entries of the types NONE, 64, GLOB_DAT, JUMP_SLOT and RELATIVE, and RELR. Not provided:
/// thread-local storage, copies, indirect functions, other libraries.
/// </summary>
internal sealed class LimineRelocator(LimineImage image)
{
    private const ulong EntryBytes = 24;
    private const ulong SymbolBytes = 24;
    private const ulong DynamicBytes = 16;
    private const ulong RelrEntryBytes = 8;
    private const string WhatDynamic = "the dynamic section";
    private const string WhatRelocation = "a relocation";
    private const string WhatSymbol = "the symbol of a relocation";

    private readonly Dictionary<Tag, ulong> _dynamic = [];

    private enum Tag : ulong
    {
        Null = 0,
        Needed = 1,
        PltBytes = 2,
        Symbols = 6,
        Rela = 7,
        RelaBytes = 8,
        RelaEntryBytes = 9,
        Rel = 17,
        PltKind = 20,
        Plt = 23,
        RelrBytes = 35,
        Relr = 36,
        RelrEntryBytes = 37,
    }

    private enum Kind : uint
    {
        None = 0,
        Absolute64 = 1,
        GlobalData = 6,
        JumpSlot = 7,
        Relative = 8,
    }

    public void Run()
    {
        ReadDynamic();
        if (_dynamic.ContainsKey(Tag.Needed))
        {
            throw Bad("the executable needs a shared library (DT_NEEDED); link it statically.");
        }

        if (_dynamic.ContainsKey(Tag.Rel) || _dynamic.GetValueOrDefault(Tag.PltKind, (ulong)Tag.Rela) != (ulong)Tag.Rela)
        {
            throw Bad("it has relocations without addends (DT_REL), which x86-64 does not use.");
        }

        if (_dynamic.GetValueOrDefault(Tag.RelaEntryBytes, EntryBytes) != EntryBytes)
        {
            throw Bad($"a relocation entry (DT_RELAENT) is {_dynamic[Tag.RelaEntryBytes]} bytes; it must be {EntryBytes}.");
        }

        ApplyTable(Tag.Rela, Tag.RelaBytes);
        ApplyTable(Tag.Plt, Tag.PltBytes);
        ApplyRelative();
    }

    private BootException Bad(string message) => image.Elf.File.Bad(message);

    private void ReadDynamic()
    {
        if (image.Elf.Dynamic is not { } dynamic)
        {
            return;
        }

        ulong start = dynamic.VirtualAddress + image.Slide;
        for (ulong offset = 0; offset + DynamicBytes <= dynamic.MemoryBytes; offset += DynamicBytes)
        {
            Tag tag = (Tag)image.ReadU64(start + offset, WhatDynamic);
            if (tag == Tag.Null)
            {
                return;
            }

            _dynamic.TryAdd(tag, image.ReadU64(start + offset + 8, WhatDynamic));
        }
    }

    /// <summary>Where a table of the dynamic section is; false where there is none.</summary>
    private bool Find(Tag address, Tag bytes, out ulong start, out ulong length)
    {
        length = _dynamic.GetValueOrDefault(bytes);
        bool found = _dynamic.TryGetValue(address, out start) && length > 0;
        start += image.Slide;
        if (found && !image.Contains(start, length))
        {
            throw Bad($"its relocations (0x{length:x} bytes at virtual address 0x{start:x}) are outside the image; it is damaged.");
        }

        return found;
    }

    private void ApplyTable(Tag address, Tag bytes)
    {
        if (!Find(address, bytes, out ulong start, out ulong length))
        {
            return;
        }

        for (ulong offset = 0; offset + EntryBytes <= length; offset += EntryBytes)
        {
            ulong where = image.ReadU64(start + offset, WhatRelocation) + image.Slide;
            ulong information = image.ReadU64(start + offset + 8, WhatRelocation);
            ulong addend = image.ReadU64(start + offset + 16, WhatRelocation);
            uint symbol = (uint)(information >> 32);
            switch ((Kind)(uint)information)
            {
                case Kind.None:
                    break;
                case Kind.Relative:
                    image.WriteU64(where, image.Slide + addend, WhatRelocation);
                    break;
                case Kind.Absolute64:
                    image.WriteU64(where, ValueOf(symbol) + addend, WhatRelocation);
                    break;
                case Kind.GlobalData or Kind.JumpSlot:
                    image.WriteU64(where, ValueOf(symbol), WhatRelocation);
                    break;
                default:
                    throw Bad($"a relocation at virtual address 0x{where:x} is of type {(uint)information}, which an executable on its own "
                        + "cannot have; link it with -static-pie or -pie --no-dynamic-linker.");
            }
        }
    }

    private ulong ValueOf(uint symbol)
    {
        const ulong undefined = 0;
        const ulong absolute = 0xfff1;
        const ulong weak = 2;
        if (symbol == 0)
        {
            return 0;
        }

        if (!_dynamic.TryGetValue(Tag.Symbols, out ulong table))
        {
            throw Bad("a relocation names a symbol, and there is no symbol table (DT_SYMTAB).");
        }

        ulong at = table + image.Slide + (symbol * SymbolBytes);
        ulong head = image.ReadU64(at, WhatSymbol);
        ulong value = image.ReadU64(at + 8, WhatSymbol);
        ulong section = head >> 48;
        ulong binding = (head >> 36) & 0xf;
        return section switch
        {
            undefined when binding == weak => 0,
            undefined => throw Bad($"a relocation names symbol {symbol}, which is undefined; link the executable statically."),
            absolute => value,
            _ => value + image.Slide,
        };
    }

    /// <summary>RELR: an even entry is the address of a word, an odd one a bit map of the 63 words that follow.</summary>
    private void ApplyRelative()
    {
        if (!Find(Tag.Relr, Tag.RelrBytes, out ulong start, out ulong length))
        {
            return;
        }

        if (_dynamic.GetValueOrDefault(Tag.RelrEntryBytes, RelrEntryBytes) != RelrEntryBytes)
        {
            throw Bad($"a relative relocation entry (DT_RELRENT) is {_dynamic[Tag.RelrEntryBytes]} bytes; it must be {RelrEntryBytes}.");
        }

        ulong next = 0;
        for (ulong offset = 0; offset + sizeof(ulong) <= length; offset += sizeof(ulong))
        {
            ulong entry = image.ReadU64(start + offset, WhatRelocation);
            if ((entry & 1) == 0)
            {
                next = entry + image.Slide;
                Slide(next);
                next += sizeof(ulong);
                continue;
            }

            for (int bit = 1; bit < 64; bit++)
            {
                if (((entry >> bit) & 1) != 0)
                {
                    Slide(next + ((ulong)(bit - 1) * sizeof(ulong)));
                }
            }

            next += 63 * sizeof(ulong);
        }
    }

    private void Slide(ulong where) => image.WriteU64(where, image.ReadU64(where, WhatRelocation) + image.Slide, WhatRelocation);
}
