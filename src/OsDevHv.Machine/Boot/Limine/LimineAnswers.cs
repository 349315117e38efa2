using System.Diagnostics;
using System.Reflection;
using OsDevHv.Devices;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Firmware;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>What the responses tell.</summary>
internal sealed record LimineFacts
{
    public required LimineImage Image { get; init; }

    public required LimineRequests Requests { get; init; }

    public required BootMachine Machine { get; init; }

    public required FirmwareTables? Firmware { get; init; }

    public required string CommandLine { get; init; }

    public required LimineFile? Executable { get; init; }

    public required IReadOnlyList<LimineFile> Modules { get; init; }

    public required bool FiveLevels { get; init; }

    public required bool X2Apic { get; init; }

    /// <summary>The top of each processor's stack, virtual.</summary>
    public required IReadOnlyList<ulong> StackTops { get; init; }

    /// <summary>When loading began, by <see cref="Stopwatch"/>.</summary>
    public required long Began { get; init; }
}

/// <summary>
/// The responses ("Feature List"). Without an answer, as the protocol has it where there is nothing to tell: EFI's system table and memory
/// map, the TPM event log, the device tree, the RISC-V hart id, the parameters of Flanterm, the terminal of early revisions; the frame
/// buffer, the modules, the RSDP, SMBIOS and the date where the machine has none.
/// </summary>
internal sealed class LimineAnswers
{
    private const ulong MostEntropyValues = 4096;
    private const ulong FirmwareTypeBios = 0;
    private const byte RgbModel = 1;
    private const int MemoryMapEntryBytes = 24;

    private readonly LimineFacts _facts;
    private readonly ulong _directMap;
    private readonly Dictionary<LimineFeature, int> _answers = [];
    private readonly List<int> _processors = [];
    private int? _commandLine;
    private int _memoryMap;
    private int _memoryMapRoom;

    /// <param name="facts">What to tell.</param>
    /// <param name="mostRegions">The most entries that the memory map can have; they are told later.</param>
    public LimineAnswers(LimineFacts facts, int mostRegions)
    {
        _facts = facts;
        _directMap = LiminePaging.DirectMap(facts.FiveLevels);
        AnswerAboutLoader();
        AnswerAboutExecutable();
        AnswerAboutMachine();
        Answer(LimineFeature.Multiprocessor, Multiprocessor);
        Answer(LimineFeature.MemoryMap, () => ReserveMemoryMap(mostRegions));
    }

    /// <summary>Bytes of all that there is to tell.</summary>
    public ulong Bytes => (ulong)Arena.Length;

    /// <summary>Offsets of the processors' MP information; empty where it is not asked for.</summary>
    public IReadOnlyList<int> Processors => _processors;

    private ResponseArena Arena { get; } = new();

    /// <summary>Offset of the response to a request; null where it gets none.</summary>
    public int? OffsetOf(LimineFeature feature) => _answers.TryGetValue(feature, out int offset) ? offset : null;

    /// <summary>The bytes as they are at a guest-physical address, with the memory map.</summary>
    public byte[] At(ulong address, IReadOnlyList<LimineRegion> map)
    {
        byte[] bytes = Arena.At(_directMap + address);
        if (_answers.TryGetValue(LimineFeature.MemoryMap, out int response))
        {
            if (map.Count > _memoryMapRoom)
            {
                throw new InvalidOperationException("The memory map has more entries than room was kept for.");
            }

            BitConverter.TryWriteBytes(bytes.AsSpan(response + 8), (ulong)map.Count);
            for (int index = 0; index < map.Count; index++)
            {
                Span<byte> entry = bytes.AsSpan(_memoryMap + (index * MemoryMapEntryBytes));
                BitConverter.TryWriteBytes(entry, map[index].Start);
                BitConverter.TryWriteBytes(entry[8..], map[index].End - map[index].Start);
                BitConverter.TryWriteBytes(entry[16..], (ulong)map[index].Type);
            }
        }

        return bytes;
    }

    /// <summary>Points the requests to their responses, which are at a guest-physical address.</summary>
    public void Tell(ulong address)
    {
        foreach ((LimineFeature feature, int offset) in _answers)
        {
            // How fast the time stamp counter goes is known when there are processors.
            if (feature != LimineFeature.TscFrequency)
            {
                _facts.Requests.Answer(feature, _directMap + address + (ulong)offset);
            }
        }
    }

    private void Answer(LimineFeature feature, Func<int?> respond)
    {
        if (_facts.Requests.Has(feature) && respond() is { } offset)
        {
            _answers.Add(feature, offset);
        }
    }

    /// <summary>A response of revision 0 that has numbers alone.</summary>
    private void AnswerWith(LimineFeature feature, params ulong[] members) => Answer(feature, () =>
    {
        int offset = Arena.Begin();
        Arena.U64(0);
        foreach (ulong member in members)
        {
            Arena.U64(member);
        }

        return offset;
    });

    private void AnswerAboutLoader()
    {
        Answer(LimineFeature.BootloaderInfo, () =>
        {
            int name = Arena.Text(MultibootPayload.LoaderName);
            int version = Arena.Text(typeof(LimineAnswers).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
                .InformationalVersion ?? "");
            int offset = Arena.Begin();
            Arena.U64(0).Pointer(name).Pointer(version);
            return offset;
        });
        AnswerWith(LimineFeature.FirmwareType, FirmwareTypeBios);
        AnswerWith(LimineFeature.StackSize);
        AnswerWith(LimineFeature.DirectMap, _directMap);
        AnswerWith(LimineFeature.PagingMode, LiminePaging.ModeOf(_facts.FiveLevels));
        AnswerWith(LimineFeature.EntryPoint);
        AnswerWith(LimineFeature.KeepIommu);
        AnswerWith(LimineFeature.TscFrequency, 0);

        // Times count from when loading began, which is when the machine is switched on.
        AnswerWith(LimineFeature.BootloaderPerformance, 0, 0, (ulong)Stopwatch.GetElapsedTime(_facts.Began).TotalMicroseconds);
        Answer(LimineFeature.Entropy, () =>
        {
            ulong count = Math.Min(_facts.Requests.Member(LimineFeature.Entropy, 0), MostEntropyValues);
            byte[] random = RandomBytes((int)count * sizeof(ulong));
            int values = Arena.Begin();
            for (int index = 0; index < (int)count; index++)
            {
                Arena.U64(BitConverter.ToUInt64(random, index * sizeof(ulong)));
            }

            int offset = Arena.Begin();
            Arena.U64(0).U64(count);
            _ = count == 0 ? Arena.U64(0) : Arena.Pointer(values);
            return offset;
        });
    }

    private void AnswerAboutExecutable()
    {
        AnswerWith(LimineFeature.ExecutableAddress, _facts.Image.PhysicalBase, _facts.Image.VirtualBase);
        Answer(LimineFeature.ExecutableCommandLine, () =>
        {
            int text = CommandLine();
            int offset = Arena.Begin();
            Arena.U64(0).Pointer(text);
            return offset;
        });
        Answer(LimineFeature.ExecutableFile, () =>
        {
            int file = File(_facts.Executable!.Value, CommandLine());
            int offset = Arena.Begin();
            Arena.U64(0).Pointer(file);
            return offset;
        });
        Answer(LimineFeature.Module, () =>
        {
            if (_facts.Modules.Count == 0)
            {
                return null;
            }

            int[] files = [.. _facts.Modules.Select(module => File(module, Arena.Text(module.Text)))];
            int array = Arena.Pointers(files);
            int offset = Arena.Begin();

            // Revision 1 has internal modules, revision 2 compressed ones.
            Arena.U64(2).U64((ulong)files.Length).Pointer(array);
            return offset;
        });
    }

    private void AnswerAboutMachine()
    {
        int revision = _facts.Requests.BaseRevision;
        Answer(LimineFeature.Framebuffer, () => _facts.Machine.Screen.Frame is { } frame ? Framebuffer(frame) : null);
        if (_facts.Firmware?.RsdpAddress is { } rsdp)
        {
            AnswerWith(LimineFeature.Rsdp, revision == 3 ? rsdp : _directMap + rsdp);
        }

        if (_facts.Firmware?.SmbiosEntryAddress is { } smbios)
        {
            // There is no 32-bit entry point.
            AnswerWith(LimineFeature.Smbios, 0, revision is 3 or 4 ? smbios : _directMap + smbios);
        }

        if (_facts.Machine.Date is { } date)
        {
            AnswerWith(LimineFeature.DateAtBoot, (ulong)((date.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond));
        }
    }

    /// <summary>From the host's kernel; .NET's own generator would want OpenSSL to be installed.</summary>
    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        try
        {
            using FileStream source = new("/dev/urandom", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            source.ReadExactly(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Random.Shared.NextBytes(bytes);
        }

        return bytes;
    }

    private int CommandLine() => _commandLine ??= Arena.Text(_facts.CommandLine);

    /// <summary>`struct limine_file`: what is not known of the medium is 0.</summary>
    private int File(LimineFile file, int text)
    {
        const int medium = 72;
        int path = Arena.Text(file.Path);
        int offset = Arena.Begin();
        Arena.U64(0).U64(_directMap + file.Address).U64(file.Bytes).Pointer(path).Pointer(text).Zeros(medium);
        return offset;
    }

    private int Framebuffer(in FrameLayout frame)
    {
        int mode = Arena.Begin();
        Arena.U64((ulong)frame.Stride).U64((ulong)frame.Width).U64((ulong)frame.Height);
        Pixel(frame.Format);
        int modes = Arena.Pointers([mode]);
        int description = Arena.Begin();
        Arena.U64(_directMap + frame.Address).U64((ulong)frame.Width).U64((ulong)frame.Height).U64((ulong)frame.Stride);
        Pixel(frame.Format);

        // 7 unused bytes, no EDID, one mode.
        Arena.Zeros(7).U64(0).U64(0).U64(1).Pointer(modes);
        int array = Arena.Pointers([description]);
        int offset = Arena.Begin();
        Arena.U64(1).U64(1).Pointer(array);
        return offset;
    }

    private void Pixel(PixelFormat format)
    {
        var colors = PixelLayout.Of(format);
        Arena.U16((ushort)(8 * colors.Bytes)).U8(RgbModel)
            .U8(PixelLayout.ColorBits).U8((byte)colors.Red)
            .U8(PixelLayout.ColorBits).U8((byte)colors.Green)
            .U8(PixelLayout.ColorBits).U8((byte)colors.Blue);
    }

    private int? Multiprocessor()
    {
        for (int index = 0; index < _facts.Machine.CpuCount; index++)
        {
            _processors.Add(Arena.Begin());
            Arena.U32((uint)index).U32((uint)index).U64(_facts.StackTops[index]).U64(0).U64(0);
        }

        int array = Arena.Pointers(_processors);
        int offset = Arena.Begin();
        Arena.U64(0).U32(_facts.X2Apic ? 1u : 0).U32(0).U64((ulong)_processors.Count).Pointer(array);
        return offset;
    }

    private int? ReserveMemoryMap(int most)
    {
        _memoryMapRoom = most;
        _memoryMap = Arena.Begin();
        Arena.Zeros(most * MemoryMapEntryBytes);
        int array = Arena.Pointers(Enumerable.Range(0, most).Select(index => _memoryMap + (index * MemoryMapEntryBytes)));
        int offset = Arena.Begin();
        Arena.U64(0).U64(0).Pointer(array);
        return offset;
    }
}
