using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Platform;
using OsDevHv.Tests.Boot;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>Where the kernel's symbols belong: what the boot protocol did, and Linux, which moves itself.</summary>
public sealed class KernelLocatorTests : IDisposable
{
    private const ulong LinuxBase = 0xFFFF_FFFF_8100_0000;
    private const string Banner = "Linux version 6.1.0-25-amd64 (debian-kernel@lists.debian.org)";

    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_boot_protocols_bias_is_that_of_the_symbols()
    {
        var locator = new KernelLocator(_bench.Write("kernel", TestElf.WithCode(true, 0xf4).Build()), isBooted: true);

        KernelImage? kernel = locator.Find(Image("multiboot2") with { SymbolBias = 0x20_0000 }, 1, Nothing);

        Assert.Equal(0x20_0000ul, kernel!.Bias);
        Assert.Equal(kernel.LinkAddress + 0x20_0000, kernel.RunAddress);
        Assert.Equal(TargetArchitecture.X86_64, locator.Architecture);
        Assert.True(Path.IsPathFullyQualified(kernel.Path));
    }

    [Fact]
    public void A_file_that_is_not_ELF_or_not_there_has_no_symbols()
    {
        Assert.Null(new KernelLocator(_bench.Write("kernel", [1, 2, 3]), isBooted: true).Find(Image("flat"), 1, Nothing));
        Assert.Null(new KernelLocator("/nowhere/kernel", isBooted: true).Find(Image("flat"), 1, Nothing));
        Assert.Contains(
            "debug.symbols",
            SymbolMonitor.Describe(new KernelLocator(_bench.Write("kernel", [1]), isBooted: true), Image("flat"), null),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(0x20_0000ul)]
    [InlineData(0x1C60_0000ul)]
    [InlineData(0x3FE0_0000ul)]
    public void Linux_is_found_by_its_banner_in_a_vCPU_that_has_it_mapped(ulong slide)
    {
        KernelLocator locator = Vmlinux();

        KernelImage? kernel = locator.Find(Image("linux64"), 2, (vcpu, address, bytes) => vcpu == 1 ? ReadLinux(slide, address, bytes) : 0);

        Assert.Equal(slide, kernel!.Bias);
        Assert.Equal(LinuxBase + slide, kernel.RunAddress);
    }

    [Fact]
    public void Linux_is_found_again_where_it_is_after_a_reset()
    {
        KernelLocator locator = Vmlinux();

        ulong? first = locator.Find(Image("linux64"), 1, (_, address, bytes) => ReadLinux(0x600_0000, address, bytes))!.Bias;
        ulong? gone = locator.Find(Image("linux64"), 1, Nothing)!.Bias;
        ulong? second = locator.Find(Image("linux64"), 1, (_, address, bytes) => ReadLinux(0x40_0000, address, bytes))!.Bias;

        Assert.Equal((0x600_0000ul, null, 0x40_0000ul), (first, gone, second));
    }

    [Fact]
    public void Linux_that_does_not_run_yet_is_said_not_to_be_found()
    {
        KernelLocator locator = Vmlinux();
        KernelImage? kernel = locator.Find(Image("linux64"), 1, Nothing);

        string said = SymbolMonitor.Describe(locator, Image("linux64"), kernel);

        Assert.Null(kernel!.Bias);
        Assert.Contains("not found", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vmlinux_that_is_booted_itself_does_not_move() =>
        Assert.Equal(0ul, new KernelLocator(WriteVmlinux(), isBooted: true).Find(Image("linux64"), 1, Nothing)!.Bias);

    [Fact]
    public void What_to_type_is_said()
    {
        string path = _bench.Write("kernel", TestElf.WithCode(true, 0xf4).Build());
        var locator = new KernelLocator(path, isBooted: true);
        BootedImage image = Image("limine") with { SymbolBias = 0xFFFF_FFFF_8000_0000 };

        string said = SymbolMonitor.Describe(locator, image, locator.Find(image, 1, Nothing));

        Assert.Contains($"add-symbol-file {path} -o 0xffffffff80000000", said, StringComparison.Ordinal);
        Assert.Contains("--slide 0xffffffff80000000", said, StringComparison.Ordinal);
    }

    private KernelLocator Vmlinux() => new(WriteVmlinux(), isBooted: false);

    private string WriteVmlinux()
    {
        byte[] text = [0, .. "Linux version of nothing"u8, 0, .. System.Text.Encoding.ASCII.GetBytes(Banner + "\n"), 0];
        return _bench.Write("vmlinux", (TestElf.WithCode(true, 0xf4) with
        {
            // The second, at 0, is the template of the per-CPU data.
            Segments = [new TestSegment(LinuxBase, 0x100_0000, text), new TestSegment(0, 0x200_0000, [1])],
        }).Build());
    }

    private static int ReadLinux(ulong slide, ulong address, byte[] bytes)
    {
        const int bannerOffset = 26;
        ulong at = address - (LinuxBase + slide + bannerOffset);
        byte[] banner = System.Text.Encoding.ASCII.GetBytes(Banner + "\n");
        if (at >= (ulong)banner.Length)
        {
            return 0;
        }

        int length = Math.Min(bytes.Length, banner.Length - (int)at);
        banner.AsSpan((int)at, length).CopyTo(bytes);
        return length;
    }

    private static int Nothing(int vcpu, ulong address, byte[] bytes) => 0;

    private static BootedImage Image(string protocol) => new(protocol, TargetArchitecture.X86_64, default, default);
}
