using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

/// <summary>Linux, Documentation/arch/x86/boot.rst and zero-page.rst.</summary>
public sealed class LinuxTests : IDisposable
{
    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private BootProfile Profile(TestBzImage image, BootProtocol protocol = BootProtocol.Auto) =>
        _bench.Profile(image.Build()) with { Protocol = protocol };

    private uint Field32(BootedImage image, uint offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(_bench.Ram.Read(image.General.Rsi + offset, 4));

    private ulong Field64(BootedImage image, uint offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(_bench.Ram.Read(image.General.Rsi + offset, 8));

    private byte Field8(BootedImage image, uint offset) => _bench.Ram.Read(image.General.Rsi + offset, 1)[0];

    [Fact]
    public void The_64_bit_entry_is_200h_behind_the_start_in_long_mode_with_the_boot_segments()
    {
        BootedImage image = _bench.Load(Profile(new TestBzImage()));

        Assert.Equal("linux64", image.Protocol);
        Assert.Equal(TargetArchitecture.X86_64, image.Architecture);
        Assert.Equal(0x20_0200u, image.General.Rip);
        Assert.Equal(0u, image.General.Rflags & (1 << 9));
        Assert.Equal(ControlBits.EferLma | ControlBits.EferLme, image.System.Efer);
        Assert.Equal((0x10, 0x18, 0x18, 0x18),
            (image.System.Cs.Selector, image.System.Ds.Selector, image.System.Es.Selector, image.System.Ss.Selector));
        Assert.True(image.System.Cs.Flags.HasFlag(SegmentBits.Long));
    }

    [Fact]
    public void The_32_bit_entry_is_the_start_in_protected_mode_with_zeros_in_EBP_EDI_and_EBX()
    {
        BootedImage image = _bench.Load(Profile(new TestBzImage(), BootProtocol.Linux32));

        Assert.Equal("linux32", image.Protocol);
        Assert.Equal(0x20_0000u, image.General.Rip);
        Assert.Equal((0ul, 0ul, 0ul), (image.General.Rbp, image.General.Rdi, image.General.Rbx));
        Assert.Equal(0x11u, image.System.Cr0);
        Assert.Equal(0u, image.System.Efer);
        Assert.Equal((0x10, 0x18), (image.System.Cs.Selector, image.System.Ss.Selector));
        Assert.True(image.System.Cs.Flags.HasFlag(SegmentBits.Default32));
    }

    [Fact]
    public void The_descriptor_table_holds_the_segments_that_the_selectors_name()
    {
        BootedImage image = _bench.Load(Profile(new TestBzImage()));

        Assert.Equal(0x00af_9b00_0000_ffffu, BinaryPrimitives.ReadUInt64LittleEndian(_bench.Ram.Read(image.System.Gdt.Base + 0x10, 8)));
        Assert.Equal(0x00cf_9300_0000_ffffu, BinaryPrimitives.ReadUInt64LittleEndian(_bench.Ram.Read(image.System.Gdt.Base + 0x18, 8)));
        Assert.Equal(0x1f, image.System.Gdt.Limit);
    }

    [Theory]
    [InlineData(0x20f, 0)]
    [InlineData(0x20b, 3)]
    public void A_kernel_without_a_64_bit_entry_is_entered_in_32_bit_mode(ushort version, ushort flags)
    {
        BootedImage image = _bench.Load(Profile(new TestBzImage { Version = version, ExtendedFlags = flags }));

        Assert.Equal("linux32", image.Protocol);
        Assert.Equal(TargetArchitecture.I386, image.Architecture);
    }

    [Fact]
    public void The_code_behind_the_setup_sectors_is_at_the_preferred_address()
    {
        TestBzImage kernel = new() { SetupSectors = 0, PreferredAddress = 0x40_0000 };

        BootedImage image = _bench.Load(Profile(kernel));

        Assert.Equal(kernel.Code, _bench.Ram.Read(0x40_0000, kernel.Code.Length));
        Assert.Equal(0x40_0000u, Field32(image, 0x214));
    }

    [Fact]
    public void A_preferred_address_that_is_not_aligned_is_aligned_upwards()
    {
        BootedImage image = _bench.Load(Profile(new TestBzImage { PreferredAddress = 0x30_0000 }));

        Assert.Equal(0x40_0200u, image.General.Rip);
    }

    [Fact]
    public void A_kernel_that_cannot_be_relocated_is_at_1_MiB()
    {
        BootedImage image = _bench.Load(Profile(new TestBzImage { IsRelocatable = false }));

        Assert.Equal(0x10_0200u, image.General.Rip);
    }

    [Fact]
    public void The_zero_page_holds_the_setup_header_and_what_the_loader_adds_to_it_and_zeros()
    {
        byte[] file = new TestBzImage().Build();
        BootedImage image = _bench.Load(_bench.Profile(file) with { CommandLine = "a=1" });

        byte[] page = _bench.Ram.Read(image.General.Rsi, 4096);
        byte[] expected = new byte[4096];
        file.AsSpan(0x1f1, 0x202 + 0x6a - 0x1f1).CopyTo(expected.AsSpan(0x1f1));
        expected[0x210] = 0xff;
        expected.PatchU32(0x214, 0x20_0000);
        expected.PatchU32(0x228, Field32(image, 0x228));
        expected[0x1e8] = 3;
        byte[] map = new Bytes().U64(0).U64(0x9_fc00).U32(1).U64(0x9_fc00).U64(0x6_0400).U32(2).U64(0x10_0000).U64(0xf0_0000).U32(1).ToArray();
        map.CopyTo(expected, 0x2d0);
        Assert.Equal(expected, page);
        Assert.Equal("a=1\0"u8.ToArray(), _bench.Ram.Read(Field32(image, 0x228), 4));
    }

    [Fact]
    public void ACPIs_root_pointer_is_named()
    {
        FirmwareTables firmware = FirmwareTables.Build(new FirmwareMachine { CpuCount = 1, Memory = new MemoryMap(16 << 20) });
        using BootBench bench = new() { Firmware = firmware };

        BootedImage image = bench.Load(new TestBzImage().Build());

        Assert.NotNull(firmware.RsdpAddress);
        Assert.Equal(firmware.RsdpAddress, BinaryPrimitives.ReadUInt64LittleEndian(bench.Ram.Read(image.General.Rsi + 0x70, 8)));
    }

    [Fact]
    public void The_RAM_disks_files_are_one_after_the_other_at_multiples_of_4_bytes_at_the_end_of_RAM()
    {
        BootProfile profile = Profile(new TestBzImage()) with
        {
            InitialRamDisk = [_bench.Write("a", [1, 2, 3, 4, 5]), _bench.Write("b", [6, 7])],
        };

        BootedImage image = _bench.Load(profile);

        Assert.Equal((0xff_f000u, 10u), (Field32(image, 0x218), Field32(image, 0x21c)));
        Assert.Equal([1, 2, 3, 4, 5, 0, 0, 0, 6, 7], _bench.Ram.Read(0xff_f000, 10));
        Assert.Equal(0u, Field64(image, 0xc0));
    }

    [Fact]
    public void The_RAM_disk_ends_at_the_highest_address_that_the_kernel_allows()
    {
        BootProfile profile = Profile(new TestBzImage { RamDiskMaximum = 0x7f_ffff }) with
        {
            InitialRamDisk = [_bench.Write("a", new byte[0x1800])],
        };

        Assert.Equal(0x7f_e000u, Field32(_bench.Load(profile), 0x218));
    }

    [Fact]
    public void A_RAM_disk_for_which_there_is_no_room_below_goes_above_4_GiB_where_the_kernel_reaches()
    {
        using BootBench bench = new(5UL << 30);
        BootProfile profile = bench.Profile(new TestBzImage { RamDiskMaximum = 0x2f_ffff }.Build()) with
        {
            InitialRamDisk = [bench.Write("a", new byte[0x10_1000])],
        };

        BootedImage image = bench.Load(profile);

        ulong address = BinaryPrimitives.ReadUInt32LittleEndian(bench.Ram.Read(image.General.Rsi + 0x218, 4))
            | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bench.Ram.Read(image.General.Rsi + 0xc0, 4)) << 32);
        Assert.Equal((6UL << 30) - 0x10_1000, address);
    }

    [Fact]
    public void No_screen_is_told_of_where_there_is_none() =>
        Assert.Equal(new byte[64], _bench.Ram.Read(_bench.Load(Profile(new TestBzImage())).General.Rsi, 64));

    [Fact]
    public void The_text_screen_is_VGAs_80_by_25()
    {
        BootedImage image = Bootloader.Load(Profile(new TestBzImage()), _bench.Map, _bench.Ram, null, new BootMachine { Screen = new BootScreen(null, HasText: true) });

        Assert.Equal((3, 80, 25, 1, 16), (Field8(image, 6), Field8(image, 7), Field8(image, 0xe), Field8(image, 0xf), Field8(image, 0x10)));
    }

    [Fact]
    public void A_linear_frame_buffer_is_told_of_field_by_field()
    {
        FrameLayout frame = new(0x2_fd00_0000, PixelFormat.Xrgb8888, 1024, 768, 4096);

        BootedImage image = Bootloader.Load(Profile(new TestBzImage()), _bench.Map, _bench.Ram, null, new BootMachine { Screen = new BootScreen(frame, HasText: true) });

        byte[] expected = new byte[64];
        expected[0xf] = 0x23; // VIDEO_TYPE_VLFB
        new Bytes().U16(1024).U16(768).U16(32).U32(0xfd00_0000).U32(48).ToArray().CopyTo(expected, 0x12);
        new Bytes().U16(4096).U8(8).U8(16).U8(8).U8(8).U8(8).U8(0).U8(8).U8(24).ToArray().CopyTo(expected, 0x24);
        new Bytes().U16(1).U16(0).U32(2).U32(2).ToArray().CopyTo(expected, 0x32);
        Assert.Equal(expected, _bench.Ram.Read(image.General.Rsi, 64));
    }

    [Theory]
    [InlineData(true, "linux64")]
    [InlineData(false, "linux32")]
    public void A_vmlinux_is_entered_at_its_entry_with_a_header_made_up(bool is64, string protocol)
    {
        BootProfile profile = _bench.Profile(TestElf.WithCode(is64, 0xf4).Build()) with { Protocol = BootProtocol.Linux, CommandLine = "x" };

        BootedImage image = _bench.Load(profile);

        Assert.Equal((protocol, 0x10_0000ul), (image.Protocol, image.General.Rip));
        Assert.Equal("HdrS"u8.ToArray(), _bench.Ram.Read(image.General.Rsi + 0x202, 4));
        Assert.Equal((0xff, 3), (Field8(image, 0x210), Field8(image, 0x1e8)));
        Assert.Equal("x\0"u8.ToArray(), _bench.Ram.Read(Field32(image, 0x228), 2));
    }

    [Fact]
    public void Nothing_that_is_loaded_overlaps_what_the_kernel_needs_to_unpack_itself()
    {
        BootProfile profile = Profile(new TestBzImage { InitBytes = 0xd0_0000 }) with
        {
            InitialRamDisk = [_bench.Write("a", new byte[0x1000])],
            CommandLine = "x",
        };

        BootedImage image = _bench.Load(profile);

        Assert.All([Field32(image, 0x218), Field32(image, 0x228), image.General.Rsi, image.System.Cr3, image.System.Gdt.Base],
            static address => Assert.False(address is >= 0x20_0000 and < 0xf0_0000));
    }
}
