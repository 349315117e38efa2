using System.Text;
using System.Xml;
using System.Xml.Linq;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>The register table against QEMU's order and gdb's rules for descriptions.</summary>
public sealed class RegisterLayoutTests
{
    private const string System32 = "cs ss ds es fs gs fs_base gs_base k_gs_base cr0 cr2 cr3 cr4 cr8 efer ";
    private const RegisterFeatures AllFeatures = RegisterFeatures.Avx | RegisterFeatures.Avx512 | RegisterFeatures.ProtectionKeys;
    private const string X87 = "st0 st1 st2 st3 st4 st5 st6 st7 fctrl fstat ftag fiseg fioff foseg fooff fop ";

    [Theory]
    [InlineData(
        TargetArchitecture.I386,
        "eax ecx edx ebx esp ebp esi edi eip eflags " + System32 + X87 + "xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 mxcsr",
        344)]
    [InlineData(
        TargetArchitecture.X86_64,
        "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags " + System32 + X87
        + "xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 xmm8 xmm9 xmm10 xmm11 xmm12 xmm13 xmm14 xmm15 mxcsr",
        608)]
    public void The_order_and_size_are_those_of_QEMU(TargetArchitecture architecture, string names, int bytes)
    {
        RegisterLayout layout = RegisterLayout.For(architecture);

        Assert.Equal(names, string.Join(' ', layout.Registers.Take(layout.CoreCount).Select(static r => r.Name)));
        Assert.Equal(bytes, layout.TotalBytes);
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.X86_64)]
    public void The_description_lists_the_registers_in_the_order_of_their_numbers(TargetArchitecture architecture)
    {
        RegisterLayout layout = RegisterLayout.For(architecture);

        XElement[] registers = [.. Parse(layout).Descendants("reg")];

        Assert.Equal(layout.Registers.Select(static r => r.Name), registers.Select(static r => r.Attribute("name")!.Value));
        Assert.Equal(Enumerable.Range(0, layout.Count), registers.Select(static r => (int)r.Attribute("regnum")!));
        Assert.Equal(layout.Registers.Sum(static r => r.Bits), registers.Sum(static r => (int)r.Attribute("bitsize")!));
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.I8086)]
    [InlineData(TargetArchitecture.X86_64)]
    public void Every_type_is_built_in_or_defined_before_it_is_used(TargetArchitecture architecture)
    {
        HashSet<string> known =
        [
            "int", "int8", "int16", "int32", "int64", "uint8", "uint32", "uint64", "uint128", "code_ptr", "data_ptr", "i387_ext",
            "ieee_single", "ieee_double",
        ];
        string[] builtIn = [.. known];
        foreach (XElement element in Parse(RegisterLayout.For(architecture, AllFeatures)).Descendants())
        {
            if (element.Name == "feature")
            {
                known = [.. builtIn]; // A feature's types are its own.
            }

            if (element.Attribute("type") is { } type)
            {
                Assert.Contains(type.Value, known);
            }

            if (element.Attribute("id") is { } id)
            {
                known.Add(id.Value);
            }
        }
    }

    [Fact]
    public void Each_64_bit_register_is_at_its_place()
    {
        FakeMachine machine = new();
        RegisterFile cpu = machine.Cpu(0);
        for (int index = 0; index < 16; index++)
        {
            cpu.General[index] = 0x0101_0101_0101_0101ul * (ulong)index;
        }

        (cpu.Cr3, cpu.Efer, cpu.GsBase, cpu.KernelGsBase) = (0x12345000, 0xD01, 0xFFFF_8000_0000_0000, 0x77);
        cpu.Selectors[0] = 0x28;
        cpu.X87[10] = 0xAA;
        cpu.Xmm[16] = 0xBB;

        string all = Conversation.Ask(machine, "g")[1..^1];

        Assert.Equal("0303030303030303", all.Substring(2 * 24, 16));
        Assert.Equal("0f0f0f0f0f0f0f0f", all.Substring(2 * 120, 16));
        Assert.Equal("0010000000000000", all.Substring(2 * 128, 16));
        Assert.Equal("02000000", all.Substring(2 * 136, 8));
        Assert.Equal("28000000", all.Substring(2 * 140, 8));
        Assert.Equal("000000000080ffff", all.Substring(2 * 172, 16));
        Assert.Equal("7700000000000000", all.Substring(2 * 180, 16));
        Assert.Equal("0050341200000000", all.Substring(2 * 204, 16));
        Assert.Equal("010d000000000000", all.Substring(2 * 228, 16));
        Assert.Equal("aa", all.Substring(2 * 246, 2));
        Assert.Equal("7f030000", all.Substring(2 * 316, 8));
        Assert.Equal("bb", all.Substring(2 * 364, 2));
        Assert.Equal("801f0000", all.Substring(2 * 604, 8));
    }

    [Fact]
    public void The_32_bit_order_is_that_of_the_encoding()
    {
        FakeMachine machine = new(TargetArchitecture.I386);
        for (int index = 0; index < 8; index++)
        {
            machine.Cpu(0).General[index] = (ulong)index; // RegisterFile's order: a b c d si di bp sp.
        }

        string all = Conversation.Ask(machine, "g")[1..^1];

        Assert.Equal("0000000002000000030000000100000007000000060000000400000005000000", all[..64]);
    }

    [Theory]
    [InlineData("P0=78563412", 0xFFFF_8000_1234_5678ul)]
    public void A_32_bit_write_leaves_the_unseen_half_alone(string packet, ulong expected)
    {
        FakeMachine machine = new(TargetArchitecture.I386);
        machine.Cpu(0).General[0] = 0xFFFF_8000_0000_0001;

        string said = Conversation.Ask(machine, packet);

        Assert.Equal("<OK>", said);
        Assert.Equal(expected, machine.Cpu(0).General[0]);
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.I8086)]
    [InlineData(TargetArchitecture.X86_64)]
    public void Every_register_takes_what_it_gave(TargetArchitecture architecture)
    {
        RegisterLayout layout = RegisterLayout.For(architecture, AllFeatures);
        RegisterFile source = Filled();
        RegisterFile copy = new();
        byte[] value = new byte[RegisterDescription.MaximumBytes];

        foreach (RegisterDescription register in layout.Registers)
        {
            register.Read(source, value);
            Assert.True(register.TryWrite(copy, value.AsSpan(0, register.Bytes), out string? error), error);
            byte[] again = new byte[RegisterDescription.MaximumBytes];
            register.Read(copy, again);
            Assert.Equal(value[..register.Bytes], again[..register.Bytes]);
        }
    }

    /// <summary>
    /// The order, names and sizes of QEMU's gdb-xml/i386-64bit.xml: WinDbg's EXDI, IDA and pwndbg know its numbers by heart.
    /// </summary>
    [Fact]
    public void Numbers_names_and_sizes_are_those_of_QEMUs_64_bit_file()
    {
        string[] expected =
        [
            .. "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".Split(' ').Select(static n => n + ":64"),
            .. "eflags cs ss ds es fs gs".Split(' ').Select(static n => n + ":32"),
            .. "fs_base gs_base k_gs_base cr0 cr2 cr3 cr4 cr8 efer".Split(' ').Select(static n => n + ":64"),
            .. Enumerable.Range(0, 8).Select(static n => $"st{n}:80"),
            .. "fctrl fstat ftag fiseg fioff foseg fooff fop".Split(' ').Select(static n => n + ":32"),
            .. Enumerable.Range(0, 16).Select(static n => $"xmm{n}:128"),
            "mxcsr:32",
        ];

        RegisterLayout layout = RegisterLayout.For(TargetArchitecture.X86_64, AllFeatures);

        Assert.Equal(expected, layout.Registers.Take(expected.Length).Select(static r => $"{r.Name}:{r.Bits}"));
        Assert.Equal(expected.Length, layout.CoreCount);
    }

    /// <summary>Scripts may know our numbers too: what is new goes behind.</summary>
    [Fact]
    public void Our_own_registers_follow_in_a_fixed_order()
    {
        const string expected = "ip cs_base cs_limit cs_attr ss_base ss_limit ss_attr ds_base ds_limit ds_attr es_base es_limit es_attr "
            + "fs_limit fs_attr gs_limit gs_attr ldtr ldtr_base ldtr_limit ldtr_attr tr tr_base tr_limit tr_attr "
            + "gdtr_base gdtr_limit idtr_base idtr_limit xcr0 dr0 dr1 dr2 dr3 dr6 dr7 "
            + "apic_base pat star lstar cstar fmask sysenter_cs sysenter_esp sysenter_eip tsc tsc_aux misc_enable "
            + "mtrr_cap mtrr_def_type mtrr_fixed mtrr_variable";

        foreach (TargetArchitecture architecture in Enum.GetValues<TargetArchitecture>())
        {
            RegisterLayout layout = RegisterLayout.For(architecture);
            Assert.Equal(expected, string.Join(' ', layout.Registers.Skip(layout.CoreCount).Select(static r => r.Name)));
        }
    }

    [Fact]
    public void A_stop_shows_what_there_is_to_know_of_the_mode_before_it_is_reported()
    {
        FakeMachine machine = new() { ModeNotice = "in real mode" };

        string said = Conversation.Ask(machine, "s");

        Assert.StartsWith($"<O{Conversation.Hex("in real mode\n")}><T05", said);
    }

    [Fact]
    public void No_number_depends_on_what_the_processor_has()
    {
        RegisterDescription[] plain = RegisterLayout.For(TargetArchitecture.X86_64).Registers;
        RegisterDescription[] rich = RegisterLayout.For(TargetArchitecture.X86_64, AllFeatures).Registers;

        Assert.Equal(plain, rich.Take(plain.Length));
        Assert.Equal(["ymm0h", "zmm31h", "pkru"], new[] { rich[plain.Length].Name, rich[^2].Name, rich[^1].Name });
    }

    [Fact]
    public void Register_names_are_unique()
    {
        string[] names = [.. RegisterLayout.For(TargetArchitecture.X86_64, AllFeatures).Registers.Select(static r => r.Name)];

        Assert.Equal(names.Length, names.Distinct().Count());
    }

    /// <summary>The rules of gdb's features/gdb-target.dtd, as of gdb 13.</summary>
    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.I8086)]
    [InlineData(TargetArchitecture.X86_64)]
    public void The_description_keeps_to_gdbs_document_type(TargetArchitecture architecture)
    {
        const string rules = """
            <!ELEMENT target (architecture?, osabi?, compatible*, feature*)>
            <!ATTLIST target version CDATA #FIXED "1.0">
            <!ELEMENT architecture (#PCDATA)>
            <!ELEMENT osabi (#PCDATA)>
            <!ELEMENT compatible (#PCDATA)>
            <!ELEMENT feature ((vector | struct | union | flags)*, reg*)>
            <!ATTLIST feature name ID #REQUIRED>
            <!ELEMENT reg EMPTY>
            <!ATTLIST reg name CDATA #REQUIRED bitsize CDATA #REQUIRED regnum CDATA #IMPLIED save-restore (yes | no) "yes"
              type CDATA "int" group CDATA #IMPLIED>
            <!ELEMENT vector EMPTY>
            <!ATTLIST vector id CDATA #REQUIRED type CDATA #REQUIRED count CDATA #REQUIRED>
            <!ELEMENT struct (field+)>
            <!ATTLIST struct id CDATA #REQUIRED size CDATA #IMPLIED>
            <!ELEMENT union (field+)>
            <!ATTLIST union id CDATA #REQUIRED>
            <!ELEMENT flags (field+)>
            <!ATTLIST flags id CDATA #REQUIRED size CDATA #REQUIRED>
            <!ELEMENT field EMPTY>
            <!ATTLIST field name CDATA #REQUIRED type CDATA #IMPLIED start CDATA #IMPLIED end CDATA #IMPLIED>
            """;
        string text = Encoding.ASCII.GetString(RegisterLayout.For(architecture, AllFeatures).Description)
            .Replace("SYSTEM \"gdb-target.dtd\"", $"[{rules}]", StringComparison.Ordinal);
        List<string> complaints = [];
        XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Parse, ValidationType = ValidationType.DTD };
        settings.ValidationEventHandler += (_, complaint) => complaints.Add(complaint.Message);

        using XmlReader reader = XmlReader.Create(new StringReader(text), settings);
        while (reader.Read())
        {
        }

        Assert.Empty(complaints);
    }

    [Fact]
    public void A_bit_field_lies_within_its_register_and_overlaps_no_other()
    {
        foreach (XElement flags in Parse(RegisterLayout.For(TargetArchitecture.X86_64, AllFeatures)).Descendants("flags"))
        {
            UInt128 taken = 0;
            foreach (XElement field in flags.Elements())
            {
                int start = (int)field.Attribute("start")!;
                int end = (int)field.Attribute("end")!;
                UInt128 bits = ((UInt128.One << (end - start + 1)) - 1) << start;
                Assert.True(start <= end && end < 8 * (int)flags.Attribute("size")!, $"{flags.Attribute("id")} {field}");
                Assert.True((taken & bits) == 0, $"{flags.Attribute("id")} {field}");
                taken |= bits;
            }
        }
    }

    [Fact]
    public void The_size_of_each_register_of_a_defined_type_is_that_of_the_type()
    {
        foreach (XElement feature in Parse(RegisterLayout.For(TargetArchitecture.X86_64, AllFeatures)).Descendants("feature"))
        {
            Dictionary<string, int> bytes = new()
            {
                ["uint8"] = 1, ["int8"] = 1, ["int16"] = 2, ["int32"] = 4, ["uint32"] = 4, ["int64"] = 8, ["uint64"] = 8, ["uint128"] = 16,
                ["ieee_single"] = 4, ["ieee_double"] = 8, ["code_ptr"] = 8, ["data_ptr"] = 8, ["i387_ext"] = 10, ["int"] = 4,
            };
            foreach (XElement element in feature.Elements())
            {
                IEnumerable<int> fields = element.Elements().Select(field => field.Attribute("type") is { } type ? bytes[type.Value] : 0);
                int size = element.Name.LocalName switch
                {
                    "flags" => (int)element.Attribute("size")!,
                    "vector" => bytes[element.Attribute("type")!.Value] * (int)element.Attribute("count")!,
                    "struct" => fields.Sum(),
                    "union" => fields.Max(),
                    _ => bytes[element.Attribute("type")!.Value],
                };
                if (element.Name == "reg")
                {
                    Assert.Equal((int)element.Attribute("bitsize")!, 8 * size);
                }
                else
                {
                    bytes[element.Attribute("id")!.Value] = size;
                }
            }
        }
    }

    [Fact]
    public void The_wide_description_takes_any_file_and_any_choice_of_architecture()
    {
        XElement target = Parse(RegisterLayout.For(TargetArchitecture.X86_64)).Root!;

        Assert.Equal("i386:x86-64", target.Element("architecture")!.Value);
        Assert.Equal(["i386", "i8086"], target.Elements("compatible").Select(static e => e.Value));
    }

    [Fact]
    public void A_register_behind_those_of_g_is_read_and_written_by_its_number()
    {
        FakeMachine machine = new() { Features = AllFeatures };
        machine.Cpu(0).Zmm[(64 * 3) + 16] = 0xAB;
        machine.Cpu(0).DebugRegisters[5] = 0x401;
        RegisterLayout layout = RegisterLayout.For(TargetArchitecture.X86_64, AllFeatures);

        Assert.Equal($"<ab{new string('0', 30)}>", Conversation.Ask(machine, $"p{Number(layout, "ymm3h"):x}"));
        Assert.Equal("<0104000000000000>", Conversation.Ask(machine, $"p{Number(layout, "dr7"):x}"));
        Assert.Equal("<OK>", Conversation.Ask(machine, $"P{Number(layout, "gdtr_limit"):x}=27000000"));
        Assert.Equal(0x27, machine.Cpu(0).GdtLimit);
    }

    [Fact]
    public void A_model_specific_register_that_is_missing_is_unavailable_and_cannot_be_written()
    {
        FakeMachine machine = new();
        int number = Number(RegisterLayout.For(TargetArchitecture.X86_64), "misc_enable");

        Assert.Equal("<xxxxxxxxxxxxxxxx>", Conversation.Ask(machine, $"p{number:x}"));
        Assert.Equal("<E.this processor has no misc_enable>", Conversation.Ask(machine, $"P{number:x}=0100000000000000"));
    }

    [Theory]
    [InlineData("cs_attr", "00000200", "<E.cs_attr has 17 bits, 20000h does not fit>")]
    [InlineData("tr", "00000100", "<E.tr has 16 bits, 10000h does not fit>")]
    public void A_value_that_is_too_wide_is_refused_in_words(string name, string value, string reply)
    {
        int number = Number(RegisterLayout.For(TargetArchitecture.X86_64), name);

        Assert.Equal(reply, Conversation.Ask(new FakeMachine(), $"P{number:x}={value}"));
    }

    private static int Number(RegisterLayout layout, string name) => Array.FindIndex(layout.Registers, r => r.Name == name);

    private static RegisterFile Filled()
    {
        RegisterFile file = new()
        {
            Rip = 1, Rflags = 2, FsBase = 3, GsBase = 4, KernelGsBase = 5, Cr0 = 6, Cr2 = 7, Cr3 = 8, Cr4 = 9, Cr8 = 10, Efer = 11,
            GdtBase = 21, GdtLimit = 22, IdtBase = 23, IdtLimit = 24, OffsetInCode = 25, Xcr0 = 26, Pkru = 27, Fctrl = 12, Fstat = 13, Ftag = 14, Fiseg = 15, Fioff = 16, Foseg = 17, Fooff = 18, Fop = 19, Mxcsr = 20,
        };
        for (int index = 0; index < 16; index++)
        {
            file.General[index] = (ulong)index + 100;
        }

        for (int index = 0; index < 6; index++)
        {
            file.Selectors[index] = (ushort)(index + 200);
        }

        for (int index = 0; index < 8; index++)
        {
            file.Segments[index] = new SegmentCache((ulong)index + 300, (uint)index + 400, (uint)index + 500);
            file.Masks[index] = (ulong)index + 600;
        }

        Random.Shared.NextBytes(file.X87);
        Random.Shared.NextBytes(file.Xmm);
        Random.Shared.NextBytes(file.Zmm);
        Random.Shared.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(file.Msrs.AsSpan()));
        Random.Shared.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(file.MemoryTypes.AsSpan()));
        return file;
    }

    private static XDocument Parse(RegisterLayout layout)
    {
        // The document type names a file that is not there.
        const string documentType = "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">";
        return XDocument.Parse(Encoding.ASCII.GetString(layout.Description).Replace(documentType, "", StringComparison.Ordinal));
    }
}
