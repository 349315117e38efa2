namespace OsDevHv.Devices;

/// <summary>An interrupt pin that several devices share: high while any of its lines is high (wired-OR, counted).</summary>
/// <remarks>
/// Models levels only: which edges or levels mean an interrupt is the interrupt controller's business. Any thread; a change allocates
/// nothing. The output is told under the pin's lock, so it sees the levels in the order in which they came about; it must neither drive a
/// line of this pin nor take a device's lock (see the lock order at <see cref="DeviceSlot"/>).
/// </remarks>
public sealed class InterruptPin
{
    private readonly Lock _lock = new();
    private readonly IInterruptLine? _output;
    private int _highLines;

    /// <summary>A low pin with no lines.</summary>
    /// <param name="output">Told of each change of the pin's level, once; null where the pin leads nowhere.</param>
    public InterruptPin(IInterruptLine? output = null) => _output = output;

    /// <summary>The pin's level now.</summary>
    public bool IsHigh => Volatile.Read(ref _highLines) != 0;

    /// <summary>A new line, low, for one device to drive.</summary>
    public IInterruptLine AddLine() => new Line(this);

    private sealed class Line(InterruptPin pin) : IInterruptLine
    {
        private bool _high;

        public void Set(bool high)
        {
            lock (pin._lock)
            {
                if (_high == high)
                {
                    return;
                }

                _high = high;
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
