using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Commands;

/// <summary><c>gdt</c>, <c>ldt</c>, <c>idt</c>, <c>tss</c> on tables from the SDM's figures 3-8, 6-8 and 7-11.</summary>
public sealed class DescriptorCommandTests
{
    private const int Page = 0x5000;

    private readonly PagedMachine _machine = PagedMachine.InLongMode().MapPage(PagedMachine.Present | PagedMachine.Writable);

    [Fact]
    public void The_GDT_is_decoded_with_system_descriptors_of_16_bytes()
    {
        _machine.Set64(Page + 8, 0x00af_9b00_0000_ffff).Set64(Page + 16, 0x00cf_9300_0000_ffff);
        _machine.Set64(Page + 24, 0x8000_8b12_3456_0067).Set64(Page + 32, 0xffff_ffff).Set64(Page + 40, 0x00cf_7a00_0000_ffff);
        _machine.System.Gdt = new DescriptorTable(0x40_0000, 0x37);

        Assert.Equal(
            """
            GDT at 0x400000, limit 0x37
            0x0000: null
            0x0008: 64-bit code, readable, accessed, base 0x0, limit 0xffffffff, DPL 0
            0x0010: data, writable, B, accessed, base 0x0, limit 0xffffffff, DPL 0
            0x0018: 64-bit TSS, busy, base 0xffffffff80123456, limit 0x67, DPL 0
            0x0028: 32-bit code, readable, base 0x0, limit 0xffffffff, DPL 3, not present
            1 more are null

            """,
            _machine.Run("gdt"));
    }

    [Fact]
    public void A_GDT_that_is_not_mapped_is_said_so()
    {
        _machine.System.Gdt = new DescriptorTable(0x50_0000, 0x17);

        Assert.Equal("GDT at 0x500000, limit 0x17\n0x500000 is not mapped to RAM\n", _machine.Run("info gdt"));
    }

    [Fact]
    public void Without_an_LDT_and_a_TSS_there_is_nothing_to_show()
    {
        Assert.Equal("there is no LDT: LDTR is null\n", _machine.Run("ldt"));
        Assert.Equal("there is no TSS: TR is null\n", _machine.Run("tss"));
    }

    [Fact]
    public void The_IDT_lists_its_gates_and_one_gate_is_checked()
    {
        _machine.Set64(Page + (14 * 16), 0x8010_8e03_0008_2345).Set64(Page + (14 * 16) + 8, 0xffff_ffff);
        _machine.System.Idt = new DescriptorTable(0x40_0000, 0xfff);

        Assert.Equal(
            """
            IDT at 0x400000, limit 0xfff
            #PF page fault (vector 14): interrupt gate to 0x8:0xffffffff80102345, DPL 0, IST 3
            255 more are empty

            """,
            _machine.Run("idt"));
        Assert.Equal(
            """
            #PF page fault (vector 14): interrupt gate to 0x8:0xffffffff80102345, DPL 0, IST 3
            Delivering #PF page fault (vector 14): its gate's selector 0x8 is beyond the GDT (limit 0x0).

            """,
            _machine.Run("idt 14"));
        Assert.Equal(
            "Delivering #DF double fault (vector 8): its gate at 0x400080 is empty: no handler was installed.\n", _machine.Run("idt 8"));
    }

    [Fact]
    public void In_real_mode_the_IDT_is_the_interrupt_vectors()
    {
        var machine = new PagedMachine();
        machine.Set32(0x10 * 4, 0xf000_ff53);
        machine.System.Idt = new DescriptorTable(0, 0x3ff);

        Assert.Equal("interrupt vectors at 0x0, limit 0x3ff\nvector 16: f000:ff53\n255 more are empty\n", machine.Run("ivt"));
    }

    [Fact]
    public void A_64_bit_TSS_shows_its_stacks()
    {
        _machine.Set64(Page + 4, 0xffff_8000_0000_1000).Set64(Page + 0x24, 0xffff_8000_0000_2000);
        _machine.Ram.Bytes[Page + 0x66] = 0x68;
        _machine.System.Tr = new Segment(0x40_0000, 0x67, 0x18, 0xb, 0, SegmentBits.Present);

        string answer = _machine.Run("tss");

        Assert.StartsWith("TSS 0x18 at 0x400000, limit 0x67\nRSP0 0xffff800000001000\nRSP1 0x0\nRSP2 0x0\nIST1 0xffff800000002000\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("I/O permission bitmap none (offset 0x68 is beyond the limit)\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vector_beyond_255_is_refused() => Assert.Equal("the vector is at most 255, not 256\n", _machine.Run("idt 256"));
}
