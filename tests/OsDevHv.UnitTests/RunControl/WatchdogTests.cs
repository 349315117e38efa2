using OsDevHv.Machine.RunControl;
using Xunit;

namespace OsDevHv.Tests.RunControl;

/// <summary>Who looks at a machine from outside does so only as long as it is there.</summary>
public sealed class WatchdogTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_watch_ends_when_the_look_that_is_under_way_has_ended()
    {
        using var looks = new SemaphoreSlim(0);
        using var mayGoOn = new ManualResetEventSlim();
        using ScriptedRig machine = new([0xeb, 0xfe]);
        machine.OnCatchUp = () =>
        {
            looks.Release();
            mayGoOn.Wait(s_limit);
        };
        var watchdog = new Watchdog(machine.Controller, limit: null, debuggable: true, static _ => { });
        Assert.True(await looks.WaitAsync(s_limit, TestContext.Current.CancellationToken));

        Task end = watchdog.DisposeAsync().AsTask();
        bool endedBefore = end.IsCompleted;
        mayGoOn.Set();
        await end.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.False(endedBefore);
        machine.OnCatchUp = null;
    }
}
