using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

/// <summary>A request as the specification's "Feature List" has it: the second half of its number, its revision and its members.</summary>
internal sealed record TestRequest(ulong Third, ulong Fourth)
{
    public static TestRequest BootloaderInfo => new(0xf55038d8e2a1202f, 0x279426fcf5f59740);

    public static TestRequest CommandLine => new(0x4b161536e598651e, 0xb390ad4a2f1f303a);

    public static TestRequest FirmwareType => new(0x8c2f75d90bef28a8, 0x7045a4688eac00c3);

    public static TestRequest StackSize => new(0x224ef0460a8e8926, 0xe1cb0fc25f46ea3d);

    public static TestRequest DirectMap => new(0x48dcf1cb8ad2b852, 0x63984e959a98244b);

    public static TestRequest Framebuffer => new(0x9d5827dcd881dd75, 0xa3148604f6fab11b);

    public static TestRequest PagingMode => new(0x95c1a0edab0944cb, 0xa4e5cb3842f7488a);

    public static TestRequest Mp => new(0x95a67b819a1b857e, 0xa0b61b723b6a73e0);

    public static TestRequest MemoryMap => new(0x67cf3d9d378a806f, 0xe304acdfc50c3c62);

    public static TestRequest EntryPoint => new(0x13d86c035a1cd3e1, 0x2b0caa89d8f3026a);

    public static TestRequest ExecutableFile => new(0xad97e90e83f1ed67, 0x31eb5d1c5ff23b69);

    public static TestRequest Module => new(0x3e7e279702be32af, 0xca1c4f3bd1280cee);

    public static TestRequest Rsdp => new(0xc5e77b6b397e7b43, 0x27637845accdcf3c);

    public static TestRequest Smbios => new(0x9e9046f11e095391, 0xaa4a520fefbde5ee);

    public static TestRequest EfiSystemTable => new(0x5ceba5163eaaf6d6, 0x0a6981610cf65fcc);

    public static TestRequest Date => new(0x502746e184c088aa, 0xfbc5ec83e6327893);

    public static TestRequest ExecutableAddress => new(0x71ba76863cc55f63, 0xb2644a48c516a487);

    public static TestRequest TscFrequency => new(0x10f2ee1d87d195e4, 0xf747a2b78f6ddb31);

    public static TestRequest Entropy => new(0x65ea80255d5682c5, 0x9117240723f493eb);

    public ulong Revision { get; init; }

    public ulong Response { get; init; }

    public ulong[] Members { get; init; } = [];

    public byte[] Build()
    {
        Bytes bytes = new Bytes().U64(0xc7b1dd30df4c8b88).U64(0x0a82e883a194f07b).U64(Third).U64(Fourth).U64(Revision).U64(Response);
        foreach (ulong member in Members)
        {
            bytes.U64(member);
        }

        return bytes.ToArray();
    }

    public bool IsSame(TestRequest other) => (Third, Fourth) == (other.Third, other.Fourth);
}

/// <summary>An executable for the Limine boot protocol: code at its base, requests in a segment 1000h above.</summary>
internal sealed class LimineKernel : IDisposable
{
    public const ulong Base = 0xffff_ffff_8000_0000;
    public const ulong RequestsAt = Base + 0x1000;
    public const ulong DirectMap = 0xffff_8000_0000_0000;

    private readonly BootBench _bench;
    private readonly Dictionary<(ulong, ulong), ulong> _places = [];
    private readonly Bytes _data = new();

    public LimineKernel(int? baseRevision, BootBench bench, params TestRequest[] requests)
    {
        _bench = bench;
        if (baseRevision is { } revision)
        {
            Tag = RequestsAt;
            _data.U64(0xf9562b2d5c95a6c8).U64(0x6a7b384944536bdc).U64((ulong)revision);
        }

        foreach (TestRequest request in requests)
        {
            Add(request);
        }
    }

    public ulong? Tag { get; }

    public string CommandLine { get; init; } = "";

    public IReadOnlyList<BootModule> Modules { get; init; } = [];

    public BootedImage Image { get; private set; } = null!;

    public BootBench Bench => _bench;

    /// <summary>The next byte's virtual address.</summary>
    public ulong Next => RequestsAt + (ulong)_data.Length;

    public static byte[] StartMarker { get; } =
        new Bytes().U64(0xf6b8f4b39de7d1ae).U64(0xfab91a6940fcb9cf).U64(0x785c6ed015d3e316).U64(0x181e920a7852b9d9).ToArray();

    public static byte[] EndMarker { get; } = new Bytes().U64(0xadc0e0531bb10d03).U64(0x9572709f31764c62).ToArray();

    public LimineKernel Add(TestRequest request)
    {
        _data.AlignTo(8);
        _places[(request.Third, request.Fourth)] = Next;
        return Add(request.Build());
    }

    public LimineKernel Add(byte[] bytes)
    {
        _data.Raw(bytes);
        return this;
    }

    public TestElf Elf() => new(true)
    {
        Entry = Base + 1,
        Segments =
        [
            new TestSegment(Base, 0, [0x90, 0xf4]) { Flags = 5 },
            new TestSegment(RequestsAt, 0, _data.ToArray()) { Flags = 6, MemoryBytes = (ulong)_data.Length + 0x2000 },
        ],
    };

    public LimineKernel Load() => Load(Elf());

    /// <summary>Loads it and returns it; where it cannot be loaded its directory is gone already.</summary>
    public LimineKernel Load(TestElf elf)
    {
        try
        {
            Image = _bench.Load(_bench.Profile(elf.Build()) with { CommandLine = CommandLine, Modules = Modules });
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Translates as the processor would; fails the test where nothing is mapped.</summary>
    public Translation Walk(ulong address)
    {
        Assert.True(PageWalk.TryTranslate(_bench.Ram, Image.System, address, out Translation translation), $"0x{address:x} is not mapped");
        return translation;
    }

    public bool IsMapped(ulong address) => PageWalk.TryTranslate(_bench.Ram, Image.System, address, out _);

    public ulong U64(ulong address) => _bench.Ram.U64(Walk(address).PhysicalAddress);

    public uint U32(ulong address) => _bench.Ram.U32(Walk(address).PhysicalAddress);

    public string Text(ulong address) => _bench.Ram.String(Walk(address).PhysicalAddress);

    /// <summary>What the response pointer of a request holds.</summary>
    public ulong Response(TestRequest request) => U64(_places[(request.Third, request.Fourth)] + 40);

    /// <summary>A member of the response to a request, behind its revision.</summary>
    public ulong Member(TestRequest request, int index)
    {
        Assert.NotEqual(0u, Response(request));
        return U64(Response(request) + 8 + ((ulong)index * 8));
    }

    /// <summary>The memory map as it was told.</summary>
    public List<(ulong Base, ulong Length, ulong Type)> MemoryMap()
    {
        List<(ulong, ulong, ulong)> entries = [];
        for (ulong index = 0; index < Member(TestRequest.MemoryMap, 0); index++)
        {
            ulong entry = U64(Member(TestRequest.MemoryMap, 1) + (index * 8));
            entries.Add((U64(entry), U64(entry + 8), U64(entry + 16)));
        }

        return entries;
    }

    public ulong TypeOf(ulong physical) =>
        MemoryMap().Single(entry => physical >= entry.Base && physical - entry.Base < entry.Length).Type;

    public void Dispose() => _bench.Dispose();
}
