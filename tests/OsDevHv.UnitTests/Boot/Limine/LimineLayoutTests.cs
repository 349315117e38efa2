using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

/// <summary>"Memory Layout at Entry", "Memory Map Feature", "Paging Mode Feature", "Machine State at Entry".</summary>
public sealed class LimineLayoutTests
{
    private const ulong Usable = 0, Reserved = 1, Reclaimable = 5, Executable = 6, ReservedMapped = 8;

    private static LimineKernel Boot(int revision, params TestRequest[] requests)
    {
        FirmwareMachine machine = new() { CpuCount = 1, Memory = new MemoryMap(16 << 20) };
        return new LimineKernel(revision, new BootBench { Firmware = FirmwareTables.Build(machine) }, [TestRequest.MemoryMap, .. requests])
            .Load();
    }

    private static LimineKernel BootWithPaging(bool hasFive, ulong revision, params ulong[] members) => new LimineKernel(
        6,
        new BootBench { Machine = new BootMachine { HasFiveLevelPaging = () => hasFive } },
        TestRequest.PagingMode with { Revision = revision, Members = members }, TestRequest.DirectMap).Load();

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void The_memory_map_is_sorted_aligned_and_without_overlap(int revision)
    {
        using LimineKernel kernel = Boot(revision);

        List<(ulong Base, ulong Length, ulong Type)> map = kernel.MemoryMap();
        Assert.All(map.Zip(map.Skip(1)), pair => Assert.True(pair.First.Base + pair.First.Length <= pair.Second.Base));
        Assert.All(map.Where(entry => entry.Type is Usable or Reclaimable), entry => Assert.Equal(0u, (entry.Base | entry.Length) % 4096));
        Assert.All(map, entry => Assert.NotEqual(0u, entry.Length));
        Assert.Equal(16u << 20, map.Max(entry => entry.Base + entry.Length));
        Assert.Equal(16u << 20, (uint)map.Sum(entry => (long)entry.Length));
    }

    [Theory]
    [InlineData(0, Reserved, Reserved)]
    [InlineData(2, Reserved, Reserved)]
    [InlineData(3, Usable, Reserved)]
    [InlineData(4, Usable, ReservedMapped)]
    [InlineData(6, Usable, ReservedMapped)]
    public void The_first_page_and_the_firmware_tables_have_the_type_of_the_base_revision(int revision, ulong firstPage, ulong tables)
    {
        using LimineKernel kernel = Boot(revision);

        Assert.Equal(firstPage, kernel.TypeOf(0));
        Assert.Equal(tables, kernel.TypeOf(kernel.Bench.Firmware!.RsdpAddress!.Value));
        Assert.Equal(Reserved, kernel.TypeOf(0xa_0000));
    }

    [Fact]
    public void Everything_that_was_loaded_has_its_type()
    {
        using LimineKernel kernel = Boot(6, TestRequest.ExecutableAddress);

        Assert.Equal(Executable, kernel.TypeOf(kernel.Walk(LimineKernel.RequestsAt).PhysicalAddress));
        Assert.Equal(Reclaimable, kernel.TypeOf(kernel.Image.System.Cr3));
        Assert.Equal(Reclaimable, kernel.TypeOf(kernel.Walk(kernel.Image.General.Rsp).PhysicalAddress));
        Assert.Equal(Reclaimable, kernel.TypeOf(kernel.Walk(kernel.Image.System.Gdt.Base).PhysicalAddress));
        Assert.Equal(Reclaimable, kernel.TypeOf(kernel.Walk(kernel.Response(TestRequest.MemoryMap)).PhysicalAddress));
    }

    [Theory]
    [InlineData(0, true, true, true, true)]
    [InlineData(1, false, true, true, true)]
    [InlineData(2, false, true, true, true)]
    [InlineData(3, false, false, false, false)]
    [InlineData(4, false, false, false, true)]
    [InlineData(6, false, false, false, true)]
    public void What_is_mapped_depends_on_the_base_revision(int revision, bool identity, bool devices, bool video, bool tables)
    {
        using LimineKernel kernel = Boot(revision);

        Assert.False(kernel.IsMapped(0));
        Assert.Equal(identity, kernel.IsMapped(0x1000));
        Assert.Equal(identity, kernel.IsMapped(0xffff_ffff));
        Assert.Equal(devices, kernel.IsMapped(LimineKernel.DirectMap + 0xfee0_0000));
        Assert.Equal(video, kernel.IsMapped(LimineKernel.DirectMap + 0xa_0000));
        Assert.Equal(tables, kernel.IsMapped(LimineKernel.DirectMap + 0xf_0000));
        Assert.True(kernel.IsMapped(LimineKernel.DirectMap + 0xf0_0000));
        Assert.Equal(0xff_ffffu, kernel.Walk(LimineKernel.DirectMap + 0xff_ffff).PhysicalAddress);
    }

    [Fact]
    public void Memory_above_4_GiB_is_in_the_direct_map_and_in_the_identity_map_of_base_revision_0()
    {
        using LimineKernel kernel = new LimineKernel(0, new BootBench(5UL << 30), TestRequest.MemoryMap).Load();

        ulong last = (6UL << 30) - 1;
        Assert.Equal(last, kernel.Walk(LimineKernel.DirectMap + last).PhysicalAddress);
        Assert.Equal(last, kernel.Walk(last).PhysicalAddress);
        Assert.False(kernel.IsMapped(last + 1));
        Assert.Equal(Usable, kernel.TypeOf(last));
    }

    [Fact]
    public void Segments_are_mapped_with_their_permissions_and_the_direct_map_with_all()
    {
        using LimineKernel kernel = Boot(6, TestRequest.ExecutableAddress);

        var text = kernel.Walk(LimineKernel.Base);
        var data = kernel.Walk(LimineKernel.RequestsAt);
        var direct = kernel.Walk(LimineKernel.DirectMap + 0x10_0000);
        Assert.Equal((false, true, false), (text.Writable, text.Executable, text.User));
        Assert.Equal((true, false, false), (data.Writable, data.Executable, data.User));
        Assert.Equal((true, true, false), (direct.Writable, direct.Executable, direct.User));
        Assert.Equal(LimineKernel.Base, kernel.Member(TestRequest.ExecutableAddress, 1));
        Assert.Equal(text.PhysicalAddress, kernel.Member(TestRequest.ExecutableAddress, 0));
        Assert.Equal(0x1000u, data.PhysicalAddress - text.PhysicalAddress);
    }

    [Fact]
    public void Segments_in_one_page_share_their_permissions()
    {
        using LimineKernel kernel = new(6, new BootBench(), TestRequest.MemoryMap);
        TestElf elf = kernel.Elf();
        kernel.Load(elf with
        {
            Segments = [.. elf.Segments, new TestSegment(LimineKernel.Base + 0x100, 0, [7]) { Flags = 6, MemoryBytes = 0x10 }],
        });

        var page = kernel.Walk(LimineKernel.Base);
        Assert.Equal((true, true), (page.Writable, page.Executable));
        Assert.Equal(7u, kernel.U32(LimineKernel.Base + 0x100));
    }

    [Fact]
    public void The_processors_state_is_that_of_the_specification()
    {
        using LimineKernel kernel = Boot(6);

        SystemRegisters system = kernel.Image.System;
        Assert.Equal(0x8001_0011u, system.Cr0);
        Assert.Equal(0x20u, system.Cr4);
        Assert.Equal(0xd00u, system.Efer);
        Assert.Equal((0x28, 0x30, 0x30, 0x30), (system.Cs.Selector, system.Ss.Selector, system.Ds.Selector, system.Fs.Selector));
        Assert.Equal(new DescriptorTable(0, 0), system.Idt);
        Assert.Equal((0u, 0u), (system.Tr.Base, system.Tr.Limit));
        Assert.Equal(0x00af_9b00_0000_ffffu, kernel.U64(system.Gdt.Base + 0x28));
        Assert.Equal(0x0000_9b00_0000_ffffu, kernel.U64(system.Gdt.Base + 8));
        Assert.Equal(
            new GeneralRegisters { Rip = LimineKernel.Base + 1, Rsp = kernel.Image.General.Rsp, Rflags = 2 }, kernel.Image.General);
        Assert.Equal(8u, kernel.Image.General.Rsp % 16);
        Assert.Equal(0u, kernel.U64(kernel.Image.General.Rsp));
        Assert.Equal(0x0105_0007_0406u, kernel.Image.PageAttributes!.Value & 0xffff_ffff_ffff);
    }

    [Theory]
    [InlineData(0, 0x1_0000)]
    [InlineData(0x1_0001, 0x1_1000)]
    [InlineData(0x8_0000, 0x8_0000)]
    public void The_stack_has_64_KiB_or_what_is_asked_for(ulong asked, ulong given)
    {
        using LimineKernel kernel = Boot(6, TestRequest.StackSize with { Members = [asked] });

        ulong top = kernel.Walk(kernel.Image.General.Rsp).PhysicalAddress + 8;
        Assert.Equal(Reclaimable, kernel.TypeOf(top - given));
        Assert.NotEqual(0u, kernel.Response(TestRequest.StackSize));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x7fff_ffff_ffff_f001)]
    [InlineData(17UL << 20)]
    [InlineData(15UL << 20)]
    public void A_stack_that_does_not_fit_is_refused(ulong asked)
    {
        BootException error = Assert.Throws<BootException>(() => Boot(6, TestRequest.StackSize with { Members = [asked] }));

        Assert.Contains("stack", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 1, new ulong[] { 1, 1, 0 }, true)]
    [InlineData(false, 1, new ulong[] { 1, 1, 0 }, false)]
    [InlineData(true, 1, new ulong[] { 0, 1, 0 }, false)]
    [InlineData(true, 1, new ulong[] { 0, 1, 1 }, true)]
    [InlineData(true, 1, new ulong[] { 1, 0, 0 }, false)]
    [InlineData(true, 0, new ulong[] { 1 }, true)]
    [InlineData(false, 0, new ulong[] { 1 }, false)]
    [InlineData(true, 0, new ulong[] { 0 }, false)]
    public void Five_levels_are_used_where_they_are_preferred_or_needed_and_there(bool has, int revision, ulong[] members, bool five)
    {
        using LimineKernel kernel = BootWithPaging(has, (ulong)revision, members);

        Assert.Equal(five ? 1u : 0, kernel.Member(TestRequest.PagingMode, 0));
        Assert.Equal(five ? 0x1020u : 0x20u, kernel.Image.System.Cr4);
        Assert.Equal(five ? 0xff00_0000_0000_0000 : LimineKernel.DirectMap, kernel.Member(TestRequest.DirectMap, 0));
        Assert.Equal(0x10_0000u, kernel.Walk(kernel.Member(TestRequest.DirectMap, 0) + 0x10_0000).PhysicalAddress);
    }

    [Theory]
    [InlineData(false, new ulong[] { 1, 1, 1 })]
    [InlineData(true, new ulong[] { 2, 5, 2 })]
    public void An_executable_that_accepts_no_paging_mode_of_the_processors_is_refused(bool has, ulong[] members)
    {
        BootException error = Assert.Throws<BootException>(() => BootWithPaging(has, 1, members));

        Assert.Contains("paging mode", error.Message, StringComparison.Ordinal);
    }
}
