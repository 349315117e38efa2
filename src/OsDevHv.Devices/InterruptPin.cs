namespace OsDevHv.Devices;

/// <summary>An interrupt pin that several devices share: high while any of its lines is high (wired-OR, counted).</summary>
/// <remarks>
/// Models levels only: which edges or levels mean an interrupt is the interrupt controller's business. Any thread; a change allocates
/// nothing. The output is told under the pin's lock, so it sees the levels in the order in which they came about; it must neither drive a
/// line of this pin nor take a device's lock (see the lock order at <see cref="DeviceSlot"/>).
/// </remarks>
public sealed class InterruptPin : IKeepsState
{
    private const int MostLines = 1024;

    private readonly Lock _lock = new();
    private readonly IInterruptLine? _output;
    private readonly List<Line> _lines = [];
    private int _highLines;

    /// <summary>A low pin with no lines.</summary>
    /// <param name="output">Told of each change of the pin's level, once; null where the pin leads nowhere.</param>
    public InterruptPin(IInterruptLine? output = null) => _output = output;

    /// <summary>The pin's level now.</summary>
    public bool IsHigh => Volatile.Read(ref _highLines) != 0;

    /// <summary>A new line, low, for one device to drive.</summary>
    public IInterruptLine AddLine()
    {
        var line = new Line(this);
        lock (_lock)
        {
            _lines.Add(line);
        }
        return line;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Lines in the order in which they were added; those that were added only to the one that was saved have nobody to drive them.
    /// </remarks>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        lock (_lock)
        {
            int count = state.Index(_lines.Count, MostLines);
            for (int i = 0; i < count; i++)
            {
                bool high = state.Of(i < _lines.Count && _lines[i].IsHigh);
                if (i < _lines.Count)
                {
                    _lines[i].IsHigh = high;
                }
            }
            for (int i = count; i < _lines.Count; i++)
            {
                _lines[i].IsHigh = false;
            }
            Volatile.Write(ref _highLines, _lines.Count(static line => line.IsHigh));
        }
    }

    private sealed class Line(InterruptPin pin) : IInterruptLine
    {
        public bool IsHigh { get; set; }

        public void Set(bool high)
        {
            lock (pin._lock)
            {
                if (IsHigh == high)
                {
                    return;
                }

                IsHigh = high;
                Volatile.Write(ref pin._highLines, pin._highLines + (high ? 1 : -1));
                bool pinChanged = pin._highLines == (high ? 1 : 0);
                if (pinChanged)
                {
                    pin._output?.Set(high);
                }
            }
        }
    }
}
