using System.Text;
using CsCheck;
using OsDevHv.Machine.Consoles;
using Xunit;

namespace OsDevHv.Tests.Consoles;

public sealed class OutputQueueTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void What_is_written_is_taken_in_order()
    {
        var queue = new OutputQueue();
        Write(queue, "first byte first");

        string taken = Encoding.ASCII.GetString(queue.Take(out bool closed));

        Assert.Equal("first byte first", taken);
        Assert.False(closed);
    }

    [Fact]
    public void Bytes_are_held_until_the_reader_is_done_with_them()
    {
        var queue = new OutputQueue();
        Write(queue, "abc");
        queue.Take(out _);

        queue.Done(1);

        Assert.Equal("bc", Encoding.ASCII.GetString(queue.Take(out _)));
    }

    [Fact]
    public void Congestion_begins_at_the_high_water_mark()
    {
        var queue = new OutputQueue();
        Fill(queue, OutputQueue.HighWater - 1);
        bool before = queue.IsCongested;

        queue.Write(0);

        Assert.False(before);
        Assert.True(queue.IsCongested);
    }

    [Fact]
    public void Congestion_ends_at_the_low_water_mark_and_is_told_once()
    {
        var queue = new OutputQueue();
        Fill(queue, OutputQueue.HighWater);

        bool aboveMark = queue.Done(OutputQueue.HighWater - OutputQueue.LowWater - 1);
        bool stillCongested = queue.IsCongested;
        bool atMark = queue.Done(1);
        bool afterwards = queue.Done(1);

        Assert.False(aboveMark);
        Assert.True(stillCongested);
        Assert.True(atMark);
        Assert.False(afterwards);
        Assert.False(queue.IsCongested);
    }

    [Fact]
    public void A_writer_that_does_not_pause_loses_the_newest_bytes_and_they_are_counted()
    {
        var queue = new OutputQueue();
        Fill(queue, 2 * OutputQueue.HighWater);

        Write(queue, "lost");

        Assert.Equal(4, queue.Dropped);
    }

    [Fact]
    public void The_reader_sees_the_end_after_the_last_byte()
    {
        var queue = new OutputQueue();
        Write(queue, "x");
        queue.Close();

        int length = queue.Take(out bool closedWithByte).Length;
        queue.Done(length);
        int rest = queue.Take(out bool closed).Length;

        Assert.Equal(1, length);
        Assert.False(closedWithByte);
        Assert.Equal(0, rest);
        Assert.True(closed);
    }

    [Fact]
    public void A_drain_gives_up_when_told()
    {
        var queue = new OutputQueue();
        Write(queue, "x");

        bool drained = queue.Drain(Timeout.InfiniteTimeSpan, new CancellationToken(canceled: true));

        Assert.False(drained);
    }

    [Fact]
    public void A_drain_of_an_end_that_takes_nothing_runs_out_of_patience()
    {
        var queue = new OutputQueue();
        Write(queue, "x");

        bool drained = queue.Drain(TimeSpan.FromMilliseconds(1), CancellationToken.None);

        Assert.False(drained);
    }

    [Fact]
    public void Settling_an_empty_queue_does_not_wait()
    {
        var queue = new OutputQueue();

        Assert.True(queue.Settle(TimeSpan.Zero));
    }

    [Fact]
    public void Settling_waits_for_what_was_written_and_hurries_the_reader()
    {
        var queue = new OutputQueue();
        Write(queue, "x");
        Thread reader = Reader(queue, static _ => { });

        bool first = queue.Settle(s_limit);
        Write(queue, "yz");
        bool second = queue.Settle(s_limit);
        ulong passedOn = queue.PassedOn;
        queue.Close();
        reader.Join();

        Assert.True(first);
        Assert.True(second);
        Assert.Equal(3UL, passedOn);
    }

    [Fact]
    public void Settling_an_end_that_takes_nothing_gives_up()
    {
        var queue = new OutputQueue();
        Write(queue, "x");

        Assert.False(queue.Settle(TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public async Task An_end_that_was_stuck_is_not_waited_for_until_it_moves()
    {
        var queue = new OutputQueue();
        Write(queue, "xyz");
        queue.Settle(TimeSpan.FromMilliseconds(1));

        CancellationToken cancellation = TestContext.Current.CancellationToken;
        bool stuck = !await Task.Run(() => queue.Settle(TimeSpan.FromHours(1)), cancellation).WaitAsync(s_limit, cancellation);
        queue.Take(out _);
        queue.Done(1);
        Thread reader = Reader(queue, static _ => { });
        bool moving = queue.Settle(s_limit);
        queue.Close();
        reader.Join();

        Assert.True(stuck);
        Assert.True(moving);
    }

    [Fact]
    public void Settling_does_not_count_as_a_pause_in_the_output()
    {
        var queue = new OutputQueue();
        Write(queue, "x");
        int empty = 0;
        Thread reader = Reader(queue, length => empty += length == 0 ? 1 : 0);

        queue.Settle(s_limit);
        queue.Close();
        reader.Join();

        Assert.Equal(0, empty);
    }

    [Fact]
    public void Writing_allocates_nothing()
    {
        var queue = new OutputQueue();
        queue.Write(0);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Fill(queue, 10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Any_sequence_of_writes_and_takes_gives_the_bytes_written()
    {
        Gen.Select(Gen.Int[0, 40_000], Gen.Int[0, 40_000]).Array[1, 20].Sample(steps =>
        {
            var queue = new OutputQueue();
            uint written = 0;
            uint read = 0;
            foreach ((int write, int take) in steps)
            {
                for (int i = 0; i < write && !queue.IsCongested; i++)
                {
                    queue.Write((byte)(written++ * 7));
                }

                if (written == read)
                {
                    continue;
                }

                ReadOnlySpan<byte> bytes = queue.Take(out _);
                int count = Math.Min(take, bytes.Length);
                for (int i = 0; i < count; i++)
                {
                    if (bytes[i] != (byte)(read++ * 7))
                    {
                        return false;
                    }
                }

                queue.Done(count);
            }

            return queue.PassedOn == read && queue.Dropped == 0;
        }, iter: 50);
    }

    /// <summary>The other side, until the queue is closed.</summary>
    private static Thread Reader(OutputQueue queue, Action<int> took)
    {
        var reader = new Thread(() =>
        {
            bool closed;
            do
            {
                int length = queue.Take(out closed).Length;
                if (!closed)
                {
                    took(length);
                    queue.Done(length);
                }
            }
            while (!closed);
        });
        reader.Start();
        return reader;
    }

    private static void Write(OutputQueue queue, string text)
    {
        foreach (char c in text)
        {
            queue.Write((byte)c);
        }
    }

    private static void Fill(OutputQueue queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            queue.Write((byte)i);
        }
    }
}
