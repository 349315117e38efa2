using OsDevHv.Machine.Consoles;
using Xunit;

namespace OsDevHv.Tests.Consoles;

public sealed class TcpAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:1234", "127.0.0.1:1234")]
    [InlineData("0.0.0.0:1", "0.0.0.0:1")]
    [InlineData(":1234", "127.0.0.1:1234")]
    [InlineData("1234", "127.0.0.1:1234")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    public void Addresses_are_understood(string address, string expected) => Assert.Equal(expected, TcpAddress.Resolve(address).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1: 1")]
    [InlineData("localhost:http")]
    public void What_is_no_address_is_refused_with_an_example(string address)
    {
        FormatException error = Assert.Throws<FormatException>(() => TcpAddress.Resolve(address));

        Assert.Contains("127.0.0.1:1234", error.Message, StringComparison.Ordinal);
    }
}
