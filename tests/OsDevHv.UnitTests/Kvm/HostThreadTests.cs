using OsDevHv.Kvm.Host;
using Xunit;

namespace OsDevHv.Tests.Kvm;

public sealed class HostThreadTests
{
    // Linux 6.12: an ordinary thread has a slice of its own.
    private static readonly Version s_first = new(6, 12);

    [Fact]
    public void A_thread_that_asks_for_short_slices_has_the_shortest_and_others_keep_theirs()
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= s_first, $"threads have slices of their own since Linux {s_first}");
        ulong asked = 0;
        ulong other = 0;

        Run(() =>
        {
            HostThread.AskForShortSlices();
            asked = HostThread.Slice;
        });
        Run(() => other = HostThread.Slice);

        Assert.Equal(100_000UL, asked);
        Assert.InRange(other, asked + 1, ulong.MaxValue);
    }

    private static void Run(ThreadStart action)
    {
        var thread = new Thread(action);
        thread.Start();
        thread.Join();
    }
}
