using OsDevHv.CommandLine;

namespace OsDevHv.Tests.CommandLine;

public sealed class AddressArgumentTests
{
    [Fact]
    public void A_bare_option_does_not_swallow_the_file_after_it() =>
        Assert.Equal(["run", "--gdb=127.0.0.1:1234", "kernel.elf"], AddressArgument.Normalise(["run", "--gdb", "kernel.elf"]));

    [Fact]
    public void A_bare_view_is_on_any_free_port_of_this_host() =>
        Assert.Equal(["run", "--view=127.0.0.1:0", "kernel.elf"], AddressArgument.Normalise(["run", "--view", "kernel.elf"]));

    [Fact]
    public void What_follows_a_double_dash_is_left_alone() =>
        Assert.Equal(["run", "--", "--gdb"], AddressArgument.Normalise(["run", "--", "--gdb"]));

    [Theory]
    [InlineData("1234", "127.0.0.1:1234")]
    [InlineData(":0", "127.0.0.1:0")]
    [InlineData("0.0.0.0:1234", "0.0.0.0:1234")]
    [InlineData("localhost:1", "localhost:1")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("", "")]
    [InlineData(":", ":")]
    public void A_port_alone_is_one_of_this_host(string address, string expected) => Assert.Equal(expected, AddressArgument.Complete(address));
}
