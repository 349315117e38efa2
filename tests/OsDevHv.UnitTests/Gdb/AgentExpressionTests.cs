using System.Globalization;
using CsCheck;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>gdb's bytecode as its manual has it (appendix F.2): numbers with the most significant byte first, results of 64 bits.</summary>
public sealed class AgentExpressionTests
{
    private const ulong Minus1 = ulong.MaxValue;

    [Theory]
    // Constants: 22 to 25; end: 27.
    [InlineData("22ff27", 0xff)]
    [InlineData("23fffe27", 0xfffe)]
    [InlineData("24fffffffe27", 0xfffffffe)]
    [InlineData("25123456789abcdef027", 0x123456789abcdef0)]
    // add, sub, mul.
    [InlineData("220322050227", 8)]
    [InlineData("220322050327", unchecked((ulong)-2))]
    [InlineData("220322050427", 15)]
    // -7 / 2 signed and unsigned, -7 % 2 signed and 7 % 4 unsigned.
    [InlineData("2200220703220205" + "27", unchecked((ulong)-3))]
    [InlineData("2207220206" + "27", 3)]
    [InlineData("2200220703220207" + "27", Minus1)]
    [InlineData("22072204" + "0827", 3)]
    // lsh, rsh_signed, rsh_unsigned; by 64 and more all bits leave.
    [InlineData("220122040927", 16)]
    [InlineData("22012240" + "0927", 0)]
    [InlineData("2200220803" + "22010a27", unchecked((ulong)-4))]
    [InlineData("2200220803" + "223c0b27", 15)]
    // log_not, bit_and, bit_or, bit_xor, bit_not.
    [InlineData("22000e27", 1)]
    [InlineData("22050e27", 0)]
    [InlineData("220c220a0f27", 8)]
    [InlineData("220c220a1027", 14)]
    [InlineData("220c220a1127", 6)]
    [InlineData("22001227", Minus1)]
    // equal, less_signed, less_unsigned.
    [InlineData("220522051327", 1)]
    [InlineData("2200220103" + "22011427", 1)]
    [InlineData("2200220103" + "22011527", 0)]
    // ext and zero_ext.
    [InlineData("2280160827", unchecked((ulong)-128))]
    [InlineData("24ffffff802a0827", 0x80)]
    [InlineData("227f160827", 0x7f)]
    // dup, swap, pop, pick, rot: a b c becomes c a b.
    [InlineData("2203280427", 9)]
    [InlineData("220322052b0327", 2)]
    [InlineData("2203220529" + "27", 3)]
    [InlineData("2203220522" + "07320227", 3)]
    [InlineData("220122022203" + "3327", 2)]
    [InlineData("220122022203" + "33292927", 3)]
    // if_goto over a constant, taken and not, and goto.
    [InlineData("220120000822" + "ff27" + "220727", 7)]
    [InlineData("220020000822" + "0927" + "220727", 9)]
    [InlineData("21000622" + "ff27" + "220727", 7)]
    // The registers of the description: rbx is 1, rip 16.
    [InlineData("26000127", 0x1122334455667788)]
    [InlineData("26001027", 0x1000)]
    // Memory, least significant byte first: ref8 to ref64.
    [InlineData("2310001727", 0x80)]
    [InlineData("2310001827", 0x8180)]
    [InlineData("2310001927", 0x83828180)]
    [InlineData("2310001a27", 0x8786858483828180)]
    public void An_expression_has_its_value(string code, ulong value)
    {
        bool evaluated = Expression(code).TryEvaluate(new Machine(), out ulong result, out string? error);

        Assert.True(evaluated, error);
        Assert.Equal(value, result);
    }

    [Theory]
    [InlineData("27", "takes more from its stack")]
    [InlineData("02", "takes more from its stack")]
    [InlineData("220102", "takes more from its stack")]
    [InlineData("29", "takes more from its stack")]
    [InlineData("22013205" + "27", "takes more from its stack")]
    [InlineData("2201", "ends in the middle")]
    [InlineData("25000000", "ends in the middle")]
    [InlineData("2100ff", "jumps to 255")]
    [InlineData("210000", "not done after")]
    [InlineData("220121" + "0000", "stack of more than 128")]
    [InlineData("220522000527", "divides by zero")]
    [InlineData("220522000827", "divides by zero")]
    [InlineData("26ffff27", "no register 65535")]
    [InlineData("2350001727", "memory at 5000h cannot be read")]
    [InlineData("231fff1827", "memory at 1fffh cannot be read")]
    [InlineData("0127", "operation 1h")]
    [InlineData("0c27", "operation ch")]
    [InlineData("1b27", "operation 1bh")]
    [InlineData("2c000027", "operation 2ch")]
    [InlineData("3427", "operation 34h")]
    public void What_it_may_not_do_is_an_error_in_words(string code, string words)
    {
        Assert.False(Expression(code).TryEvaluate(new Machine(), out _, out string? error));
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_one_quotient_that_does_not_fit_wraps()
    {
        string minimum = "258000000000000000";
        string minus1 = "25ffffffffffffffff";

        Assert.True(Expression(minimum + minus1 + "0527").TryEvaluate(new Machine(), out ulong quotient, out _));
        Assert.True(Expression(minimum + minus1 + "0727").TryEvaluate(new Machine(), out ulong remainder, out _));

        Assert.Equal((0x8000000000000000, 0UL), (quotient, remainder));
    }

    [Fact]
    public void Addresses_of_a_32_bit_machine_wrap_at_4_GiB()
    {
        // 0 - (2^32 - 1000h) has its upper half set.
        AgentExpression expression = AgentExpression.Create(
            Convert.FromHexString("220024fffff000031727"), TargetArchitecture.I386);

        Assert.True(expression.TryEvaluate(new Machine(), out ulong value, out string? error), error);
        Assert.Equal(0x80UL, value);
    }

    [Fact]
    public void Any_bytes_end_in_a_value_or_an_error()
    {
        var machine = new Machine();
        Gen.Byte.Array[1, 200].Sample(code =>
        {
            bool evaluated = AgentExpression.Create(code, TargetArchitecture.X86_64).TryEvaluate(machine, out _, out string? error);
            return evaluated == (error is null);
        }, iter: 20_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(AgentExpression.MaximumLength + 1)]
    public void An_expression_is_neither_empty_nor_long(int length) =>
        Assert.Throws<ArgumentException>(() => AgentExpression.Create(new byte[length], TargetArchitecture.X86_64));

    [Fact]
    public void Conditions_reach_the_machine_as_they_were_sent()
    {
        FakeMachine machine = new();

        Conversation.Ask(machine, "Z0,1000,1;X3,220127X5,2603e80e27");

        Assert.Equal(["220127", "2603E80E27"], machine.Conditions.Select(static one => Convert.ToHexString(one.Code)));
    }

    private static AgentExpression Expression(string code) =>
        AgentExpression.Create(Convert.FromHexString(code), TargetArchitecture.X86_64);

    /// <summary>RBX and RIP have values; memory from 1000h to 1FFFh counts up from 80h.</summary>
    private sealed class Machine : IAgentMachine
    {
        private readonly RegisterFile registers = new() { Rip = 0x1000 };

        public Machine() => registers.General[1] = ulong.Parse("1122334455667788", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        public RegisterFile Registers(RegisterGroups groups) => registers;

        public bool TryReadMemory(ulong address, Span<byte> destination)
        {
            if (address < 0x1000 || address + (ulong)destination.Length > 0x2000)
            {
                return false;
            }

            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (byte)(0x80 + (address - 0x1000) + (ulong)i);
            }

            return true;
        }
    }
}
