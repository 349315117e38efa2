using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>Selectors load descriptors, and caches keep to what a processor enters a guest with.</summary>
public sealed class SegmentTests
{
    private const SegmentBits Usable = SegmentBits.Present | SegmentBits.CodeOrData;

    // At 100h: null, 32-bit code, data, 64-bit code, user data, user code, read-only data, execute-only code, conforming code, absent
    // data, TSS of 16 bytes, LDT of 16 bytes, code with both L and D.
    private static readonly ulong[] s_gdt =
    [
        0, 0x00cf9a000000ffff, 0x12cf92345678ffff, 0x00af9a000000ffff, 0x00cff2000000ffff, 0x00cffa000000ffff, 0x00cf90000000ffff,
        0x00cf98000000ffff, 0x00cf9e000000ffff, 0x00cf12000000ffff, 0x0000890030000067, 0xffff8000, 0x0000820040000007, 0xffff8000,
        0x00ef9a000000ffff,
    ];

    private static readonly SystemRegisters s_kernel = new()
    {
        Cr0 = ControlBits.Cr0Pe,
        Gdt = new DescriptorTable(0x100, (ushort)((8 * s_gdt.Length) - 1)),
        Ldt = new Segment(0, 0, 0, 2, 0, SegmentBits.Unusable),
        Cs = new Segment(0, uint.MaxValue, 8, 11, 0, Usable | SegmentBits.Default32 | SegmentBits.Granular),
        Ss = new Segment(0, uint.MaxValue, 0x10, 3, 0, Usable | SegmentBits.Default32 | SegmentBits.Granular),
    };

    [Fact]
    public void A_data_selector_brings_base_limit_and_attributes_of_its_descriptor()
    {
        Segment segment = Load(SegmentUse.Data, s_kernel, 0x10);

        Assert.Equal(
            new Segment(0x1234_5678, uint.MaxValue, 0x10, 3, 0, Usable | SegmentBits.Default32 | SegmentBits.Granular), segment);
    }

    [Fact]
    public void A_loaded_segment_counts_as_accessed() => Assert.Equal(11, Load(SegmentUse.Code, s_kernel, 8).Type);

    [Fact]
    public void In_real_mode_a_selector_is_a_paragraph_and_the_limit_stays()
    {
        Segment segment = Load(SegmentUse.Data, new SystemRegisters(), 0xb800, new Segment(0, uint.MaxValue, 0, 3, 0, Usable));

        Assert.Equal(new Segment(0xb8000, uint.MaxValue, 0xb800, 3, 0, Usable), segment);
    }

    [Fact]
    public void In_virtual_8086_mode_a_selector_is_a_paragraph()
    {
        var cpu = new AddressContext(new Ram(), new GeneralRegisters { Rflags = ControlBits.RflagsVm }, s_kernel);
        Segment segment = default;

        Assert.True(SegmentLoader.TryLoadFor(SegmentUse.Code, cpu, 0x1000, ref segment, out string? error), error);

        Assert.Equal(0x10000ul, segment.Base);
    }

    [Fact]
    public void System_descriptors_have_16_bytes_in_long_mode_and_a_TSS_becomes_busy()
    {
        SystemRegisters inLongMode = s_kernel with { Efer = ControlBits.EferLma };

        Assert.Equal(
            new Segment(0xffff_8000_0000_3000, 0x67, 0x50, 11, 0, SegmentBits.Present), Load(SegmentUse.Task, inLongMode, 0x50));
        Assert.Equal(
            new Segment(0xffff_8000_0000_4000, 7, 0x60, 2, 0, SegmentBits.Present), Load(SegmentUse.LocalTable, inLongMode, 0x60));
    }

    [Fact]
    public void A_null_selector_leaves_a_data_register_and_LDTR_unusable()
    {
        Assert.Equal(SegmentBits.Unusable, Load(SegmentUse.Data, s_kernel, 0).Flags);
        Assert.Equal(SegmentBits.Unusable, Load(SegmentUse.LocalTable, s_kernel, 0).Flags);
    }

    [Theory]
    [InlineData(nameof(SegmentUse.Code), 0x10, "selector 10h is a data segment; CS takes code")]
    [InlineData(nameof(SegmentUse.Code), 0, "CS takes no null selector")]
    [InlineData(nameof(SegmentUse.Code), 0x2b, "selector 2bh is for privilege level 3, and the CPU is at level 0")]
    [InlineData(nameof(SegmentUse.Stack), 0x8, "selector 8h is not a writable data segment, as SS needs")]
    [InlineData(nameof(SegmentUse.Stack), 0x30, "selector 30h is not a writable data segment, as SS needs")]
    [InlineData(nameof(SegmentUse.Stack), 0, "SS takes a null selector only in 64-bit kernel code")]
    [InlineData(nameof(SegmentUse.Stack), 0x23, "selector 23h is for privilege level 3, and the CPU is at level 0")]
    [InlineData(nameof(SegmentUse.Data), 0x38, "selector 38h is code that cannot be read")]
    [InlineData(nameof(SegmentUse.Data), 0x13, "selector 13h is for privilege level 0, and the CPU is at level 3")]
    [InlineData(nameof(SegmentUse.Data), 0x48, "selector 48h is not a present code or data segment")]
    [InlineData(nameof(SegmentUse.Data), 0x50, "selector 50h is not a present code or data segment")]
    [InlineData(nameof(SegmentUse.Data), 0x800, "selector 800h is beyond the limit 77h of the GDT")]
    [InlineData(nameof(SegmentUse.Data), 0xc, "selector ch is in the LDT, and there is none")]
    [InlineData(nameof(SegmentUse.Task), 0, "selector 0h is null; TR takes none such")]
    [InlineData(nameof(SegmentUse.Task), 0x54, "selector 54h is in the LDT; this register takes one of the GDT")]
    [InlineData(nameof(SegmentUse.Task), 0x10, "selector 10h is not a present TSS")]
    [InlineData(nameof(SegmentUse.LocalTable), 0x50, "selector 50h is not a present LDT")]
    public void A_descriptor_that_does_not_fit_is_refused_in_words_and_changes_nothing(string use, int selector, string refusal)
    {
        var cpu = new AddressContext(new Ram(), default, s_kernel);
        var before = new Segment(1, 2, 3, 4, 0, Usable);
        Segment segment = before;

        Assert.False(SegmentLoader.TryLoadFor(Enum.Parse<SegmentUse>(use), cpu, (ushort)selector, ref segment, out string? error));

        Assert.Equal(refusal, error);
        Assert.Equal(before, segment);
    }

    [Fact]
    public void In_long_mode_code_has_not_both_sizes()
    {
        var cpu = new AddressContext(new Ram(), default, s_kernel with { Efer = ControlBits.EferLma });
        Segment segment = default;

        Assert.False(SegmentLoader.TryLoadFor(SegmentUse.Code, cpu, 0x70, ref segment, out string? error));

        Assert.Equal("the descriptor of selector 70h has L and D set, which long mode does not take", error);
    }

    [Fact]
    public void A_descriptor_outside_memory_is_refused_in_words()
    {
        var cpu = new AddressContext(new Ram(), default, s_kernel with { Gdt = new DescriptorTable(0x10_0000, 0xff) });
        Segment segment = default;

        Assert.False(SegmentLoader.TryLoadFor(SegmentUse.Data, cpu, 8, ref segment, out string? error));

        Assert.Equal("the descriptor of selector 8h is not in mapped memory", error);
    }

    [Fact]
    public void A_cache_is_shown_in_the_format_of_the_manual()
    {
        SegmentCache shown = SegmentRules.Show(new Segment(0x1000, 0xffff, 8, 11, 3, Usable | SegmentBits.Default32 | SegmentBits.Granular));

        Assert.Equal(new SegmentCache(0x1000, 0xffff, 0xc0fb), shown);
    }

    [Fact]
    public void A_limit_chooses_its_granularity()
    {
        Segment segment = s_kernel.Ss with { Limit = 0xffff, Flags = Usable };
        SegmentCache shown = SegmentRules.Show(segment);

        Assert.True(Change(2, s_kernel, shown with { Limit = uint.MaxValue }, ref segment) is null);
        Assert.True(segment.Flags.HasFlag(SegmentBits.Granular));
        Assert.True(Change(2, s_kernel, SegmentRules.Show(segment) with { Limit = 0x1234 }, ref segment) is null);
        Assert.False(segment.Flags.HasFlag(SegmentBits.Granular));
        Assert.Equal("ds_limit must end in fffh while G of ds_attr is set", Change(2, s_kernel, shown with { Limit = 0xffff_1234 }, ref segment));
    }

    [Theory]
    [InlineData(0, 0xc093u, "type 3 is not one of cs: it takes code that was accessed, 9, 11, 13 or 15")]
    [InlineData(0, 0xc0fbu, "the DPL of cs must be the CPL, which is 0")]
    [InlineData(0, 0xa09bu, "L of cs needs long mode (efer.LMA)")]
    [InlineData(0, 0x1c09bu, "cs cannot be unusable")]
    [InlineData(1, 0xc0f3u, "the DPL of ss is the CPL, and changes only with the code that runs")]
    [InlineData(1, 0xc013u, "ss_attr must have P set and S set")]
    [InlineData(2, 0xc092u, "type 2 is not one of ds: it takes data, or code that can be read, that was accessed: an odd number other than 9 and 13")]
    [InlineData(2, 0xc193u, "bits 11:8 of ds_attr are reserved")]
    [InlineData(6, 0x92u, "ldtr_attr must have P set and S clear")]
    [InlineData(7, 0x89u, "type 9 is not one of tr: it takes a busy TSS, 11")]
    public void Attributes_that_no_processor_enters_a_guest_with_are_refused(int index, uint attributes, string refusal)
    {
        Segment segment = index switch
        {
            0 => s_kernel.Cs,
            7 => new Segment(0, 0x67, 0, 11, 0, SegmentBits.Present),
            6 => s_kernel.Ldt,
            _ => s_kernel.Ss,
        };
        Segment before = segment;

        string? error = Change(index, s_kernel, SegmentRules.Show(segment) with { Attributes = attributes }, ref segment);

        Assert.Equal(refusal, error);
        Assert.Equal(before, segment);
    }

    [Fact]
    public void A_base_fits_its_register()
    {
        Segment segment = s_kernel.Ss;
        SegmentCache shown = SegmentRules.Show(segment);

        Assert.Equal("ds_base has 32 bits, 100000000h does not fit", Change(2, s_kernel, shown with { Base = 1UL << 32 }, ref segment));
        Assert.Equal(
            "tr_base must be a canonical address, 800000000000h is none",
            Change(7, s_kernel, shown with { Base = 0x8000_0000_0000 }, ref segment));
        Assert.Null(Change(2, s_kernel, shown with { Base = 0x1000 }, ref segment));
    }

    private static Segment Load(SegmentUse use, in SystemRegisters system, ushort selector, Segment before = default)
    {
        Segment segment = before;
        Assert.True(
            SegmentLoader.TryLoadFor(use, new AddressContext(new Ram(), default, system), selector, ref segment, out string? error), error);
        return segment;
    }

    private static string? Change(int index, in SystemRegisters system, SegmentCache wanted, ref Segment segment)
    {
        SegmentRules.TryChange(index, new AddressContext(new Ram(), default, system), wanted, ref segment, out string? error);
        return error;
    }

    private sealed class Ram : IGuestMemory
    {
        private readonly byte[] _page = new byte[0x1000];

        public Ram()
        {
            for (int index = 0; index < s_gdt.Length; index++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(_page.AsSpan(0x100 + (8 * index)), s_gdt[index]);
            }
        }

        public bool TryRead(ulong address, Span<byte> destination)
        {
            bool there = Contains(address, (ulong)destination.Length);
            if (there)
            {
                _page.AsSpan((int)address, destination.Length).CopyTo(destination);
            }

            return there;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

        public bool Contains(ulong address, ulong length) => address < 0x1000 && length <= 0x1000 - address;
    }
}
