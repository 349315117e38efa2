using System.Text;
using System.Xml.Linq;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>The register table against QEMU's order and gdb's rules for descriptions.</summary>
public sealed class RegisterLayoutTests
{
    private const string System32 = "cs ss ds es fs gs fs_base gs_base k_gs_base cr0 cr2 cr3 cr4 cr8 efer ";
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

        Assert.Equal(names, string.Join(' ', layout.Registers.Select(static r => r.Name)));
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
    [InlineData(TargetArchitecture.X86_64)]
    public void Every_type_is_built_in_or_defined_before_it_is_used(TargetArchitecture architecture)
    {
        HashSet<string> known =
        [
            "int", "int8", "int16", "int32", "int64", "uint128", "code_ptr", "data_ptr", "i387_ext", "ieee_single", "ieee_double",
        ];
        foreach (XElement element in Parse(RegisterLayout.For(architecture)).Descendants())
        {
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
    [InlineData(TargetArchitecture.X86_64)]
    public void Every_register_takes_what_it_gave(TargetArchitecture architecture)
    {
        RegisterLayout layout = RegisterLayout.For(architecture);
        RegisterFile source = Filled();
        RegisterFile copy = new();
        byte[] value = new byte[16];

        foreach (RegisterDescription register in layout.Registers)
        {
            register.Read(source, value);
            Assert.True(register.TryWrite(copy, value.AsSpan(0, register.Bytes), out string? error), error);
            byte[] again = new byte[16];
            register.Read(copy, again);
            Assert.Equal(value[..register.Bytes], again[..register.Bytes]);
        }
    }

    private static RegisterFile Filled()
    {
        RegisterFile file = new()
        {
            Rip = 1, Rflags = 2, FsBase = 3, GsBase = 4, KernelGsBase = 5, Cr0 = 6, Cr2 = 7, Cr3 = 8, Cr4 = 9, Cr8 = 10, Efer = 11,
            Fctrl = 12, Fstat = 13, Ftag = 14, Fiseg = 15, Fioff = 16, Foseg = 17, Fooff = 18, Fop = 19, Mxcsr = 20,
        };
        for (int index = 0; index < 16; index++)
        {
            file.General[index] = (ulong)index + 100;
        }

        for (int index = 0; index < 6; index++)
        {
            file.Selectors[index] = (ushort)(index + 200);
        }

        Random.Shared.NextBytes(file.X87);
        Random.Shared.NextBytes(file.Xmm);
        return file;
    }

    private static XDocument Parse(RegisterLayout layout)
    {
        // The document type names a file that is not there.
        const string documentType = "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">";
        return XDocument.Parse(Encoding.ASCII.GetString(layout.Description).Replace(documentType, "", StringComparison.Ordinal));
    }
}
