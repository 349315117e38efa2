using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>A stop says once that gdb disassembles for another mode.</summary>
public sealed class ModeNoticesTests
{
    [Fact]
    public void Code_of_another_size_is_told_once_until_the_mode_changes()
    {
        var notices = new ModeNotices(static () => TargetArchitecture.X86_64);

        Assert.Equal(
            "the CPU is in real mode: gdb shows its 16-bit code as 64-bit code; 'monitor disassemble' shows it as it is "
            + "(as debug.gdb.architecture: i8086 makes gdb do)",
            notices.Take(At(new SystemRegisters())));
        Assert.Null(notices.Take(At(new SystemRegisters())));
        Assert.Equal(
            "the CPU is in 32-bit protected mode: gdb shows its 32-bit code as 64-bit code; 'monitor disassemble' shows it as it is",
            notices.Take(At(Protected())));
        Assert.StartsWith("the CPU is in real mode", notices.Take(At(new SystemRegisters())));
    }

    [Theory]
    [InlineData(TargetArchitecture.I8086, false)]
    [InlineData(TargetArchitecture.I386, true)]
    public void Code_of_the_sessions_own_size_is_not_mentioned(TargetArchitecture architecture, bool isProtected)
    {
        var notices = new ModeNotices(() => architecture);

        Assert.Null(notices.Take(At(isProtected ? Protected() : new SystemRegisters())));
    }

    private static SystemRegisters Protected() => new()
    {
        Cr0 = ControlBits.Cr0Pe,
        Cs = new Segment(0, uint.MaxValue, 8, 11, 0, SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Default32),
    };

    private static VcpuSnapshot At(SystemRegisters system) => new() { System = system };
}
