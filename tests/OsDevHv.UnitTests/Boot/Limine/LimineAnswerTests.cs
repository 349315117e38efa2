using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

public sealed class LimineAnswerTests
{
    private static LimineKernel Boot(int? revision, BootMachine machine, params TestRequest[] requests) =>
        new LimineKernel(revision, new BootBench { Machine = machine }, requests).Load();

    private static LimineKernel Boot(int? revision, params TestRequest[] requests) => Boot(revision, new BootMachine(), requests);

    private static BootBench BenchWithFirmware()
    {
        MemoryMap map = new(16 << 20);
        return new BootBench { Firmware = FirmwareTables.Build(new FirmwareMachine { CpuCount = 1, Memory = map }) };
    }

    [Fact]
    public void The_protocol_is_detected_by_a_request()
    {
        using LimineKernel kernel = Boot(null, TestRequest.DirectMap);

        Assert.Equal("limine", kernel.Image.Protocol);
    }

    [Fact]
    public void The_protocol_is_detected_by_the_base_revision_tag_alone()
    {
        using LimineKernel kernel = Boot(6);

        Assert.Equal("limine", kernel.Image.Protocol);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public void The_tag_says_that_the_base_revision_is_supported_and_used(int revision)
    {
        using LimineKernel kernel = Boot(revision);

        Assert.Equal((ulong)revision, kernel.U64(kernel.Tag!.Value + 8));
        Assert.Equal(0u, kernel.U64(kernel.Tag.Value + 16));
    }

    [Fact]
    public void A_base_revision_that_is_not_known_is_refused()
    {
        BootException error = Assert.Throws<BootException>(() => Boot(7));

        Assert.Contains("base revision 7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loader_has_a_name_and_a_version()
    {
        using LimineKernel kernel = Boot(6, TestRequest.BootloaderInfo);

        Assert.Equal("OsDevHv", kernel.Text(kernel.Member(TestRequest.BootloaderInfo, 0)));
        Assert.NotEqual("", kernel.Text(kernel.Member(TestRequest.BootloaderInfo, 1)));
    }

    [Fact]
    public void The_firmware_is_a_BIOS()
    {
        using LimineKernel kernel = Boot(6, TestRequest.FirmwareType);

        Assert.Equal(0u, kernel.Member(TestRequest.FirmwareType, 0));
    }

    [Fact]
    public void The_command_line_is_the_string_of_the_executables_file()
    {
        using LimineKernel kernel = new LimineKernel(6, new BootBench(), TestRequest.CommandLine, TestRequest.ExecutableFile)
        {
            CommandLine = "root=/dev/null quiet",
        }.Load();

        ulong file = kernel.Member(TestRequest.ExecutableFile, 0);
        Assert.Equal("root=/dev/null quiet", kernel.Text(kernel.Member(TestRequest.CommandLine, 0)));
        Assert.Equal(kernel.Member(TestRequest.CommandLine, 0), kernel.U64(file + 32));
        Assert.Equal("/kernel", kernel.Text(kernel.U64(file + 24)));
        Assert.Equal(0x464c_457fu, kernel.U32(kernel.U64(file + 8)));
        Assert.Equal((ulong)new FileInfo(Path.Combine(kernel.Bench.Folder, "kernel")).Length, kernel.U64(file + 16));
    }

    [Fact]
    public void A_request_that_is_not_known_or_has_no_answer_here_is_left_as_it_is()
    {
        TestRequest unknown = new(0x1234, 0x5678) { Response = 0x11 };
        TestRequest efi = TestRequest.EfiSystemTable with { Response = 0x22 };
        TestRequest frame = TestRequest.Framebuffer with { Response = 0x33 };
        TestRequest modules = TestRequest.Module with { Response = 0x44 };

        using LimineKernel kernel = Boot(6, unknown, efi, frame, modules);

        Assert.Equal(0x11u, kernel.Response(unknown));
        Assert.Equal(0x22u, kernel.Response(efi));
        Assert.Equal(0x33u, kernel.Response(frame));
        Assert.Equal(0x44u, kernel.Response(modules));
    }

    [Fact]
    public void The_date_is_that_of_the_clock_in_seconds_since_1970()
    {
        DateTime date = new(2026, 1, 1, 0, 0, 59, DateTimeKind.Utc);

        using LimineKernel kernel = Boot(6, new BootMachine { Date = date }, TestRequest.Date);

        Assert.Equal(1767225659u, kernel.Member(TestRequest.Date, 0));
    }

    [Fact]
    public void Without_a_clock_there_is_no_date()
    {
        using LimineKernel kernel = Boot(6, TestRequest.Date);

        Assert.Equal(0u, kernel.Response(TestRequest.Date));
    }

    [Fact]
    public void The_frequency_of_the_time_stamp_counter_is_told_once_it_is_known()
    {
        using LimineKernel kernel = Boot(6, TestRequest.TscFrequency);
        ulong before = kernel.Response(TestRequest.TscFrequency);

        kernel.Image.TscFrequency!.Value.Give(kernel.Bench.Ram, 2_500_001);

        Assert.Equal(0u, before);
        Assert.Equal(2_500_001_000u, kernel.Member(TestRequest.TscFrequency, 0));
    }

    [Fact]
    public void The_frequency_of_the_time_stamp_counter_is_not_told_where_it_is_not_known()
    {
        using LimineKernel kernel = Boot(6, TestRequest.TscFrequency);

        kernel.Image.TscFrequency!.Value.Give(kernel.Bench.Ram, 0);

        Assert.Equal(0u, kernel.Response(TestRequest.TscFrequency));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(1_000_000, 4096)]
    public void As_many_random_values_are_given_as_asked_for_up_to_a_limit(int asked, int given)
    {
        TestRequest entropy = TestRequest.Entropy with { Members = [(ulong)asked] };

        using LimineKernel kernel = Boot(6, entropy);

        Assert.Equal((ulong)given, kernel.Member(entropy, 0));
        Assert.Equal(given == 0, kernel.Member(entropy, 1) == 0);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(6, true)]
    public void The_RSDP_is_physical_in_base_revision_3_alone(int revision, bool isVirtual)
    {
        using LimineKernel kernel = new LimineKernel(revision, BenchWithFirmware(), TestRequest.Rsdp).Load();

        ulong address = kernel.Bench.Firmware!.RsdpAddress!.Value;
        Assert.Equal(isVirtual ? LimineKernel.DirectMap + address : address, kernel.Member(TestRequest.Rsdp, 0));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void The_SMBIOS_entry_is_64_bit_and_physical_in_base_revisions_3_and_4(int revision, bool isVirtual)
    {
        using LimineKernel kernel = new LimineKernel(revision, BenchWithFirmware(), TestRequest.Smbios).Load();

        ulong address = kernel.Bench.Firmware!.SmbiosEntryAddress!.Value;
        Assert.Equal(0u, kernel.Member(TestRequest.Smbios, 0));
        Assert.Equal(isVirtual ? LimineKernel.DirectMap + address : address, kernel.Member(TestRequest.Smbios, 1));
    }

    [Fact]
    public void Without_firmware_tables_there_is_neither_RSDP_nor_SMBIOS()
    {
        using LimineKernel kernel = Boot(6, TestRequest.Rsdp, TestRequest.Smbios);

        Assert.Equal(0u, kernel.Response(TestRequest.Rsdp));
        Assert.Equal(0u, kernel.Response(TestRequest.Smbios));
    }

    [Fact]
    public void The_frame_buffer_is_told_with_its_one_mode_and_mapped_write_combining()
    {
        FrameLayout frame = new(0xe000_0000, PixelFormat.Xrgb8888, 640, 480, 2560);

        using LimineKernel kernel =
            Boot(6, new BootMachine { Screen = new BootScreen(frame, HasText: false) }, TestRequest.Framebuffer, TestRequest.MemoryMap);

        ulong told = kernel.U64(kernel.Member(TestRequest.Framebuffer, 1));
        ulong mode = kernel.U64(kernel.U64(told + 72));
        Assert.Equal(1u, kernel.Member(TestRequest.Framebuffer, 0));
        Assert.Equal(LimineKernel.DirectMap + 0xe000_0000, kernel.U64(told));
        Assert.Equal((640u, 480u, 2560u), (kernel.U64(told + 8), kernel.U64(told + 16), kernel.U64(told + 24)));
        Assert.Equal(0x08_10_08_01_0020u, kernel.U64(told + 32) & 0xff_ffff_ffff_ff);
        Assert.Equal((0u, 0u, 1u), (kernel.U64(told + 48), kernel.U64(told + 56), kernel.U64(told + 64)));
        Assert.Equal((2560u, 640u, 480u), (kernel.U64(mode), kernel.U64(mode + 8), kernel.U64(mode + 16)));
        Assert.Equal((0xe000_0000u, 0x12_c000u, 7u), kernel.MemoryMap().Single(entry => entry.Type == 7));
        Assert.Equal(0xe012_bfffu, kernel.Walk(LimineKernel.DirectMap + 0xe012_bfff).PhysicalAddress);
        Assert.False(kernel.IsMapped(LimineKernel.DirectMap + 0xe012_c000));
    }

    [Fact]
    public void Modules_are_told_in_their_order_with_their_strings()
    {
        BootBench bench = new();
        string first = bench.Write("first", [1, 2, 3]);
        string empty = bench.Write("empty", []);
        Directory.CreateDirectory(Path.Combine(bench.Folder, "deep"));
        string deep = bench.Write("deep/third", [9]);

        using LimineKernel kernel = new LimineKernel(6, bench, TestRequest.Module, TestRequest.MemoryMap)
        {
            Modules = [new BootModule(first, "one"), new BootModule(empty, ""), new BootModule(deep, "three 3")],
        }.Load();

        ulong array = kernel.Member(TestRequest.Module, 1);
        ulong[] files = [kernel.U64(array), kernel.U64(array + 8), kernel.U64(array + 16)];
        Assert.Equal(3u, kernel.Member(TestRequest.Module, 0));
        Assert.Equal(["/first", "/empty", "/deep/third"], files.Select(file => kernel.Text(kernel.U64(file + 24))));
        Assert.Equal(["one", "", "three 3"], files.Select(file => kernel.Text(kernel.U64(file + 32))));
        Assert.Equal([3u, 0u, 1u], files.Select(file => kernel.U64(file + 16)));
        Assert.All(files, file => Assert.Equal(0u, kernel.U64(file + 8) % 4096));
        Assert.Equal(3, files.Select(file => kernel.U64(file + 8)).Distinct().Count());
        Assert.Equal(0x03_0201u, kernel.U32(kernel.U64(files[0] + 8)));
        Assert.Equal(6u, kernel.TypeOf(kernel.U64(files[0] + 8) - LimineKernel.DirectMap));
    }

    [Fact]
    public void A_module_elsewhere_is_told_by_its_name_alone()
    {
        using BootBench elsewhere = new();
        using LimineKernel kernel = new LimineKernel(6, new BootBench(), TestRequest.Module)
        {
            Modules = [new BootModule(elsewhere.Write("initrd", [1]), "")],
        }.Load();

        Assert.Equal("/initrd", kernel.Text(kernel.U64(kernel.U64(kernel.Member(TestRequest.Module, 1)) + 24)));
    }
}
