using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>What no processor takes is refused in words (Intel SDM vol. 3A, 2.5 and 2.6; vol. 2, MOV to CR, WRMSR, XSETBV).</summary>
public sealed class RegisterRulesTests
{
    private const ulong Pe = 1, Nw = 1 << 29, Cd = 1 << 30, Pg = 1UL << 31;
    private const ulong Pae = 1 << 5, La57 = 1 << 12, Pcide = 1 << 17;
    private const ulong Lme = 1 << 8, Lma = 1 << 10;

    private static readonly SystemRegisters s_real = new() { Cr0 = 0x10 };

    private static readonly SystemRegisters s_protected = new() { Cr0 = Pe };

    private static readonly SystemRegisters s_long = new()
    {
        Cr0 = Pe | Pg,
        Cr4 = Pae,
        Efer = Lme | Lma,
        Cs = new Segment(0, uint.MaxValue, 8, 11, 0, SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Long | SegmentBits.Granular),
    };

    [Fact]
    public void Paging_needs_protected_mode() =>
        Assert.Equal("PG of cr0 needs PE: there is no paging in real mode", RegisterRules.RefuseSystem(s_real, s_real with { Cr0 = Pg | 0x10 }));

    [Fact]
    public void Write_through_off_needs_the_cache_off()
    {
        Assert.Equal("NW of cr0 needs CD", RegisterRules.RefuseSystem(s_real, s_real with { Cr0 = Nw }));
        Assert.Null(RegisterRules.RefuseSystem(s_real, s_real with { Cr0 = Nw | Cd }));
    }

    [Fact]
    public void The_upper_half_of_cr0_is_reserved() =>
        Assert.Equal("the upper half of cr0 must be 0", RegisterRules.RefuseSystem(s_protected, s_protected with { Cr0 = Pe | (1UL << 32) }));

    [Fact]
    public void Long_mode_needs_PAE() =>
        Assert.Equal(
            "long mode (LME of efer, PG of cr0) needs PAE of cr4",
            RegisterRules.RefuseSystem(s_protected with { Efer = Lme }, s_protected with { Cr0 = Pe | Pg, Efer = Lme | Lma }));

    [Fact]
    public void PAE_stays_in_long_mode() =>
        Assert.Equal("long mode (LME of efer, PG of cr0) needs PAE of cr4", RegisterRules.RefuseSystem(s_long, s_long with { Cr4 = 0 }));

    [Fact]
    public void LME_stays_while_paging_is_on() =>
        Assert.Equal("LME of efer cannot be changed while paging is on", RegisterRules.RefuseSystem(s_long, s_long with { Efer = 0 }));

    [Fact]
    public void LMA_cannot_be_written() =>
        Assert.Equal(
            "LMA of efer is the processor's own: it is set while LME and PG of cr0 are",
            RegisterRules.RefuseSystem(s_protected, s_protected with { Efer = Lma }));

    [Fact]
    public void LMA_follows_LME_and_PG()
    {
        Assert.Equal(Lme | Lma, RegisterRules.WithActiveMode(Lme, Pe | Pg));
        Assert.Equal(Lme, RegisterRules.WithActiveMode(Lme | Lma, Pe));
        Assert.Equal(0ul, RegisterRules.WithActiveMode(Lma, Pe | Pg));
    }

    [Fact]
    public void Paging_stays_on_in_64_bit_mode() =>
        Assert.Equal(
            "paging cannot be turned off in 64-bit mode: cs must be a segment without L first",
            RegisterRules.RefuseSystem(s_long, s_long with { Cr0 = Pe, Efer = Lme }));

    [Fact]
    public void Five_levels_cannot_be_chosen_in_long_mode() =>
        Assert.Equal("LA57 of cr4 cannot be changed in long mode", RegisterRules.RefuseSystem(s_long, s_long with { Cr4 = Pae | La57 }));

    [Fact]
    public void PCIDs_need_long_mode_and_a_CR3_without_one()
    {
        Assert.Equal("PCIDE of cr4 needs long mode", RegisterRules.RefuseSystem(s_protected, s_protected with { Cr4 = Pcide }));
        Assert.Equal(
            "PCIDE of cr4 cannot be set while bits 11:0 of cr3 are not 0",
            RegisterRules.RefuseSystem(s_long, s_long with { Cr4 = Pae | Pcide, Cr3 = 0x1018 }));
        Assert.Null(RegisterRules.RefuseSystem(s_long, s_long with { Cr4 = Pae | Pcide, Cr3 = 0x1000 }));
    }

    [Theory]
    [InlineData(0x0000_8000_0000_0000ul, false)]
    [InlineData(0xffff_8000_0000_0000ul, true)]
    [InlineData(0x0000_7fff_ffff_fffful, true)]
    public void A_base_is_canonical(ulong address, bool taken)
    {
        SystemRegisters changed = s_long with { Fs = s_long.Fs with { Base = address } };

        string? refusal = RegisterRules.RefuseSystem(s_long, changed);

        Assert.Equal(taken ? null : $"fs_base must be a canonical address, {address:x}h is none", refusal);
    }

    [Fact]
    public void Five_levels_make_57_bits_canonical() =>
        Assert.True(RegisterRules.IsCanonical(s_long with { Cr4 = Pae | La57 }, 0x0000_8000_0000_0000));

    [Fact]
    public void Virtual_8086_mode_is_not_entered_by_writing_flags() =>
        Assert.StartsWith(
            "VM of eflags cannot be written",
            RegisterRules.RefuseGeneral(new() { Rflags = 2 }, new() { Rflags = 0x20002 }, s_protected));

    [Theory]
    [InlineData(0x8002ul, "eflags has reserved bits set: 8000h")]
    [InlineData(0x246ul, null)]
    public void Reserved_flags_stay_clear(ulong flags, string? refusal) =>
        Assert.Equal(refusal, RegisterRules.RefuseGeneral(new() { Rflags = 2 }, new() { Rflags = flags }, s_long));

    [Fact]
    public void The_instruction_pointer_is_canonical_in_64_bit_mode_and_has_32_bits_elsewhere()
    {
        Assert.Equal(
            "rip must be a canonical address, 800000000000h is none",
            RegisterRules.RefuseGeneral(default, new() { Rip = 0x8000_0000_0000 }, s_long));
        Assert.Equal(
            "rip has 32 bits outside 64-bit mode, ffffffff80000000h does not fit",
            RegisterRules.RefuseGeneral(default, new() { Rip = 0xffff_ffff_8000_0000 }, s_protected));
        Assert.Null(RegisterRules.RefuseGeneral(default, new() { Rip = 0xffff_ffff_8000_0000 }, s_long));
    }

    [Theory]
    [InlineData(0ul, "xcr0 must have X87 set")]
    [InlineData(5ul, "AVX of xcr0 needs SSE")]
    [InlineData(0x27ul, "OPMASK, ZMM_HI256 and HI16_ZMM of xcr0 go together")]
    [InlineData(0xe3ul, "OPMASK, ZMM_HI256 and HI16_ZMM of xcr0 need AVX")]
    [InlineData(0x0ful, "BNDREG and BNDCSR of xcr0 go together")]
    [InlineData(0x207ul, "the processor has none of the state 200h in xcr0")]
    [InlineData(0xe7ul, null)]
    public void Extended_states_depend_on_each_other(ulong value, string? refusal) =>
        Assert.Equal(refusal, RegisterRules.RefuseXcr0(value, 0xe7));

    [Fact]
    public void The_upper_halves_of_DR6_and_DR7_are_reserved()
    {
        Assert.Equal("the upper half of dr6 must be 0, 100000000h has bits there", RegisterRules.RefuseDebug([0, 0, 0, 0, 1UL << 32, 0]));
        Assert.Equal("the upper half of dr7 must be 0, 100000000h has bits there", RegisterRules.RefuseDebug([0, 0, 0, 0, 0, 1UL << 32]));
        Assert.Null(RegisterRules.RefuseDebug([ulong.MaxValue, 0, 0, 0, 0, 0x401]));
    }

    [Fact]
    public void What_the_processor_lacks_is_named_by_the_bits_that_were_added() =>
        Assert.Equal(
            "the processor does not take VMXE CET in cr4: it has no such feature",
            RegisterRules.NotTaken(s_long, s_long with { Cr4 = Pae | (1 << 13) | (1 << 23) }));
}
