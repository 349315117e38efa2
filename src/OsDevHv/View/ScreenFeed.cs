using System.Diagnostics;
using OsDevHv.Machine;
using OsDevHv.Machine.Display;

namespace OsDevHv.View;

/// <summary>What the screen showed when it was last looked at.</summary>
/// <param name="Revision">Grows by one with each picture that differs from the one before; 0 is no picture yet.</param>
/// <param name="Width">Pixels; 0 where there is no screen.</param>
/// <param name="Height">Pixels; 0 where there is no screen.</param>
/// <param name="Description">What is shown, or why nothing.</param>
internal sealed record ScreenState(int Revision, int Width, int Height, string Description);

/// <summary>
/// Looks at the screen for all browsers: at most five times a second and for at most a third of the time, and makes a PNG file only of a
/// picture that has changed and that somebody fetches. Any thread.
/// </summary>
internal sealed class ScreenFeed(IMachineView machine)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private Picture? _picture;
    private byte[]? _png;
    private ScreenState _state = new(0, 0, 0, "");
    private bool _isClosed;
    private long _next = long.MinValue;

    /// <summary>Looks again if it is time to.</summary>
    /// <param name="now">Whether it is, whenever the last time was.</param>
    public ScreenState Look(bool now = false)
    {
        lock (_lock)
        {
            long start = Stopwatch.GetTimestamp();
            if (!now && start < _next)
            {
                return _state;
            }

            Capture();
            Rest(start);
            return _state;
        }
    }

    /// <summary>The picture as a PNG file; null where there is no screen.</summary>
    public byte[]? GetPng()
    {
        lock (_lock)
        {
            Look();
            if (_png is null && _picture is not null)
            {
                long start = Stopwatch.GetTimestamp();
                using var stream = new MemoryStream();
                _picture.WritePng(stream);
                _png = stream.ToArray();
                Rest(start);
            }

            return _png;
        }
    }

    /// <summary>Looks no more: the machine is let go.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }

    private void Capture()
    {
        if (_isClosed)
        {
            return;
        }

        bool exists = machine.TryCapture(out Picture? picture, out string description);
        if (!exists || picture is null)
        {
            (_picture, _png) = (null, null);
            _state = new ScreenState(_state.Revision, 0, 0, description);
            return;
        }

        bool isSame = _picture is { } last && last.Width == picture.Width && last.Height == picture.Height
            && last.Rgb.AsSpan().SequenceEqual(picture.Rgb);
        if (!isSame)
        {
            (_picture, _png) = (picture, null);
        }

        _state = new ScreenState(_state.Revision + (isSame ? 0 : 1), picture.Width, picture.Height, description);
    }

    // A large picture is work that the guest's threads would miss.
    private void Rest(long start)
    {
        TimeSpan work = Stopwatch.GetElapsedTime(start);
        TimeSpan rest = work * 2 > s_interval ? work * 2 : s_interval;
        _next = Stopwatch.GetTimestamp() + (long)(rest.TotalSeconds * Stopwatch.Frequency);
    }
}
