using System.Buffers.Binary;

namespace OsDevHv.Machine.Boot.Pvh;

/// <summary>
/// The ELF note by which a kernel says where PVH enters it: owner "Xen", type 18, XEN_ELFNOTE_PHYS32_ENTRY (Xen,
/// xen/include/public/elfnote.h). It is in a program header of type PT_NOTE.
/// </summary>
internal static class PvhNote
{
    private const uint Physical32Entry = 18;
    private const int HeaderBytes = 12;
    private const ulong LongestNotes = 1 << 20;

    /// <summary>Finds the guest-physical entry; false when there is no such note, also where notes are damaged.</summary>
    public static bool TryFindEntry(ElfFile elf, out uint entry)
    {
        foreach ((ulong offset, ulong length) in elf.Notes)
        {
            byte[] notes = new byte[Math.Min(length, LongestNotes)];
            int read = elf.File.ReadSome(offset, notes);
            if (TryFindEntry(notes.AsSpan(0, read), out entry))
            {
                return true;
            }
        }

        entry = 0;
        return false;
    }

    private static bool TryFindEntry(ReadOnlySpan<byte> notes, out uint entry)
    {
        entry = 0;
        while (notes.Length >= HeaderBytes)
        {
            uint nameBytes = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            uint valueBytes = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            ulong valueAt = HeaderBytes + AlignUp(nameBytes);
            ulong next = valueAt + AlignUp(valueBytes);
            if (valueAt + valueBytes > (ulong)notes.Length)
            {
                return false;
            }

            bool isXen = notes.Slice(HeaderBytes, (int)nameBytes).SequenceEqual("Xen\0"u8);
            if (isXen && type == Physical32Entry && valueBytes is 4 or 8)
            {
                ulong value = valueBytes == 4
                    ? BinaryPrimitives.ReadUInt32LittleEndian(notes[(int)valueAt..])
                    : BinaryPrimitives.ReadUInt64LittleEndian(notes[(int)valueAt..]);
                entry = (uint)value;
                return value <= uint.MaxValue;
            }

            notes = notes[(int)Math.Min(next, (ulong)notes.Length)..];
        }

        return false;
    }

    private static ulong AlignUp(uint length) => (length + 3UL) / 4 * 4;
}
