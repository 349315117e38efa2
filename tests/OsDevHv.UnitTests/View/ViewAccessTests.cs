using OsDevHv.View;

namespace OsDevHv.Tests.View;

public sealed class ViewAccessTests
{
    private readonly ViewAccess _access = new("5ec4e7", 8080);

    [Theory]
    [InlineData("127.0.0.1:8080")]
    [InlineData("127.9.9.9:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("localhost:8080")]
    [InlineData("LocalHost:8080")]
    public void This_server_is_a_loopback_address_with_its_port(string host) => Assert.True(_access.Allows(host, "5ec4e7", null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:80")]
    [InlineData("127.0.0.1:08080")]
    [InlineData("evil.example:8080")]
    [InlineData("127.0.0.1.evil.example:8080")]
    [InlineData("localhost.evil.example:8080")]
    [InlineData("192.168.1.1:8080")]
    [InlineData("0.0.0.0:8080")]
    [InlineData("::1:8080")]
    [InlineData("[127.0.0.1:8080")]
    public void Any_other_host_is_refused(string? host) => Assert.False(_access.Allows(host, "5ec4e7", null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5ec4e")]
    [InlineData("5ec4e7 ")]
    [InlineData("5EC4E7")]
    [InlineData("5ec4e7,5ec4e7")]
    public void Any_other_token_is_refused(string? token) => Assert.False(_access.Allows("localhost:8080", token, null));

    [Theory]
    [InlineData("http://localhost:8080", true)]
    [InlineData("", true)]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("https://localhost:8080", false)]
    [InlineData("http://localhost:8081", false)]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    public void A_page_of_another_origin_is_refused(string origin, bool allowed) =>
        Assert.Equal(allowed, _access.Allows("localhost:8080", "5ec4e7", origin));

    [Fact]
    public void A_token_is_128_bits_and_another_each_time()
    {
        string token = ViewAccess.NewToken();

        Assert.Matches("^[0-9a-f]{32}$", token);
        Assert.NotEqual(token, ViewAccess.NewToken());
    }
}
