using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>Telling a kernel from a profile, and the machine of a bare kernel.</summary>
public sealed class LaunchTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("m.yaml", "\x7f" + "ELF", LaunchFileKind.Profile)]
    [InlineData("m.YML", "\0", LaunchFileKind.Profile)]
    [InlineData("machine", "name: a\n", LaunchFileKind.Profile)]
    [InlineData("machine.txt", "", LaunchFileKind.Profile)]
    [InlineData("kernel", "\x7f" + "ELF", LaunchFileKind.Kernel)]
    [InlineData("kernel.bin", "MZ\0", LaunchFileKind.Kernel)]
    public void A_name_decides_and_then_the_content(string name, string content, LaunchFileKind kind)
    {
        _bench.With(name, content);

        Assert.Equal(kind, LaunchFile.KindOf(_bench.At(name)));
    }

    [Theory]
    [InlineData(new byte[] { 0x02, 0xb0, 0xad, 0x1b }, 8188, LaunchFileKind.Kernel)]
    [InlineData(new byte[] { 0x02, 0xb0, 0xad, 0x1b }, 0, LaunchFileKind.Kernel)]
    [InlineData(new byte[] { 0xd6, 0x50, 0x52, 0xe8 }, 32760, LaunchFileKind.Kernel)]
    [InlineData(new byte[] { 0xc3, 0xa4 }, 32767, LaunchFileKind.Profile)]
    [InlineData(new byte[] { 0xff }, 100, LaunchFileKind.Kernel)]
    public void A_header_or_bytes_that_are_no_text_tell_a_kernel(byte[] bytes, int offset, LaunchFileKind kind)
    {
        _bench.With("file", [.. Enumerable.Repeat((byte)' ', offset), .. bytes]);

        Assert.Equal(kind, LaunchFile.KindOf(_bench.At("file")));
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData(".")]
    public void What_cannot_be_read_is_left_to_the_reader_of_profiles(string name)
    {
        Assert.Equal(LaunchFileKind.Profile, LaunchFile.KindOf(name.Length == 0 ? "" : _bench.At(name)));
    }

    [Fact]
    public void A_bare_kernel_gets_the_pc()
    {
        _bench.With("sub/kernel.elf", "x");

        var result = ProfileReader.ForKernel(_bench.At("sub/kernel.elf"), ["cpu.count=2"]);

        Assert.Empty(result.Diagnostics);
        var profile = result.Profile!;
        Assert.Equal(("kernel", _bench.At("sub/kernel.elf"), 2), (profile.Name, profile.Boot.Kernel, profile.Cpu.Count));
        Assert.Equal(new Connection(ConnectionKind.Stdio), ((UartProfile)profile.Devices[0]).Connection);
    }

    [Fact]
    public void A_bare_kernel_that_is_missing_is_one_error_at_its_name()
    {
        var result = ProfileReader.ForKernel(_bench.At("kernel.elf"), (string[])[]);

        Assert.Equal(
            $"{_bench.At("kernel.elf")}:1:1: error OSDV070: boot.kernel: there is no file '{_bench.At("kernel.elf")}'",
            Assert.Single(result.Diagnostics).ToString());
    }

    [Fact]
    public void An_override_of_a_bare_kernel_that_cannot_be_is_one_error()
    {
        _bench.With("kernel.elf", "x");

        var result = ProfileReader.ForKernel(_bench.At("kernel.elf"), ["devices.cmo1=null"]);

        Assert.Contains("did you mean 'com1'?", Assert.Single(result.Diagnostics).ToString(), StringComparison.Ordinal);
    }
}
