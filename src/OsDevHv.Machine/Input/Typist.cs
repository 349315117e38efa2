using OsDevHv.Devices;

namespace OsDevHv.Machine.Input;

/// <summary>A thing that is done at the keyboard, or a time for which nothing is.</summary>
/// <param name="Key">The key; null where nothing is done.</param>
/// <param name="IsDown">Whether it is pressed, not released.</param>
/// <param name="Wait">Nanoseconds until the next thing.</param>
internal readonly record struct Keystroke(KeyboardKey? Key, bool IsDown, long Wait);

/// <summary>
/// Presses keys one after the other in machine time, each when the guest has read what the one before sent: whoever sends keys to a guest
/// that is not looking yet loses none, and the keyboard's 16 bytes do not overflow.
/// </summary>
/// <remarks>Called under the lock of the 8042.</remarks>
internal sealed class Typist : ITimedDevice, IKeepsState
{
    private const int MostKept = 1_000_000;

    private readonly IDeviceClock _clock;
    private readonly Ps2Keyboard _keyboard;
    private readonly Queue<Keystroke> _waiting = new();
    private readonly Queue<(long Time, IReadOnlyList<Keystroke> Strokes)> _planned = new();
    private long _notBefore;

    public Typist(IDeviceClock clock, Ps2Keyboard keyboard)
    {
        _clock = clock;
        _keyboard = keyboard;
        keyboard.BecameReady = GoOn;
    }

    /// <summary>How many things are still to be done, of those whose time has come.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>How many times are still to come at which there is something to do.</summary>
    public int Planned => _planned.Count;

    /// <summary>Does these behind what is to be done already.</summary>
    public void Do(IEnumerable<Keystroke> strokes)
    {
        foreach (Keystroke stroke in strokes)
        {
            _waiting.Enqueue(stroke);
        }
        GoOn();
    }

    /// <summary>Does these when their times come. Times do not go back from one to the next.</summary>
    public void Plan(IEnumerable<(long Time, IReadOnlyList<Keystroke> Strokes)> strokes)
    {
        foreach ((long, IReadOnlyList<Keystroke>) one in strokes)
        {
            _planned.Enqueue(one);
        }
        GoOn();
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        long now = _clock.Now;
        while (_planned.TryPeek(out (long Time, IReadOnlyList<Keystroke> Strokes) next) && next.Time <= now)
        {
            foreach (Keystroke stroke in _planned.Dequeue().Strokes)
            {
                _waiting.Enqueue(stroke);
            }
        }
        while (now >= _notBefore && _keyboard.IsReady && _waiting.TryDequeue(out Keystroke stroke))
        {
            _notBefore = now + stroke.Wait;
            Do(stroke);
        }
        GoOn();
    }

    private void Do(in Keystroke stroke)
    {
        if (stroke.Key is not { } key)
        {
            return;
        }
        if (stroke.IsDown)
        {
            _keyboard.Press(key);
        }
        else
        {
            _keyboard.Release(key);
        }
    }

    /// <summary>
    /// Sees to it that the alarm goes off when there is something to do. From within a call of the keyboard nothing can be pressed; the
    /// alarm comes after it.
    /// </summary>
    private void GoOn()
    {
        long wake = _planned.TryPeek(out (long Time, IReadOnlyList<Keystroke>) next) ? next.Time : IDeviceClock.Never;
        // A keyboard that is not ready calls when it is.
        if (_waiting.Count != 0 && _keyboard.IsReady)
        {
            wake = Math.Min(wake, _notBefore);
        }
        _clock.SetAlarm(wake);
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        _notBefore = state.Of(_notBefore);
        Exchange(state, _waiting);
        int planned = state.Index(_planned.Count, MostKept);
        if (state.IsRestoring)
        {
            _planned.Clear();
        }
        for (int i = 0; i < planned; i++)
        {
            (long time, IReadOnlyList<Keystroke> strokes) = state.IsRestoring ? (0, []) : _planned.ElementAt(i);
            var queue = new Queue<Keystroke>(strokes);
            time = state.Of(time);
            Exchange(state, queue);
            if (state.IsRestoring)
            {
                _planned.Enqueue((time, [.. queue]));
            }
        }
    }

    private static void Exchange(StateExchange state, Queue<Keystroke> strokes)
    {
        Keystroke[] kept = new Keystroke[state.Index(strokes.Count, MostKept)];
        if (!state.IsRestoring)
        {
            strokes.CopyTo(kept, 0);
        }
        for (int i = 0; i < kept.Length; i++)
        {
            string key = state.Of(kept[i].Key?.Name ?? "");
            kept[i] = new Keystroke(KeyboardKey.Find(key), state.Of(kept[i].IsDown), state.Of(kept[i].Wait));
        }
        if (state.IsRestoring)
        {
            strokes.Clear();
            Array.ForEach(kept, strokes.Enqueue);
        }
    }
}
