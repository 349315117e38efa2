using System.Globalization;

namespace OsDevHv.Machine.Display;

/// <summary>Writes what the screen shows to files: when asked, and at the moments that the user named. Any thread.</summary>
/// <param name="screen">The screen.</param>
/// <param name="messages">Hears of each file, a line; and of those that could not be written.</param>
internal sealed class Screenshots(Screen screen, TextWriter messages)
{
    private readonly Lock _writing = new();
    private readonly List<Timed> _timed = [];

    /// <summary>Writes a PNG file, over one that is there.</summary>
    /// <returns>A line that says what was written where, or why it was not.</returns>
    public string Take(string file)
    {
        lock (_writing)
        {
            try
            {
                if (!screen.TryCapture(out Picture? picture, out string description))
                {
                    return $"screenshot: {description}";
                }

                using (var stream = new FileStream(file, FileMode.Create, FileAccess.Write))
                {
                    picture.WritePng(stream);
                }

                return $"screenshot: {Path.GetFullPath(file)}: {description}";
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or OutOfMemoryException
                or ObjectDisposedException)
            {
                return $"screenshot: cannot write {file}: {error.Message}";
            }
        }
    }

    /// <summary>The same, and says so.</summary>
    public void TakeAndTell(string file) => messages.WriteLine(Take(file));

    /// <summary>Begins to wait for the moments.</summary>
    /// <param name="requests">What is wanted.</param>
    /// <param name="runningTime">How long the machine has been running, stops excluded.</param>
    public void Start(IReadOnlyList<ScreenshotRequest> requests, Func<TimeSpan> runningTime)
    {
        foreach (ScreenshotRequest request in requests)
        {
            if (request.Moment == ScreenshotMoment.Time)
            {
                _timed.Add(new Timed(this, request, runningTime));
            }
        }
    }

    /// <summary>Takes those of the end of a run; says which moments did not come.</summary>
    public async Task FinishAsync(IReadOnlyList<ScreenshotRequest> requests, VerdictKind verdict)
    {
        foreach (Timed timed in _timed)
        {
            await timed.DisposeAsync().ConfigureAwait(false);
        }

        foreach (ScreenshotRequest request in requests)
        {
            if (request.Moment == ScreenshotMoment.Exit || (request.Moment == ScreenshotMoment.Failure && IsFailure(verdict)))
            {
                TakeAndTell(request.File);
            }
        }
    }

    private static bool IsFailure(VerdictKind verdict) =>
        verdict is not (VerdictKind.Passed or VerdictKind.Exited or VerdictKind.PoweredOff or VerdictKind.Stopped);

    /// <summary>One that waits for its time.</summary>
    private sealed class Timed : IAsyncDisposable
    {
        private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(10);

        private readonly Screenshots _owner;
        private readonly ScreenshotRequest _request;
        private readonly Func<TimeSpan> _runningTime;
        private readonly Timer _timer;
        private volatile bool _isTaken;

        public Timed(Screenshots owner, ScreenshotRequest request, Func<TimeSpan> runningTime)
        {
            _owner = owner;
            _request = request;
            _runningTime = runningTime;
            _timer = new Timer(static state => ((Timed)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Rearm();
        }

        /// <summary>Waits until nothing is being written.</summary>
        public async ValueTask DisposeAsync()
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
            if (!_isTaken)
            {
                string time = _request.Time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
                _owner.Tell($"screenshot: the run ended before {time} s; {_request.File} is not written");
            }
        }

        private void Tick()
        {
            if (_runningTime() < _request.Time)
            {
                Rearm();
                return;
            }

            _isTaken = true;
            _owner.TakeAndTell(_request.File);
        }

        // Never at once: a machine that is stopped just before would be asked without pause.
        private void Rearm()
        {
            TimeSpan wait = _request.Time - _runningTime();
            _timer.Change(wait < s_period ? s_period : wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Tell(string line) => messages.WriteLine(line);
}
