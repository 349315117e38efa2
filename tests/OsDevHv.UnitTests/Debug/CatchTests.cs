using System.Buffers.Binary;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Debug;

/// <summary>What <c>monitor catch</c> takes, and where exception handlers are.</summary>
public sealed class CatchTests
{
    private static readonly EngineTraits s_hardware = new(SoftwareBreakpointTechnique.Int3DebugExit, true, true, true, true);

    [Theory]
    [InlineData("exception 14", 14, 14)]
    [InlineData("exception PF", 14, 14)]
    [InlineData("exception #gp", 13, 13)]
    [InlineData("exception 0xd", 13, 13)]
    [InlineData("exception all", 0, 31)]
    [InlineData("interrupt 32", 32, 32)]
    [InlineData("interrupt 0x20", 32, 32)]
    [InlineData("port 3f8", 0x3f8, 0x3f8)]
    [InlineData("port 3f8-3ff write", 0x3f8, 0x3ff)]
    [InlineData("port 0x3f8 =0dh", 0x3f8, 0x3f8)]
    [InlineData("mmio fee00000,1000 read", 0xfee00000, 0xfee00fff)]
    [InlineData("msr c0000080 write", 0xc0000080, 0xc0000080)]
    [InlineData("msr IA32_EFER", 0xc0000080, 0xc0000080)]
    [InlineData("msr lstar", 0xc0000082, 0xc0000082)]
    [InlineData("cr3 1000", 0, 0)]
    [InlineData("mode", 0, 0)]
    [InlineData("triple-fault", 0, 0)]
    [InlineData("int3", 0, 0)]
    public void What_can_be_caught_is_taken(string what, ulong first, ulong last)
    {
        CatchRule rule = Parse(what);

        Assert.Equal((first, last, what), (rule.First, rule.Last, rule.Text));
    }

    [Theory]
    [InlineData("", "catch what?")]
    [InlineData("nonsense", "catch what?")]
    [InlineData("exception 32", "0 to 31")]
    [InlineData("exception QQ", "no exception 'QQ'")]
    [InlineData("exception 3 if write", "has no error code")]
    [InlineData("exception 14 if", "the condition is")]
    [InlineData("exception 14 if maybe", "the condition is")]
    [InlineData("exception 14 if error=xyz", "the condition is")]
    [InlineData("interrupt 256", "0 to 255")]
    [InlineData("port 10000", "up to ffff")]
    [InlineData("port 20-10", "ports are")]
    [InlineData("port 1-2-3", "ports are")]
    [InlineData("port 20 maybe", "'maybe' is not one of")]
    [InlineData("mmio 1000", "is RAM")]
    [InlineData("mmio d0000000,0", "memory is")]
    [InlineData("mmio ffffffffffffffff,2", "memory is")]
    [InlineData("msr NOSUCH", "no MSR 'NOSUCH'")]
    [InlineData("msr 100000000", "no MSR")]
    [InlineData("cr3 zzz", "a number in hexadecimal")]
    public void What_cannot_is_refused_in_words(string what, string words)
    {
        string[] parts = what.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.False(new CatchParser(s_hardware, static address => address < 0x100000).TryParse(parts, 1, out _, out string answer));
        Assert.Contains(words, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write", 2, true)]
    [InlineData("write", 4, false)]
    [InlineData("user write", 6, true)]
    [InlineData("user write", 2, false)]
    [InlineData("present", 3, true)]
    [InlineData("not-present", 2, true)]
    [InlineData("not-present", 3, false)]
    [InlineData("fetch", 0x14, true)]
    [InlineData("error=6", 6, true)]
    [InlineData("error=6", 7, false)]
    public void Error_codes_are_compared(string condition, uint code, bool passes) =>
        Assert.Equal(passes, Parse($"exception 14 if {condition}").ErrorCode!.Value.Passes(code));

    [Fact]
    public void What_needs_steps_is_said_to_be_slow_and_refused_without_them()
    {
        var parser = new CatchParser(s_hardware, static _ => false);
        Assert.True(parser.TryParse(["cr3"], 1, out _, out string answer));
        Assert.Contains("slower", answer, StringComparison.Ordinal);

        parser = new CatchParser(s_hardware with { SingleStep = false }, static _ => false);
        Assert.False(parser.TryParse(["mode"], 1, out _, out answer));
        Assert.Contains("no single steps", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Int3_becomes_exception_3_where_KVM_does_not_exit_for_it()
    {
        var parser = new CatchParser(s_hardware with { SoftwareBreakpoints = SoftwareBreakpointTechnique.PlantedHalt }, static _ => false);

        Assert.True(parser.TryParse(["int3"], 1, out CatchRule? rule, out _));

        Assert.Equal((CatchKind.Exception, 3UL), (rule.Kind, rule.First));
    }

    [Theory]
    [InlineData(0x3f8, 1, true)]
    [InlineData(0x3f7, 2, true)]
    [InlineData(0x3f7, 1, false)]
    [InlineData(0x400, 1, false)]
    [InlineData(0x3ff, 4, true)]
    public void An_access_counts_that_touches_the_range(ulong first, ulong length, bool touches) =>
        Assert.Equal(touches, Parse("port 3f8-3ff").Touches(first, length, isWrite: true));

    [Fact]
    public void A_long_mode_gate_has_its_handler_in_three_parts()
    {
        var memory = new FlatMemory();
        SystemRegisters system = Protected(idt: 0x2000, limit: 0xfff);
        system.Efer = ControlBits.EferLma;
        BinaryPrimitives.WriteUInt64LittleEndian(memory.Bytes.AsSpan(0x2000 + (14 * 16)), 0x8010_8e00_0008_5678);
        BinaryPrimitives.WriteUInt64LittleEndian(memory.Bytes.AsSpan(0x2008 + (14 * 16)), 0xffff_ffff);

        Assert.True(IdtGates.TryFind(memory, default, system, 14, out ulong handler));
        Assert.Equal(0xffff_ffff_8010_5678, handler);
        Assert.False(IdtGates.TryFind(memory, default, system, 13, out _));
    }

    [Fact]
    public void A_32_bit_gate_adds_its_segments_base()
    {
        var memory = new FlatMemory();
        SystemRegisters system = Protected(idt: 0x2000, limit: 0x7ff);
        system.Gdt = new DescriptorTable(0x3000, 0x17);
        // Base 00100000h, code, present.
        BinaryPrimitives.WriteUInt64LittleEndian(memory.Bytes.AsSpan(0x3008), 0x00cf_9a10_0000_ffff);
        BinaryPrimitives.WriteUInt64LittleEndian(memory.Bytes.AsSpan(0x2000 + (6 * 8)), 0x0001_8e00_0008_5678);

        Assert.True(IdtGates.TryFind(memory, default, system, 6, out ulong handler));
        Assert.Equal(0x0011_5678UL, handler);
    }

    [Theory]
    [InlineData(14 * 8)]
    [InlineData((14 * 8) + 6)]
    public void A_gate_behind_the_tables_limit_is_none(ushort limit)
    {
        var memory = new FlatMemory();
        BinaryPrimitives.WriteUInt64LittleEndian(memory.Bytes.AsSpan(0x2000 + (14 * 8)), 0x0001_8e00_0008_5678);
        SystemRegisters system = Protected(idt: 0x2000, limit);
        system.Gdt = new DescriptorTable(0x3000, 0x17);

        Assert.False(IdtGates.TryFind(memory, default, system, 14, out _));
    }

    [Fact]
    public void Real_mode_has_vectors()
    {
        var memory = new FlatMemory();
        BinaryPrimitives.WriteUInt32LittleEndian(memory.Bytes.AsSpan(4 * 0x10), 0xf000_1234);
        var system = new SystemRegisters { Idt = new DescriptorTable(0, 0x3ff) };

        Assert.True(IdtGates.TryFind(memory, default, system, 0x10, out ulong handler));
        Assert.Equal(0xf1234UL, handler);
    }

    [Fact]
    public void Scopes_compare_the_tables_address_not_the_flags()
    {
        var scope = new BreakpointScope(Cr3: 0x5000);

        Assert.True(scope.Includes(3, 0x5018));
        Assert.False(scope.Includes(3, 0x6000));
        Assert.False(new BreakpointScope(Vcpu: 2).Includes(3, 0x5000));
    }

    private static SystemRegisters Protected(ulong idt, ushort limit) =>
        new() { Cr0 = ControlBits.Cr0Pe, Idt = new DescriptorTable(idt, limit) };

    private static CatchRule Parse(string what)
    {
        var parser = new CatchParser(s_hardware, static address => address < 0x100000);
        Assert.True(parser.TryParse(what.Split(' '), 1, out CatchRule? rule, out string answer), answer);
        return rule;
    }
}
