using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>
/// Commands of breakpoints: what gdb compiles <c>dprintf</c> to (GDB manual, appendix F.2, printf), which prints as C's printf does.
/// </summary>
public sealed class AgentCommandTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData(@"a\tb\n", "a\tb\n")]
    [InlineData(@"\\ \"" \101 \x", "\\ \" A x")]
    [InlineData("100%%", "100%")]
    [InlineData("%d|%i|%u", "-1|7|4294967295", 0xffff_ffffL, 7L, 0xffff_ffffL)]
    [InlineData("%ld|%lu|%lld", "-1|18446744073709551615|-2", -1L, -1L, -2L)]
    [InlineData("%hhd|%hd|%hhx", "-1|-1|ff", 0xffL, 0xffffL, 0xfffL)]
    [InlineData("%x|%X|%#x|%#X|%#x", "beef|BEEF|0xbeef|0XBEEF|0", 0xbeefL, 0xbeefL, 0xbeefL, 0xbeefL, 0L)]
    [InlineData("%o|%#o", "17|017", 15L, 15L)]
    [InlineData("%p", "0x1000", 0x1000L)]
    [InlineData("%c%c", "Hi", (long)'H', (long)'i')]
    [InlineData("[%5d|%-5d|%05d|%+d|% d|%.3d]", "[   42|42   |00042|+42| 42|042]", 42L, 42L, 42L, 42L, 42L, 42L)]
    [InlineData("%05d", "-0042", -42L)]
    [InlineData("%s|%.2s|%8s|%-8s|", "text|te|    text|text    |", 0x1000L, 0x1000L, 0x1000L, 0x1000L)]
    [InlineData("%s", "<memory at 5000h cannot be read>", 0x5000L)]
    [InlineData("%d %d", "1 0", 1L)]
    [InlineData("%f %n %", "%f %n %")]
    [InlineData("%lld", "-9223372036854775808", long.MinValue)]
    public void A_format_prints_as_in_C(string format, string expected, params long[] arguments)
    {
        Assert.Equal((true, expected, null), Execute(Printf(format, arguments)));
    }

    [Fact]
    public void A_long_of_a_32_bit_machine_has_32_bits() =>
        Assert.Equal((true, "-1 0xffffffff", null), Execute(Printf("%ld %p", -1, -1), TargetArchitecture.I386));

    [Fact]
    public void Output_is_bounded()
    {
        (_, string text, _) = Execute(Printf(string.Concat(Enumerable.Repeat("%256d", 40)), [.. Enumerable.Repeat(1L, 40)]));

        Assert.Equal(4096, text.Length);
    }

    [Theory]
    [InlineData("34", "ends in the middle")]
    [InlineData("2200220034000027", "ends in the middle")]
    [InlineData("220022003400ff27", "ends in the middle")]
    [InlineData("2200340000024100" + "27", "takes more from its stack")]
    [InlineData("2200220034050002410027", "takes more from its stack")]
    public void Bytecode_that_is_wrong_prints_nothing_and_says_why(string code, string words)
    {
        (bool executed, string text, string? error) = Execute(Convert.FromHexString(code));

        Assert.Equal((false, ""), (executed, text));
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_may_not_print()
    {
        var condition = AgentExpression.Create(Printf("x"), TargetArchitecture.X86_64);

        Assert.False(condition.TryEvaluate(new Machine(), out _, out string? error));
        Assert.Contains("operation 34h", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_as_a_format_end()
    {
        var random = new Random(20260101);
        for (int i = 0; i < 2_000; i++)
        {
            var format = new byte[random.Next(1, 40)];
            random.NextBytes(format);
            Array.ForEach(Enumerable.Range(0, format.Length).ToArray(), at => format[at] = random.Next(2) == 0 ? (byte)"%\\s-0.9lhdx#"[random.Next(12)] : format[at]);
            (bool executed, string text, _) = Execute(Printf(format, 1, 2, 3, 0x1000));

            Assert.True(executed);
            Assert.InRange(text.Length, 0, 4096);
        }
    }

    private static byte[] Printf(string format, params long[] arguments) => Printf(Encoding.Latin1.GetBytes(format), arguments);

    /// <summary>The arguments from the last to the first, channel and function, printf, end.</summary>
    private static byte[] Printf(byte[] format, params long[] arguments) =>
    [
        .. arguments.Reverse().SelectMany(static value => (byte[])[0x25, .. BitConverter.GetBytes(value).Reverse()]),
        0x22, 0, 0x22, 0,
        0x34, (byte)arguments.Length, (byte)((format.Length + 1) >> 8), (byte)(format.Length + 1), .. format, 0,
        0x27,
    ];

    private static (bool Executed, string Text, string? Error) Execute(byte[] code, TargetArchitecture architecture = TargetArchitecture.X86_64)
    {
        var text = new StringBuilder();
        bool executed = AgentExpression.Create(code, architecture).TryExecute(new Machine(), piece => text.Append(piece), out string? error);
        return (executed, text.ToString(), error);
    }

    private sealed class Machine : IAgentMachine
    {
        public RegisterFile Registers(RegisterGroups groups) => new();

        public bool TryReadMemory(ulong address, Span<byte> destination)
        {
            ReadOnlySpan<byte> text = "text\0"u8;
            bool isThere = address - 0x1000 < (ulong)text.Length && destination.Length == 1;
            if (isThere)
            {
                destination[0] = text[(int)(address - 0x1000)];
            }

            return isThere;
        }
    }
}
