using System.Diagnostics;
using OsDevHv.Devices;

namespace OsDevHv.Machine.Consoles;

/// <summary>
/// Output on its way from vCPU threads to the thread that passes it on. Bounded: above <see cref="HighWater"/> it is congested, and vCPU
/// threads pause, outside any lock, until there is room; what they write before they notice still fits.
/// </summary>
/// <remarks>
/// The lock is held for a few instructions and is a leaf: nothing is called under it. The reader is woken for the first byte after silence;
/// for <see cref="LingerMilliseconds"/> after each batch it collects more, so that a guest that prints costs one wake-up a millisecond, not
/// one a byte.
/// </remarks>
internal sealed class OutputQueue : IByteSink
{
    /// <summary>Bytes in the queue from which it is congested.</summary>
    public const int HighWater = 64 * 1024;

    /// <summary>Bytes in the queue at which congestion is over.</summary>
    public const int LowWater = 16 * 1024;

    private const int Capacity = 2 * HighWater;
    private const int LingerMilliseconds = 1;
    private static readonly TimeSpan LastPatience = TimeSpan.FromMilliseconds(200);

    private readonly object _gate = new();
    private readonly byte[] _ring = new byte[Capacity];
    private ulong _written;
    private ulong _passedOn;
    private bool _readerWaits;
    private bool _reading;
    private int _drains;
    private int _settles;
    private ulong? _stuckAt;
    private bool _closed;
    private bool _checkedWhenEmpty;
    private volatile bool _congested;

    /// <summary>Whether a vCPU should pause. Any thread; a volatile read.</summary>
    public bool IsCongested => _congested;

    /// <summary>Bytes lost because the queue was full: 0 when writers pause as they should.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bytes passed on so far.</summary>
    public ulong PassedOn
    {
        get
        {
            lock (_gate)
            {
                return _passedOn;
            }
        }
    }

    /// <inheritdoc/>
    public void Write(byte value)
    {
        lock (_gate)
        {
            ulong held = _written - _passedOn;
            if (held == Capacity || _closed)
            {
                // The newest byte goes, not the oldest: the reader may be passing that one on.
                Dropped++;
                return;
            }

            _ring[(int)(_written % Capacity)] = value;
            _written++;
            _checkedWhenEmpty = false;
            if (held + 1 >= HighWater)
            {
                _congested = true;
            }

            if (_readerWaits)
            {
                _readerWaits = false;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>
    /// The reader's side: waits for bytes and gives those that lie together. Empty when a drain wants to know that there are none,
    /// or, with <paramref name="closed"/>, when there will be none.
    /// </summary>
    public ReadOnlySpan<byte> Take(out bool closed)
    {
        lock (_gate)
        {
            if (_reading && _drains == 0 && _settles == 0 && !_congested && !_closed)
            {
                Monitor.Wait(_gate, LingerMilliseconds);
            }

            while (_written == _passedOn && !_closed && (_drains == 0 || _checkedWhenEmpty))
            {
                _reading = false;
                _readerWaits = true;
                Monitor.Wait(_gate);
                _readerWaits = false;
            }

            closed = _closed && _written == _passedOn;
            _reading = true;
            int start = (int)(_passedOn % Capacity);
            int length = (int)Math.Min(_written - _passedOn, (ulong)(Capacity - start));
            return _ring.AsSpan(start, length);
        }
    }

    /// <summary>
    /// The reader is done with <paramref name="count"/> bytes; true when this ended a congestion. 0 after an empty <see cref="Take"/>.
    /// </summary>
    public bool Done(int count)
    {
        lock (_gate)
        {
            _passedOn += (ulong)count;
            if (count == 0)
            {
                _checkedWhenEmpty = _written == _passedOn;
            }

            Monitor.PulseAll(_gate);
            if (!_congested || _written - _passedOn > LowWater)
            {
                return false;
            }

            _congested = false;
            return true;
        }
    }

    /// <summary>
    /// Waits until everything written was passed on. False when nothing moved for <paramref name="patience"/>; once
    /// <paramref name="giveUp"/> is cancelled a reader that keeps up still gets the rest, and one that does not is waited for no longer
    /// than <see cref="LastPatience"/>.
    /// </summary>
    public bool Drain(TimeSpan patience, CancellationToken giveUp)
    {
        using CancellationTokenRegistration registration = giveUp.UnsafeRegister(static queue => ((OutputQueue)queue!).Wake(), this);
        lock (_gate)
        {
            _drains++;
            Monitor.PulseAll(_gate);
            while (_written != _passedOn || !_checkedWhenEmpty)
            {
                ulong before = _passedOn;
                TimeSpan limit = giveUp.IsCancellationRequested ? LastPatience : patience;
                if (!Monitor.Wait(_gate, limit) && before == _passedOn)
                {
                    break;
                }
            }

            _drains--;
            return _written == _passedOn;
        }
    }

    /// <summary>
    /// Waits until everything written before was passed on, without the reader's pause for more; not longer than
    /// <paramref name="limit"/>, and not at all where nothing has moved since a wait that was too long. False when some is left.
    /// </summary>
    public bool Settle(TimeSpan limit)
    {
        lock (_gate)
        {
            ulong wanted = _written;
            if (_passedOn == wanted || _passedOn == _stuckAt)
            {
                return _passedOn == wanted;
            }

            long start = Stopwatch.GetTimestamp();
            _settles++;
            Monitor.PulseAll(_gate);
            TimeSpan left = limit;
            while (_passedOn < wanted && left > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, left);
                left = limit - Stopwatch.GetElapsedTime(start);
            }

            _settles--;
            _stuckAt = _passedOn < wanted ? _passedOn : null;
            return _passedOn >= wanted;
        }
    }

    /// <summary>No more bytes: the reader passes on what there is and sees the end.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
