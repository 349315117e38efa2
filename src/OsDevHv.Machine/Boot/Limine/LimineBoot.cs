using System.Diagnostics;
using OsDevHv.Gdb;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// The Limine boot protocol, base revisions 0 to 6, for x86-64 ELF executables on a PC without EFI (PROTOCOL.md of the limine-protocol
/// repository; quoted are its sections). Deterministic where the specification leaves a choice: no randomised slide or direct map, the
/// stack and all else that is told is in RAM below 4 GiB. Not provided: EFI, TPM, device tree and Flanterm answers, the terminal of
/// early revisions, 32-bit SMBIOS, several frame buffers, TFTP and disk identities of files.
/// </summary>
internal static class LimineBoot
{
    private const ulong LeastStackBytes = 64 * 1024;
    private const ulong WantsX2Apic = 1;
    private const int FirstRevisionWithLocalApicState = 5;

    /// <summary>Boots the executable.</summary>
    /// <exception cref="BootException">It cannot be booted.</exception>
    public static BootedImage Boot(BootProfile profile, BootFile file, BootMemory bootMemory, BootMachine machine)
    {
        long began = Stopwatch.GetTimestamp();
        MultibootPayload.CheckCommandLines(profile);
        ElfFile elf = ElfFile.Read(file);
        if (!elf.Is64)
        {
            throw file.Bad("the Limine boot protocol loads 64-bit executables, and this is a 32-bit ELF file.");
        }

        LimineMemory memory = new(bootMemory);
        LimineImage image = LimineImage.Load(elf, memory);
        LimineRequests requests = LimineRequests.Find(image);
        ulong entry = EntryOf(image, requests);
        bool fiveLevels = LiminePaging.ChooseFiveLevels(file, requests, machine);
        ulong directMap = LiminePaging.DirectMap(fiveLevels);
        bool startsOthers = requests.Has(LimineFeature.Multiprocessor);
        List<LimineRegion> initial =
            LimineMemoryMap.Initial(bootMemory.Map, requests.BaseRevision, bootMemory.Firmware, machine.Screen.Frame);
        PageTableBuilder tables = LiminePaging.Map(initial, requests.BaseRevision, fiveLevels, image);

        LimineFiles files = new(profile, image, memory);
        LimineFacts facts = new()
        {
            Image = image,
            Requests = requests,
            Machine = machine,
            Firmware = bootMemory.Firmware,
            CommandLine = profile.CommandLine,
            Executable = requests.Has(LimineFeature.ExecutableFile) ? files.LoadExecutable() : null,
            Modules = requests.Has(LimineFeature.Module) || profile.Modules.Count > 0 ? files.LoadModules(requests) : [],
            FiveLevels = fiveLevels,
            X2Apic = startsOthers && machine.HasX2Apic && (requests.Member(LimineFeature.Multiprocessor, 0) & WantsX2Apic) != 0,
            StackTops = AllocateStacks(file, requests, memory, startsOthers ? machine.CpuCount : 1, directMap),
            Began = began,
        };

        ulong pageTables = memory.Allocate("the page tables", tables.Bytes, LimineMemoryType.BootloaderReclaimable);
        tables.Write(bootMemory, pageTables);
        ulong start = memory.Allocate("the descriptor table", LimineState.StartBytes, LimineMemoryType.BootloaderReclaimable);
        LimineState.WriteStart(bootMemory, start);

        // Each range that is given out, and the answers' own, cuts one entry of the map in two at most and adds one.
        LimineAnswers answers = new(facts, initial.Count + (2 * (memory.Regions.Count + 1)));
        ulong told = memory.Allocate("the answers to its requests", answers.Bytes, LimineMemoryType.BootloaderReclaimable);
        bootMemory.Write(told, answers.At(told, LimineMemoryMap.With(initial, memory.Regions)));
        answers.Tell(told);
        requests.ConfirmBaseRevision();

        return new BootedImage(
            "limine",
            TargetArchitecture.X86_64,
            LimineState.BootProcessor(entry, facts.StackTops[0]),
            LimineState.System(directMap + start, pageTables, fiveLevels, isBootProcessor: true))
        {
            SymbolBias = image.Slide,
            PageAttributes = LimineState.PageAttributes,
            OtherProcessors = [.. answers.Processors.Skip(1).Select((offset, index) => new ParkedProcessor(
                LimineState.Parked(directMap + start, directMap + told + (ulong)offset, facts.StackTops[index + 1]),
                LimineState.System(directMap + start, pageTables, fiveLevels, isBootProcessor: false),
                told + (ulong)offset + LimineState.InfoGotoOffset))],
            Interrupts = new InterruptHandover
            {
                MasksLocalInterrupts = requests.BaseRevision >= FirstRevisionWithLocalApicState,
                HasNmiPin = bootMemory.Firmware is { RsdpAddress: not null },
                EntersX2Apic = facts.X2Apic,
                IncludesAllProcessors = startsOthers,
            },
            TscFrequency = answers.OffsetOf(LimineFeature.TscFrequency) is { } frequency
                ? new TscFrequencyAnswer(
                    requests.ResponseSlot(LimineFeature.TscFrequency), directMap + told + (ulong)frequency, told + (ulong)frequency + 8)
                : null,
        };
    }

    private static ulong EntryOf(LimineImage image, LimineRequests requests)
    {
        bool isRequested = requests.Has(LimineFeature.EntryPoint);
        ulong entry = isRequested ? requests.Member(LimineFeature.EntryPoint, 0) : image.Elf.Entry + image.Slide;
        if (image.IsLoaded(entry))
        {
            return entry;
        }

        throw image.Elf.File.Bad(isRequested
            ? $"the entry point that it requests, 0x{entry:x}, is outside everything that is loaded from the file."
            : $"the entry point 0x{entry:x} is outside everything that is loaded from the file; check ENTRY in the linker script.");
    }

    /// <summary>The top of each processor's stack, whose first word is a return address of 0 ("Stack Size Feature").</summary>
    private static ulong[] AllocateStacks(BootFile file, LimineRequests requests, LimineMemory memory, int count, ulong directMap)
    {
        const ulong page = PageTableBuilder.PageBytes;
        ulong wanted = Math.Max(requests.Member(LimineFeature.StackSize, 0), LeastStackBytes);
        if (wanted > memory.Boot.Map.RamBytes)
        {
            throw file.Bad($"it asks for a stack of 0x{wanted:x} bytes, and the machine has 0x{memory.Boot.Map.RamBytes:x} bytes of RAM.");
        }

        ulong each = (wanted + page - 1) / page * page;
        ulong stacks = memory.Allocate("the stacks", each * (ulong)count, LimineMemoryType.BootloaderReclaimable);
        memory.Boot.Zero(stacks, each * (ulong)count);
        return [.. Enumerable.Range(1, count).Select(index => directMap + stacks + (each * (ulong)index))];
    }
}
