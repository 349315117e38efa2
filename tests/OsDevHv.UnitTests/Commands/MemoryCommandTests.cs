using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Commands;

/// <summary><c>x</c>, <c>xp</c>, <c>xpw</c>, <c>disassemble</c>, <c>backtrace</c>.</summary>
public sealed class MemoryCommandTests
{
    private readonly PagedMachine _machine = PagedMachine.InLongMode().MapPage(PagedMachine.Present | PagedMachine.Writable);

    public MemoryCommandTests() => _machine.Set64(0x5000, 0x1122_3344_5566_7788).Set64(0x5008, 0xffff_ffff_ffff_fffe);

    [Theory]
    [InlineData("x 400000", "0x400000: 0x55667788\n")]
    [InlineData("x/2xg 400000", "0x400000: 0x1122334455667788 0xfffffffffffffffe\n")]
    [InlineData("x /4xb 400000", "0x400000: 0x88 0x77 0x66 0x55\n")]
    [InlineData("x/1dg 400008", "0x400008: -2\n")]
    [InlineData("x/1uh 400008", "0x400008: 65534\n")]
    [InlineData("x/1ob 400003", "0x400003: 0125\n")]
    [InlineData("x/1tb 400003", "0x400003: 01010101\n")]
    [InlineData("x/3c 400002", "0x400002: 'f' 'U' 'D'\n")]
    [InlineData("x/a 400008", "0x400008: 0xfffffffffffffffe\n")]
    [InlineData("xp/1xg 5000", "0x5000: 0x1122334455667788\n")]
    [InlineData("xp/5xw 0x4ff8", "0x4ff8: 0x00000000 0x00000000 0x55667788 0x11223344\n0x5008: 0xfffffffe\n")]
    [InlineData("x/1xb 401000", "0x401000 is not mapped to RAM\n")]
    [InlineData("x/2xg 400ff8", "0x400ff8: 0x0000000000000000\n0x401000 is not mapped to RAM\n")]
    [InlineData("xp 10000", "physical 0x10000 is not RAM\n")]
    [InlineData("x/0x 400000", "'/0x': the count is 1 to 65536\n")]
    [InlineData("x/99999999999x 400000", "'/99999999999x': the count is 1 to 65536\n")]
    [InlineData("x/q 400000", "'/q': 'q' is no format; x d u o t c a s i, with b h w g for 1, 2, 4 or 8 bytes\n")]
    [InlineData("xp/i 5000", "instructions are shown by linear address: x/i, or disassemble\n")]
    public void Memory_is_shown_as_the_format_says(string command, string answer) => Assert.Equal(answer, _machine.Run(command));

    [Fact]
    public void A_string_is_shown_with_escapes_and_ends_at_its_zero()
    {
        "say \"hi\"\n\0next\0"u8.CopyTo(_machine.Ram.Bytes.AsSpan(0x5100));

        Assert.Equal("0x400100: \"say \\\"hi\\\"\\n\"\n0x40010a: \"next\"\n", _machine.Run("x/2s 400100"));
    }

    [Fact]
    public void Seg_off_addresses_are_those_of_real_mode()
    {
        var machine = new PagedMachine();
        machine.Ram.Bytes[0x7c10] = 0x5a;

        Assert.Equal("0x7c10: 0x5a\n", machine.Run("x/1xb 7c0:10"));
    }

    [Fact]
    public void Physical_memory_is_written_and_nothing_else()
    {
        Assert.Equal("0x5000 = 0xabcd, 2 byte(s)\n", _machine.Run("xpw 5000 abcd 2"));
        Assert.Equal("0x5000: 0x112233445566abcd\n", _machine.Run("xp/g 5000"));
    }

    [Theory]
    [InlineData("xpw fee00000 1", "physical 0xfee00000 is not RAM\n")]
    [InlineData("xpw 5000 123456789", "0x123456789 does not fit into 4 byte(s)\n")]
    [InlineData("xpw 5000 1 3", "the size is 1, 2, 4 or 8\n")]
    [InlineData("xpw 5000", "which value?\n")]
    public void A_write_that_cannot_be_is_said_in_words(string command, string answer)
    {
        Assert.Equal(answer, _machine.Run(command));
        Assert.Equal("0x5000: 0x1122334455667788\n", _machine.Run("xp/g 5000"));
    }

    [Fact]
    public void Code_is_disassembled_by_the_attributes_of_CS()
    {
        // 48 is a REX prefix in 64-bit mode and DEC AX elsewhere.
        byte[] code = [0x48, 0x89, 0xe5, 0xc3];
        code.CopyTo(_machine.Ram.Bytes, 0x5000);
        _machine.General.Rip = 0x400000;
        var real = new PagedMachine { General = new GeneralRegisters { Rip = 0x7c00 } };
        code.CopyTo(real.Ram.Bytes, 0x7c00);

        Assert.Equal(
            "=> 0x400000: 4889e5                 mov    %rsp,%rbp\n   0x400003: c3                     ret\n", _machine.Run("disassemble 400000 2"));
        Assert.Equal(
            "=> 0x7c00: 48                     dec    %ax\n   0x7c01: 89e5                   mov    %sp,%bp\n", real.Run("x/2i 0:7c00"));
    }

    [Fact]
    public void Code_that_is_not_mapped_cannot_be_disassembled() =>
        Assert.Equal("0x500000 is not mapped to RAM\n", _machine.Run("disassemble 500000"));

    [Fact]
    public void Callers_are_followed_by_frame_pointers_up_to_the_last_sane_frame()
    {
        _machine.General.Rip = 0x400800;
        _machine.General.Rbp = 0x400100;
        _machine.Set64(0x5100, 0x400200).Set64(0x5108, 0x400a00);
        _machine.Set64(0x5200, 0x400100).Set64(0x5208, 0x400b00);

        Assert.Equal(
            """
            Callers (by frame pointers):
              #0  0x400800
              #1  0x400a00
              #2  0x400b00
            (no symbols: the kernel's file has none)

            """,
            _machine.Run("bt"));
    }

    [Theory]
    [InlineData(new byte[] { 0x55, 0x48, 0x89, 0xe5 }, 0)]
    [InlineData(new byte[] { 0xf3, 0x0f, 0x1e, 0xfa, 0x55 }, 0)]
    [InlineData(new byte[] { 0x48, 0x89, 0xe5 }, 8)]
    [InlineData(new byte[] { 0xc3 }, 0)]
    public void In_a_prologue_and_at_a_return_the_caller_is_on_top_of_the_stack(byte[] code, int offset)
    {
        code.CopyTo(_machine.Ram.Bytes, 0x5800);
        _machine.General.Rip = 0x400800;
        _machine.General.Rbp = 0x400100;
        _machine.General.Rsp = 0x4000c0;
        _machine.Set64(0x50c0 + offset, 0x400900).Set64(0x5100, 0).Set64(0x5108, 0x400a00);

        Assert.Contains("  #0  0x400800\n  #1  0x400900\n  #2  0x400a00\n", _machine.Run("bt"), StringComparison.Ordinal);
    }
}
