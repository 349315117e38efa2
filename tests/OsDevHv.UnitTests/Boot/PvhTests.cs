using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

/// <summary>Xen, docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h.</summary>
public sealed class PvhTests : IDisposable
{
    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(false, TargetArchitecture.I386)]
    [InlineData(true, TargetArchitecture.X86_64)]
    public void Machine_state_is_32_bit_protected_mode_at_the_notes_entry(bool is64, TargetArchitecture architecture)
    {
        BootedImage image = _bench.Load(TestPvh.Kernel(is64, TestPvh.Entry(0x10_0001)).Build());

        Assert.Equal(("pvh", architecture), (image.Protocol, image.Architecture));
        Assert.Equal(0x10_0001u, image.General.Rip);
        Assert.Equal(2u, image.General.Rflags);
        Assert.Equal((0x11ul, 0ul, 0ul), (image.System.Cr0, image.System.Cr4, image.System.Efer));
        Assert.Equal((0ul, uint.MaxValue), (image.System.Cs.Base, image.System.Cs.Limit));
        Assert.Equal((0ul, 0x67u, (byte)0xb), (image.System.Tr.Base, image.System.Tr.Limit, image.System.Tr.Type));
    }

    [Fact]
    public void Start_information_is_byte_for_byte_what_the_header_says()
    {
        BootProfile profile = _bench.Profile(TestPvh.Kernel(false, TestPvh.Entry(0x10_0000)).Build()) with
        {
            CommandLine = "a=1",
            InitialRamDisk = [_bench.Write("i", [9])],
            Modules = [new BootModule(_bench.Write("m", [1, 2, 3]), "root")],
        };

        BootedImage image = _bench.Load(profile);

        ulong start = image.General.Rbx, modules = start + 56, map = modules + 64, text = map + 72;
        byte[] expected = new Bytes()
            .U32(0x336e_c578).U32(1).U32(0).U32(2).U64(modules).U64(text + 6).U64(0).U64(map).U32(3).U32(0)
            .U64(0xff_f000).U64(1).U64(text).U64(0)
            .U64(0x10_1000).U64(3).U64(text + 1).U64(0)
            .U64(0).U64(0x9_fc00).U32(1).U32(0)
            .U64(0x9_fc00).U64(0x6_0400).U32(2).U32(0)
            .U64(0x10_0000).U64(0xf0_0000).U32(1).U32(0)
            .Text("").Text("root").Text("a=1").ToArray();
        Assert.Equal(expected, _bench.Ram.Read(start, expected.Length));
        Assert.Equal([9], _bench.Ram.Read(0xff_f000, 1));
        Assert.Equal([1, 2, 3], _bench.Ram.Read(0x10_1000, 3));
    }

    [Fact]
    public void The_note_is_found_behind_others_and_with_a_value_of_8_bytes()
    {
        byte[] other = new Bytes().U32(5).U32(3).U32(18).Raw("Xen2\0\0\0\0"u8.ToArray()).U32(7).ToArray();
        byte[] notes = [.. other, .. TestPvh.Note(1, 1, 2, 3, 4), .. TestPvh.Note(18, BitConverter.GetBytes(0x10_0000UL))];

        BootedImage image = _bench.Load(TestPvh.Kernel(true, notes).Build());

        Assert.Equal(("pvh", 0x10_0000ul), (image.Protocol, image.General.Rip));
    }

    [Theory]
    [InlineData(new byte[] { 4, 0, 0, 0 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 0, 0, 0x10, 0 })]
    [InlineData(new byte[] { 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 0, 0, 0x10, 0 })]
    [InlineData(new byte[] { 4, 0, 0, 0, 2, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 0, 0, 0x10, 0, 1, 0, 0, 0 })]
    public void A_damaged_note_is_none(byte[] notes)
    {
        BootedImage image = _bench.Load(TestPvh.Kernel(true, notes).Build());

        Assert.Equal("elf", image.Protocol);
    }
}
