using System.Text;
using CsCheck;
using OsDevHv.Devices;
using OsDevHv.Machine;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Profiles;
using OsDevHv.Tests.Boot;
using Xunit;

namespace OsDevHv.Tests.Reports;

/// <summary>Reports on guests that die in ways a kernel developer knows, in a machine booted by our own loader.</summary>
public sealed class CrashReportTests : IDisposable
{
    private const ulong Base = 0xffff_ffff_8010_0000;

    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    // fault: push %rbp; mov %rsp,%rbp; ud2 -- at +10h; start: call fault; hlt -- at +0.
    private static readonly byte[] Code =
        [0xe8, 0x0b, 0, 0, 0, 0xf4, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x55, 0x48, 0x89, 0xe5, 0x0f, 0x0b, 0xc3];

    private static byte[] Kernel()
    {
        byte[] names = [0, .. "start"u8, 0, .. "fault"u8, 0];
        byte[] symbols = new Bytes()
            .Raw(new byte[24])
            .U32(1).U8(0x12).U8(0).U16(1).U64(Base).U64(6)
            .U32(7).U8(0x12).U8(0).U16(1).U64(Base + 0x10).U64(7)
            .ToArray();
        return new TestElf(true)
        {
            Entry = Base,
            Segments = [new TestSegment(Base, 0x10_0000, Code)],
            Sections = [new TestSection(0, 0, []), new TestSection(1, Base, []),
                new TestSection(2, 0, symbols) { Link = 3, EntrySize = 24 }, new TestSection(3, 0, names)],
        }.Build();
    }

    /// <summary>The machine at the UD2 of "fault", called from "start", with no IDT.</summary>
    private CrashContext AtFault(out string kernel)
    {
        BootProfile profile = _bench.Profile(Kernel());
        kernel = profile.Kernel;
        BootedImage image = _bench.Load(profile);
        GeneralRegisters general = image.General;
        general.Rsp -= 8;
        _bench.Ram.TryWrite(general.Rsp, BitConverter.GetBytes(Base + 5));
        general.Rsp -= 8;
        _bench.Ram.TryWrite(general.Rsp, new byte[8]);
        general.Rbp = general.Rsp;
        general.Rip = Base + 0x14;
        return Context(general, image.System, new VcpuEvents(6, false, null, false, 0, false, false, false))
            with
        { Symbols = new ElfSymbols(kernel) };
    }

    private CrashContext Context(GeneralRegisters general, SystemRegisters system, VcpuEvents events) => new()
    {
        Kind = VerdictKind.TripleFaulted,
        Culprit = 0,
        Memory = _bench.Ram,
        Vcpus = [new CrashedVcpu(0, general, system, events, "running")],
    };

    private static CrashContext With(CrashContext context, Func<CrashedVcpu, CrashedVcpu> change) =>
        context with { Vcpus = [change(context.Vcpus[0])] };

    private static string Report(CrashContext context)
    {
        StringWriter writer = new() { NewLine = "\n" };
        CrashReport.Write(writer, context);
        return writer.ToString();
    }

    [Fact]
    public void Mode_exception_and_registers_are_told_in_words()
    {
        string report = Report(AtFault(out _));

        Assert.StartsWith("---- Triple fault on CPU 0 ----\n", report, StringComparison.Ordinal);
        Assert.Contains("Last exception: #UD invalid opcode (vector 6)\n", report, StringComparison.Ordinal);
        Assert.Contains("CPU 0, running: 64-bit mode, CPL 0 (kernel), 4-level paging, interrupts off\n", report, StringComparison.Ordinal);
        Assert.Contains($"  rip {Base + 0x14:x16}  rflags 2 []\n", report, StringComparison.Ordinal);
        Assert.Contains("  efer 500\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_idt_is_the_reason()
    {
        string report = Report(AtFault(out _));

        Assert.Contains("Delivering #UD invalid opcode (vector 6): no IDT was loaded (IDTR is base 0, limit 0).\n", report,
            StringComparison.Ordinal);
        Assert.Contains("Delivering #DF double fault (vector 8): no IDT was loaded", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_is_disassembled_from_the_functions_start_as_gdb_shows_it()
    {
        string report = Report(AtFault(out _));

        Assert.Contains(
            "Code at RIP <fault+0x4>:\n"
            + "   0xffffffff80100010: 55                     push   %rbp\n"
            + "   0xffffffff80100011: 4889e5                 mov    %rsp,%rbp\n"
            + "=> 0xffffffff80100014: 0f0b                   ud2\n"
            + "   0xffffffff80100016: c3                     ret\n",
            report,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Branch_targets_have_names()
    {
        CrashContext context = With(AtFault(out _), vcpu => vcpu with { General = vcpu.General with { Rip = Base } });

        Assert.Contains("=> 0xffffffff80100000: e80b000000             call   0xffffffff80100010 <fault>\n", Report(context),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Code_before_rip_is_found_without_symbols()
    {
        string report = Report(AtFault(out _) with { Symbols = null });

        Assert.Contains("mov    %rsp,%rbp\n=> 0xffffffff80100014: 0f0b", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Callers_are_named()
    {
        string report = Report(AtFault(out _));

        Assert.Contains(
            "Callers (by frame pointers):\n  #0  0xffffffff80100014 <fault+0x4>\n  #1  0xffffffff80100005 <start+0x5>\n----\n",
            report,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Stack_words_have_addresses_and_names()
    {
        CrashContext context = AtFault(out _);

        Assert.Contains(
            $"Stack:\n  0x{context.Vcpus[0].General.Rsp:x}: 0x0000000000000000\n  0x{context.Vcpus[0].General.Rsp + 8:x}: "
                + "0xffffffff80100005 <start+0x5>\n",
            Report(context),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_walk_of_cr2_shows_where_it_ends()
    {
        CrashContext context = With(AtFault(out _), vcpu => vcpu with
        {
            System = vcpu.System with { Cr2 = 0xffff_ffff_c000_0000 },
            Events = vcpu.Events with { ExceptionVector = 14, ExceptionErrorCode = 2 },
        });

        string report = Report(context);

        ulong cr3 = context.Vcpus[0].System.Cr3;
        ulong pointers = _bench.Ram.U64(cr3 + (511 * 8)) & ~0xfffUL;
        Assert.Contains("Last exception: #PF page fault (vector 14), error code 0x2\n", report, StringComparison.Ordinal);
        Assert.Contains(
            $"Walk of CR2 0xffffffffc0000000 (4-level paging, CR3 0x{cr3:x}):\n"
            + $"  PML4E at 0x{cr3 + (511 * 8):x} = 0x{pointers | 3:x} P RW\n"
            + $"  PDPTE at 0x{pointers + (511 * 8):x} = 0x0\n"
            + "  ends here: the PDPTE is not present\n",
            report,
            StringComparison.Ordinal);
        Assert.Contains("  mapped to physical 0x100014, a page of 4 KiB: writable, kernel only, executable\n", report,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_that_were_reset_by_the_host_are_not_taken_for_the_guests()
    {
        GeneralRegisters general = new() { Rip = 0xfff0, Rflags = 2 };
        SystemRegisters system = new()
        {
            Cr0 = 0x10,
            Cs = new Segment(0xffff_0000, 0xffff, 0xf000, 0xb, 0, SegmentBits.Present | SegmentBits.CodeOrData)
        };

        string report = Report(Context(general, system, new VcpuEvents(6, false, null, false, 0, false, false, false)));

        Assert.Contains("This host's CPU had reset the vCPU before KVM could tell of the triple fault", report, StringComparison.Ordinal);
        Assert.Contains("Last exception: #UD invalid opcode (vector 6)\n", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Delivering", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Code at RIP", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Stack:", report, StringComparison.Ordinal);
    }

    private const ulong IdtAddress = 0x20_0000;

    /// <summary>A machine whose IDT has this gate for vector 6 and nothing else.</summary>
    private CrashContext WithGate(ulong low, ulong high, ushort limit = 0xfff)
    {
        CrashContext context = AtFault(out _);
        _bench.Ram.TryWrite(IdtAddress + (6 * 16), [.. BitConverter.GetBytes(low), .. BitConverter.GetBytes(high)]);
        return With(context, vcpu => vcpu with { System = vcpu.System with { Idt = new DescriptorTable(IdtAddress, limit) } });
    }

    /// <summary>A 64-bit interrupt gate (SDM figure 6-8).</summary>
    private static ulong Gate(ulong handler, ushort selector, int type = 0x8e, int interruptStack = 0) =>
        (handler & 0xffff) | ((ulong)selector << 16) | ((ulong)interruptStack << 32) | ((ulong)type << 40)
        | ((handler >> 16 & 0xffff) << 48);

    public static TheoryData<string, ulong, ulong, int, string> BadGates => new()
    {
        { "limit", Gate(Base, 0x18), Base >> 32, 0x5f, "the IDT (base 0x200000, limit 0x5f) has room for 6 vectors only" },
        { "empty", 0, 0, 0xfff, "its gate at 0x200060 is empty: no handler was installed" },
        { "not present", Gate(Base, 0x18, 0x0e), Base >> 32, 0xfff, "its gate at 0x200060 is not present" },
        { "32-bit type", Gate(Base, 0x18, 0x86), Base >> 32, 0xfff, "has type 0x6, which is no 64-bit interrupt or trap gate" },
        { "null selector", Gate(Base, 0), Base >> 32, 0xfff, "its gate has a null code selector" },
        { "selector beyond gdt", Gate(Base, 0x20), Base >> 32, 0xfff, "its gate's selector 0x20 is beyond the GDT (limit 0x1f)" },
        { "data selector", Gate(Base, 0x10), Base >> 32, 0xfff, "its gate's selector 0x10 is not a code segment (descriptor "
            + "0x00cf93000000ffff)" },
        { "32-bit selector", Gate(Base, 0x08), Base >> 32, 0xfff, "its gate's code segment 0x8 is not a 64-bit one" },
        { "handler not canonical", Gate(Base, 0x18), 0x1234, 0xfff, "its handler 0x123480100000 is not mapped" },
        { "handler truncated to 32 bits above ram", Gate(0x8010_0000, 0x18), 0x8_0000_0000 >> 4, 0xfff, "is not canonical" },
        { "ist", Gate(Base, 0x18, 0x8e, 1), Base >> 32, 0xfff, "there is no memory for its stack frame: IST1 is 0x0" },
        { "sound", Gate(Base + 0x10, 0x18), Base >> 32, 0xfff, "its gate, handler 0xffffffff80100010 <fault> and stack look sound" },
    };

    [Theory]
    [MemberData(nameof(BadGates))]
    public void The_gate_is_checked_as_the_processor_does(string _, ulong low, ulong high, int limit, string expected)
    {
        string report = Report(WithGate(low, high & 0xffff_ffff, (ushort)limit));

        Assert.Contains($"Delivering #UD invalid opcode (vector 6): ", report, StringComparison.Ordinal);
        Assert.Contains(expected, report, StringComparison.Ordinal);
    }

    [Fact]
    public void An_overflown_stack_is_the_reason()
    {
        CrashContext context = With(
            WithGate(Gate(Base, 0x18), Base >> 32),
            vcpu => vcpu with { General = vcpu.General with { Rsp = 0xffff_ffff_8010_0008 } });

        Assert.Contains(
            "there is no memory for its stack frame: RSP is 0xffffffff80100008, and 0xffffffff800fffd8 is not mapped",
            Report(context),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_real_mode_vector_of_zero_is_the_reason()
    {
        BootedImage image = _bench.Load(_bench.Profile([0x0f, 0x0b]) with { Protocol = BootProtocol.Flat });

        string report = Report(Context(image.General, image.System, new VcpuEvents(6, false, null, false, 0, false, false, false)));

        Assert.Contains("its vector at 0x18 is 0000:0000: no handler was installed", report, StringComparison.Ordinal);
        Assert.Contains("real mode, paging off, interrupts off", report, StringComparison.Ordinal);
        Assert.Contains("=> 0x7c00: 0f0b", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_mode_branches_stay_in_their_segment()
    {
        BootedImage image = _bench.Load(_bench.Profile([0xe9, 0xfd, 0xff]) with { Protocol = BootProtocol.Flat, FlatAddress = 0x2_0000 });

        string report = Report(Context(image.General, image.System, default));

        Assert.Contains("=> 0x20000: e9fdff                 jmp    0x0\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unmapped_rip_is_told()
    {
        CrashContext context = With(AtFault(out _), vcpu => vcpu with { General = vcpu.General with { Rip = 0xdead_0000_0000 } });

        string report = Report(context);

        Assert.Contains("  0xdead00000000 cannot be read: it is not mapped, or not RAM.\n", report, StringComparison.Ordinal);
        Assert.Contains("Walk of RIP 0xdead00000000", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_could_not_be_executed_are_disassembled()
    {
        CrashContext context = AtFault(out _)
            with
        { Kind = VerdictKind.MachineError, Detail = "emulation\nfailure", NotExecuted = new byte[] { 0xf3, 0x0f, 0xb8, 0xc1 } };

        string report = Report(context);

        Assert.StartsWith("---- Machine error on CPU 0: emulation failure ----\n", report, StringComparison.Ordinal);
        Assert.Contains("could not execute:\n=> 0xffffffff80100014: f30fb8c1               popcnt %ecx,%eax\n", report,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_vcpus_are_listed_with_what_they_do()
    {
        CrashContext context = AtFault(out _);
        CrashedVcpu other = context.Vcpus[0] with { Index = 1, Activity = "halted" };

        string report = Report(context with { Vcpus = [context.Vcpus[0], other] });

        Assert.Contains("CPU 1, halted: 64-bit mode", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Sixty_four_vcpus_take_a_line_each()
    {
        CrashContext context = AtFault(out _);
        CrashedVcpu one = context.Vcpus[0];

        string report = Report(context with { Vcpus = [.. Enumerable.Range(0, 64).Select(index => one with { Index = index })] });

        Assert.Equal(64, report.Split('\n').Count(line => line.StartsWith("CPU ", StringComparison.Ordinal)));
        Assert.InRange(report.Split('\n').Length, 64, 160);
    }

    [Fact]
    public void Only_the_newest_exits_are_listed()
    {
        CrashContext context = AtFault(out _) with { LastExits = [.. Enumerable.Range(0, 100).Select(number => $"exit {number}")] };

        string report = Report(context);

        Assert.DoesNotContain("exit 67\n", report, StringComparison.Ordinal);
        Assert.Contains("Last exits:\n  exit 68\n", report, StringComparison.Ordinal);
        Assert.EndsWith("  exit 99\n----\n", report, StringComparison.Ordinal);
    }

    /// <summary>Every address holds the same few bytes: a hostile guest's tables point anywhere and never end.</summary>
    private sealed class PatternMemory(byte[] pattern, ulong size) : IGuestMemory
    {
        public bool TryRead(ulong address, Span<byte> destination)
        {
            if (address >= size || (ulong)destination.Length > size - address)
            {
                return false;
            }

            for (int index = 0; index < destination.Length; index++)
            {
                destination[index] = pattern[(int)((address + (ulong)index) % (ulong)pattern.Length)];
            }

            return true;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

        public bool Contains(ulong address, ulong length) => address < size && length <= size - address;
    }

    private static readonly Gen<ulong> Word = Gen.OneOf(
        Gen.ULong,
        Gen.OneOf<ulong>(0, 1, 0xfff, 0x1000, 0x7fff_ffff_ffff, 0x8000_0000_0000, 0xffff_8000_0000_0000, uint.MaxValue, ulong.MaxValue - 7,
            ulong.MaxValue));

    private static readonly Gen<Segment> AnySegment = Gen.Select(
        Word, Gen.UInt, Gen.UShort, Gen.Byte, Gen.Byte, (at, limit, selector, type, bits) =>
            new Segment(at, limit, selector, (byte)(type & 15), (byte)(bits & 3), (SegmentBits)(type >> 1)));

    [Fact]
    public void No_guest_state_makes_it_throw_or_write_without_end()
    {
        Gen<SystemRegisters> system = Gen.Select(
            Gen.Select(AnySegment, AnySegment, AnySegment),
            Gen.Select(Word, Word, Word, Word),
            Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool),
            Gen.Select(Gen.UShort, Gen.UShort),
            (segments, words, modes, limits) => new SystemRegisters
            {
                Cs = segments.Item1,
                Ss = segments.Item2,
                Tr = segments.Item3,
                Cr2 = words.Item1,
                Cr3 = words.Item2,
                Gdt = new DescriptorTable(words.Item3, limits.Item1),
                Idt = new DescriptorTable(words.Item4, limits.Item2),
                Cr0 = (modes.Item1 ? 0x8000_0000u : 0) | (modes.Item2 ? 1u : 0),
                Cr4 = modes.Item3 ? 0x1030u : 0,
                Efer = modes.Item4 ? 0xd00u : 0,
            });
        Gen<GeneralRegisters> general = Gen.Select(Word, Word, Word, Word, (rip, rsp, rbp, flags) =>
            new GeneralRegisters { Rip = rip, Rsp = rsp, Rbp = rbp, Rflags = flags });
        ElfSymbols symbols = new(_bench.Write("symbols", Kernel()));
        int longest = 0;
        Gen.Select(general, system, Gen.Byte.Array[1, 4096], Gen.OneOf<ulong>(0, 4096, 1 << 20, ulong.MaxValue), Gen.Byte,
            Gen.Enum<VerdictKind>()).Sample(
            (registers, special, pattern, size, vector, kind) =>
            {
                CrashedVcpu vcpu = new(0, registers, special, new VcpuEvents(vector, vector > 200, vector, false, 0, false, false, false),
                    "running");
                string report = Report(new CrashContext
                {
                    Kind = kind,
                    Culprit = 0,
                    Memory = new PatternMemory(pattern, size),
                    Symbols = symbols,
                    NotExecuted = pattern.AsMemory(0, Math.Min(15, pattern.Length)),
                    Vcpus = [vcpu, vcpu with { Index = 1 }],
                });
                longest = Math.Max(longest, report.Length);
                Assert.InRange(report.Length, 100, 20_000);
                Assert.InRange(report.Split('\n').Max(line => line.Length), 1, 500);
            },
            iter: 1_000,
            threads: 1);
        Assert.InRange(longest, 1_000, 20_000);
    }

    [Fact]
    public void A_vcpu_that_does_not_exist_is_no_error()
    {
        Assert.Contains("---- Triple fault ----", Report(AtFault(out _) with { Culprit = 7, Vcpus = [] }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_writers_encoding_is_plain_ascii()
    {
        Assert.True(Ascii.IsValid(Report(AtFault(out _))));
    }
}
