using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

public sealed class ExitRingTests
{
    [Fact]
    public void An_exit_is_told_with_its_RIP()
    {
        var ring = new ExitRing();

        ring.Record(new VcpuExit { Kind = VcpuExitKind.Halt }, rip: 0x10_0040);

        Assert.Equal(["HLT, RIP 100040h"], ring.Describe());
    }

    [Fact]
    public void The_oldest_exits_make_room_for_new_ones()
    {
        var ring = new ExitRing();

        for (ulong i = 0; i < 20; i++)
        {
            ring.Record(new VcpuExit { Kind = VcpuExitKind.Halt }, rip: i);
        }

        Assert.Equal(16, ring.Describe().Count);
        Assert.Equal("HLT, RIP 4h", ring.Describe()[0]);
        Assert.Equal("HLT, RIP 13h", ring.Describe()[^1]);
    }
}
