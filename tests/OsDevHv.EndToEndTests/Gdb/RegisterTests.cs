using OsDevHv.EndToEndTests.Debugger;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>Stock gdb shows and writes the registers that no description but ours has; what cannot be is refused in words.</summary>
public sealed class RegisterTests(RegisterSession session) : IClassFixture<RegisterSession>
{
    [Fact]
    public void Info_registers_shows_segments_tables_and_model_specific_registers()
    {
        session.Session.Says("all", "cs_attr        0xa09b              [ S P L G TYPE=11 DPL=0 ]");
        session.Session.Says("all", "gdtr_base ");
        session.Session.Says("all", "dr7            0x400 ");
        session.Session.Says("all", "apic_base      0xfee00900          [ BSP EN BASE=1043968 ]");
        session.Session.NeverSays("warning: while parsing");
        session.Session.NeverSays("register size");
    }

    [Fact]
    public void Control_registers_are_shown_by_their_bits()
    {
        session.Session.Says("control", "$1 = [ PE ET PG ]");
        session.Session.Says("control", "$2 = [ LME LMA ]");
        session.Session.Says("control", "$3 = [ PAE ]");
    }

    [Fact]
    public void Bases_and_limits_are_written()
    {
        session.Session.Says("segments", "$4 = {0xffff800000001000, 0x123456, 0x9000, 0x7f}");
        session.Session.Says("segments", "$5 = [ S P DB TYPE=3 DPL=0 ]");
    }

    [Fact]
    public void A_selector_brings_its_descriptor() => session.Session.Says("selector", "$6 = {0x0, 0xffffffff, 0xc093}");

    [Fact]
    public void Debug_registers_are_written() => session.Session.Says("debug", "$7 = {0x1234, 0x403}");

    [Fact]
    public void Vector_registers_are_written_whole()
    {
        Assert.SkipWhen(session.Session.Section("vector").Contains("Invalid register", StringComparison.Ordinal), "this host has no AVX");
        session.Session.Says("vector", "$8 = {9, 0, 0, 0, 0, 0, 0, 5}");
    }

    [Fact]
    public void Memory_type_ranges_are_written() => session.Session.Says("mtrr", "{base = 0xc0000000, mask = 0x0}, {6, 0, 0, 0, 0, 0, 0, 0}");

    [Theory]
    [InlineData("no paging", "E.PG of cr0 needs PE: there is no paging in real mode")]
    [InlineData("no segment", "E.selector 8h is not a writable data segment, as SS needs")]
    [InlineData("far", "E.selector 1000h is beyond the limit")]
    [InlineData("not canonical", "E.fs_base must be a canonical address, 800000000000h is none")]
    [InlineData("no x87", "E.xcr0 must have X87 set")]
    [InlineData("read-only", "E.mtrr_cap cannot be written")]
    [InlineData("flags", "E.eflags has reserved bits set: 8000h")]
    public void What_cannot_be_is_refused_in_words(string section, string words) => session.Session.Says(section, words);

    [Fact]
    public void The_kernel_runs_on_with_what_was_written() => Assert.Equal(33, session.ExitCode);
}

/// <summary>The session of <see cref="RegisterTests"/>.</summary>
public sealed class RegisterSession : SessionFixture
{
    /// <inheritdoc/>
    protected override string Kernel => "debuggee64.elf";

    /// <inheritdoc/>
    protected override string Script => """
        # start
        tbreak kernel_start
        continue
        # all
        info registers
        # control
        p $cr0
        p $efer
        p $cr4
        # segments
        set $k_gs_base = 0xffff800000001000
        set $gs_base = 0x123456
        set $ldtr_base = 0x9000
        set $es_limit = 0x7f
        p/x {$k_gs_base, $gs_base, (long)$ldtr_base, (long)$es_limit}
        p $es_attr
        # selector
        set $es = 0
        set $es = 0x10
        p/x {(int)$es_base, (int)$es_limit, (int)$es_attr}
        set $gs_base = 0
        # debug
        set $dr0 = (void *)0x1234
        set $dr7 = 0x403UL
        p/x {(long)$dr0, (long)$dr7}
        set $dr7 = 0x400UL
        # vector
        set $ymm0.v8_int32[7] = 5
        set $ymm0.v8_int32[0] = 9
        p $ymm0.v8_int32
        # mtrr
        set $mtrr_variable[1].base = 0xc0000000
        set $mtrr_fixed.fix4k_f0000[0] = 6
        output/x $mtrr_variable[1]
        echo ,\040
        output $mtrr_fixed.fix4k_f0000
        # no paging
        set $cr0 = 0x80000000UL
        # no segment
        set $ss = 8
        # far
        set $ds = 0x1000
        # not canonical
        set $fs_base = 0x800000000000
        # no x87
        set $xcr0 = 2UL
        # read-only
        set $mtrr_cap = 0UL
        # flags
        set $eflags = 0x8002
        # end
        continue
        continue
        continue
        """;
}
