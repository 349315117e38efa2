using System.Text;
using OsDevHv.Machine.Consoles;
using Xunit;

namespace OsDevHv.Tests.Consoles;

public sealed class EscapeKeysTests : IDisposable
{
    private readonly StringWriter _messages = new();
    private int _quits;

    public void Dispose() => _messages.Dispose();

    [Fact]
    public void Keys_without_an_escape_go_to_the_guest() => Assert.Equal("ls\r", Filter("ls\r"));

    [Fact]
    public void Ctrl_A_twice_sends_one() => Assert.Equal("x\u0001y", Filter("x\u0001\u0001y"));

    [Fact]
    public void Ctrl_A_c_sends_Ctrl_C() => Assert.Equal("\u0003", Filter("\u0001c"));

    [Fact]
    public void An_unknown_escape_is_swallowed() => Assert.Equal("b", Filter("\u0001qb"));

    [Fact]
    public void Ctrl_A_x_quits()
    {
        string kept = Filter("a\u0001xb");

        Assert.Equal("ab", kept);
        Assert.Equal(1, _quits);
    }

    [Fact]
    public void An_escape_may_be_split_over_two_reads()
    {
        var escape = new EscapeKeys(_messages, () => _quits++);
        byte[] first = [(byte)'a', 1];
        byte[] second = [(byte)'x'];

        int kept = escape.Filter(first) + escape.Filter(second);

        Assert.Equal(1, kept);
        Assert.Equal(1, _quits);
    }

    [Fact]
    public void Ctrl_A_h_explains_itself_and_sends_nothing()
    {
        string kept = Filter("\u0001h");

        Assert.Equal("", kept);
        Assert.Contains("Ctrl-A x", _messages.ToString(), StringComparison.Ordinal);
    }

    private string Filter(string keys)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(keys);
        int kept = new EscapeKeys(_messages, () => _quits++).Filter(bytes);
        return Encoding.ASCII.GetString(bytes, 0, kept);
    }
}
