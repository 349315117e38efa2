using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// The requests of a loaded executable and its base revision ("Requests Delimiters", "Limine Requests Section", "Base Revisions"). Both are
/// looked for in the part of each segment that comes from the file, at multiples of 8; delimiters are honoured for every base revision.
/// </summary>
internal sealed class LimineRequests
{
    /// <summary>The newest base revision.</summary>
    public const int NewestRevision = 6;

    private const int ChunkBytes = 64 * 1024;
    private const string SectionName = ".limine_reqs";
    private const ulong HeaderBytes = 48;
    private const ulong ResponseOffset = 40;

    private readonly LimineImage _image;
    private readonly Dictionary<LimineFeature, ulong> _requests = [];
    private readonly ulong? _tag;

    private LimineRequests(LimineImage image, List<Mark> marks)
    {
        _image = image;
        ulong[] tags = [.. marks.Where(static mark => mark.Kind == MarkKind.BaseRevision).Select(static mark => mark.Address)];
        if (tags.Length > 1)
        {
            throw image.Elf.File.Bad($"there are {tags.Length} base revision tags, at virtual addresses 0x{tags[0]:x} and 0x{tags[1]:x}; "
                + "the executable asks for one base revision.");
        }

        if (tags.Length == 1)
        {
            _tag = tags[0];
            ulong wanted = image.ReadU64(tags[0] + 16, "the base revision tag");
            BaseRevision = wanted <= NewestRevision
                ? (int)wanted
                : throw image.Elf.File.Bad($"it asks for base revision {wanted} of the Limine boot protocol; {NewestRevision} is the "
                    + "newest that is known.");
        }

        IEnumerable<ulong> addresses = BaseRevision == 0 && SectionPointers(image) is { } pointers
            ? pointers
            : marks.Where(static mark => mark.Kind == MarkKind.Request).Select(static mark => mark.Address);
        HashSet<(ulong, ulong)> seen = [];
        foreach (ulong address in addresses)
        {
            Add(address, seen);
        }
    }

    private enum MarkKind
    {
        Request,
        BaseRevision,
        Start,
        End,
    }

    /// <summary>0 to <see cref="NewestRevision"/>; 0 without a tag.</summary>
    public int BaseRevision { get; }

    /// <summary>Whether a file holds a request or a base revision tag.</summary>
    public static bool AreIn(ElfFile elf)
    {
        byte[] chunk = new byte[ChunkBytes];
        byte[] request = Pattern(LimineMagic.Request);
        byte[] tag = Pattern(LimineMagic.BaseRevision);
        foreach (ElfSegment segment in elf.Segments)
        {
            // A step less than what is read, so that nothing is missed on the border.
            for (ulong offset = 0; offset < segment.FileBytes; offset += ChunkBytes - 16)
            {
                Span<byte> part = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, segment.FileBytes - offset));
                elf.File.Read(segment.Offset + offset, part, segment.Name);
                if (part.IndexOf(request) >= 0 || part.IndexOf(tag) >= 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Finds the requests.</summary>
    /// <exception cref="BootException">One is there twice or cut off, or the base revision is not known.</exception>
    public static LimineRequests Find(LimineImage image)
    {
        List<Mark> marks = [];
        foreach ((ulong start, ulong bytes) in image.Contents)
        {
            Scan(image, start, bytes, marks);
        }

        int first = marks.FindLastIndex(static mark => mark.Kind == MarkKind.Start);
        int end = marks.FindIndex(static mark => mark.Kind == MarkKind.End);
        if (end >= 0 && end < first)
        {
            throw image.Elf.File.Bad($"the marker of the requests' end (virtual address 0x{marks[end].Address:x}) comes before that of "
                + $"their start (0x{marks[first].Address:x}); put their sections into that order in the linker script.");
        }

        return new LimineRequests(image, marks[(first + 1)..(end < 0 ? marks.Count : end)]);
    }

    /// <summary>Whether there is a request for a feature.</summary>
    public bool Has(LimineFeature feature) => _requests.ContainsKey(feature);

    /// <summary>The request's revision; 0 without a request.</summary>
    public ulong RevisionOf(LimineFeature feature) => Word(feature, 32);

    /// <summary>A member of a request, by number behind the common ones; 0 without a request.</summary>
    public ulong Member(LimineFeature feature, int index) => Word(feature, HeaderBytes + ((ulong)index * sizeof(ulong)));

    /// <summary>Guest-physical address of the pointer to a response.</summary>
    public ulong ResponseSlot(LimineFeature feature) => _image.PhysicalOf(_requests[feature] + ResponseOffset);

    /// <summary>Sets the pointer to a response.</summary>
    public void Answer(LimineFeature feature, ulong response) =>
        _image.WriteU64(_requests[feature] + ResponseOffset, response, "a request");

    /// <summary>Says which base revision was used, and that it is the one asked for.</summary>
    public void ConfirmBaseRevision()
    {
        if (_tag is { } tag)
        {
            _image.WriteU64(tag + 8, (ulong)BaseRevision, "the base revision tag");
            _image.WriteU64(tag + 16, 0, "the base revision tag");
        }
    }

    private static byte[] Pattern((ulong First, ulong Second) magic) =>
        [.. BitConverter.GetBytes(magic.First), .. BitConverter.GetBytes(magic.Second)];

    private static void Scan(LimineImage image, ulong start, ulong bytes, List<Mark> marks)
    {
        byte[] chunk = new byte[ChunkBytes];
        ulong end = start + bytes;
        for (ulong at = (start + 7) & ~7UL; at < end && end - at >= sizeof(ulong);)
        {
            int length = (int)Math.Min(ChunkBytes, (end - at) & ~7UL);
            image.Read(at, chunk.AsSpan(0, length));
            ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(chunk.AsSpan(0, length));
            for (int index = 0; index < words.Length; index++)
            {
                int next = words[index..].IndexOfAny(
                    [LimineMagic.Request.First, LimineMagic.BaseRevision.First, LimineMagic.Start[0], LimineMagic.End.First]);
                if (next < 0)
                {
                    break;
                }

                index += next;
                Look(image, at + ((ulong)index * sizeof(ulong)), words[index], marks);
            }

            at += (ulong)length;
        }
    }

    private static void Look(LimineImage image, ulong address, ulong first, List<Mark> marks)
    {
        bool Follows(ulong offset, ulong expected) =>
            image.Contains(address + offset, sizeof(ulong)) && image.ReadU64(address + offset, "a marker") == expected;

        MarkKind? kind = null;
        if (first == LimineMagic.Request.First && Follows(8, LimineMagic.Request.Second))
        {
            kind = MarkKind.Request;
        }
        else if (first == LimineMagic.BaseRevision.First && Follows(8, LimineMagic.BaseRevision.Second))
        {
            kind = MarkKind.BaseRevision;
        }
        else if (first == LimineMagic.End.First && Follows(8, LimineMagic.End.Second))
        {
            kind = MarkKind.End;
        }
        else if (first == LimineMagic.Start[0] && Follows(8, LimineMagic.Start[1]) && Follows(16, LimineMagic.Start[2])
            && Follows(24, LimineMagic.Start[3]))
        {
            kind = MarkKind.Start;
        }

        if (kind is { } found)
        {
            marks.Add(new Mark(found, address));
        }
    }

    /// <summary>What the section of base revision 0 lists; null where the file has no such section.</summary>
    private static List<ulong>? SectionPointers(LimineImage image)
    {
        ElfFile elf = image.Elf;
        byte[] headers = elf.ReadSectionHeaders(out uint count, out uint namesIndex);
        if (count == 0 || namesIndex >= count)
        {
            return null;
        }

        ulong names = elf.SectionAt(headers, (int)namesIndex).Offset;
        byte[] wanted = [.. Encoding.ASCII.GetBytes(SectionName), 0];
        byte[] name = new byte[wanted.Length];
        for (int index = 0; index < count; index++)
        {
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(headers.AsSpan(index * elf.SectionHeaderBytes));
            if (names + offset >= names && elf.File.Contains(names + offset, (ulong)name.Length))
            {
                elf.File.Read(names + offset, name, "a section's name");
                if (name.AsSpan().SequenceEqual(wanted))
                {
                    return PointersIn(image, elf.SectionAt(headers, index));
                }
            }
        }

        return null;
    }

    private static List<ulong> PointersIn(LimineImage image, ElfSection section)
    {
        List<ulong> pointers = [];
        for (ulong offset = 0; offset + sizeof(ulong) <= section.Bytes; offset += sizeof(ulong))
        {
            ulong pointer = image.ReadU64(section.Address + image.Slide + offset, $"the section {SectionName}");
            if (pointer == 0)
            {
                break;
            }

            pointers.Add(pointer);
        }

        return pointers;
    }

    private void Add(ulong address, HashSet<(ulong, ulong)> seen)
    {
        const string what = "a request of the Limine boot protocol";
        (ulong, ulong) magic = (_image.ReadU64(address, what), _image.ReadU64(address + 8, what));
        (ulong, ulong) id = (_image.ReadU64(address + 16, what), _image.ReadU64(address + 24, what));
        if (magic != LimineMagic.Request)
        {
            throw _image.Elf.File.Bad($"the section {SectionName} points to virtual address 0x{address:x}, where there is no request.");
        }

        if (!seen.Add(id))
        {
            string name = LimineMagic.Features.TryGetValue(id, out LimineFeature twice) ? $" ({twice})" : "";
            throw _image.Elf.File.Bad($"the request {id.Item1:x16} {id.Item2:x16}{name} is there twice; the second is at virtual address "
                + $"0x{address:x}.");
        }

        _ = _image.ReadU64(address + ResponseOffset, what);
        if (LimineMagic.Features.TryGetValue(id, out LimineFeature feature))
        {
            _requests.Add(feature, address);
        }
    }

    private ulong Word(LimineFeature feature, ulong offset) =>
        _requests.TryGetValue(feature, out ulong address) ? _image.ReadU64(address + offset, $"the request {feature}") : 0;

    private readonly record struct Mark(MarkKind Kind, ulong Address);
}
