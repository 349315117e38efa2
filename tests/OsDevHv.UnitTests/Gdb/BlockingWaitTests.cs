using OsDevHv.Gdb;

namespace OsDevHv.Tests.Gdb;

public class BlockingWaitTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_task_that_ends_while_one_waits_ends_the_wait()
    {
        var task = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = new Timer(_ => task.SetResult(), null, TimeSpan.FromMilliseconds(5), Timeout.InfiniteTimeSpan);

        Assert.True(BlockingWait.For(task.Task, Long));
    }

    [Fact]
    public void A_task_that_is_over_needs_no_wait() => Assert.True(BlockingWait.For(Task.CompletedTask, TimeSpan.Zero));

    [Fact]
    public void A_task_that_goes_on_is_left_at_the_limit()
    {
        var task = new TaskCompletionSource();

        Assert.False(BlockingWait.For(task.Task, TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void A_task_that_failed_is_over_and_its_error_is_left_to_the_caller()
    {
        Task failed = Task.FromException(new IOException("gone"));

        Assert.True(BlockingWait.For(failed, Long));
        BlockingWait.For(failed, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_cancelled_wait_says_so()
    {
        var task = new TaskCompletionSource();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(5));

        Assert.Throws<OperationCanceledException>(() => BlockingWait.For(task.Task, cancellation.Token));
    }
}
