namespace OsDevHv.Devices;

/// <summary>The lights of a keyboard, as command EDh sets them.</summary>
[Flags]
public enum KeyboardLeds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Scroll Lock.</summary>
    ScrollLock = 1,

    /// <summary>Num Lock.</summary>
    NumLock = 2,

    /// <summary>Caps Lock.</summary>
    CapsLock = 4,
}

/// <summary>A PS/2 keyboard with scan code sets 1, 2 and 3.</summary>
/// <remarks>
/// <para>Specification: IBM PS/2 Hardware Technical Reference, Keyboards; Chapweske, The PS/2 Keyboard Interface. In set 3 all keys are
/// typematic with a break code until commands F7h to FDh change that, as Chapweske has it and on QEMU.</para>
/// <para>Not modelled: the time that a self-test (500 ms) and an answer take; Num Lock's and Shift's extra codes of the grey keys; keys
/// that are down while scanning is off and are still when it is on again: they have to be pressed anew.</para>
/// <para>Called under the lock of the 8042, by vCPUs through the 8042 and by whoever presses keys.</para>
/// </remarks>
public sealed partial class Ps2Keyboard : IPs2Device, ITimedDevice
{
    private const byte OverrunOfSet1 = 0xff;
    private const byte OverrunOfOthers = 0x00;
    private const int DefaultSet = 2;

    private readonly IDeviceClock _clock;
    private readonly KeyBuffer _codes = new();
    private readonly bool[] _isHeld = new bool[KeyboardKey.All.Count];
    private readonly Modifiers[] _pressedWith = new Modifiers[KeyboardKey.All.Count];
    private readonly KeyReports[] _reportsOfSet3 = new KeyReports[KeyboardKey.All.Count];
    private readonly byte[] _scratch = new byte[ScanCodes.MaximumLength];
    private byte _lastSent;
    private KeyboardKey? _repeating;
    private long _repeatAt;

    /// <summary>The keyboard at power-on: it scans, in set 2.</summary>
    /// <param name="clock">Its time, for keys that are held.</param>
    public Ps2Keyboard(IDeviceClock clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        Reset();
    }

    /// <summary>What a key of set 3 sends beside its make code.</summary>
    [Flags]
    private enum KeyReports : byte
    {
        MakeOnly = 0,
        Break = 1,
        Repeat = 2,
        All = Break | Repeat,
    }

    /// <inheritdoc/>
    public Action? Attention { get; set; }

    /// <summary>
    /// Called when it becomes <see cref="IsReady"/>, perhaps when it is already. Must not call back into the keyboard or the 8042.
    /// </summary>
    public Action? BecameReady { get; set; }

    /// <summary>Whether a key that is pressed or released now is reported at once and none is lost: it scans, and its buffer is
    /// empty.</summary>
    public bool IsReady => IsScanning && _codes.Count == 0;

    /// <summary>Whether it scans its keys: commands F4h and F5h.</summary>
    public bool IsScanning { get; private set; }

    /// <summary>The scan code set, 1 to 3.</summary>
    public int ScanCodeSet { get; private set; } = DefaultSet;

    /// <summary>The lights.</summary>
    public KeyboardLeds Leds { get; private set; }

    /// <summary>How many bytes of scan codes wait to be sent, at most 17.</summary>
    public int BufferedBytes => _codes.Count;

    /// <summary>Nanoseconds until a key that is held repeats: 250 to 1000 ms.</summary>
    public long RepeatDelay => (1 + ((_typematic >> 5) & 3)) * 250_000_000L;

    /// <summary>Nanoseconds between repetitions: 33 to 500 ms. The command's unit is 1/240 s.</summary>
    public long RepeatPeriod => ((8 + (_typematic & 7)) << ((_typematic >> 3) & 3)) * 1_000_000_000L / 240;

    /// <summary>The key that repeats while it is held, or null.</summary>
    public KeyboardKey? RepeatingKey => _repeating;

    /// <inheritdoc/>
    public bool HasOutput => _answerAt < _answerCount || _codes.Count != 0;

    /// <inheritdoc/>
    public byte Take()
    {
        if (_answerAt < _answerCount)
        {
            _lastSent = _answers[_answerAt++];
            return _lastSent;
        }

        _lastSent = _codes.Take();
        TellIfReady();
        return _lastSent;
    }

    /// <summary>A key goes down. Nothing happens where it is down already, or where the keyboard does not scan.</summary>
    /// <param name="key">The key.</param>
    public void Press(KeyboardKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!IsScanning || _isHeld[key.Index])
        {
            return;
        }

        _pressedWith[key.Index] = HeldModifiers();
        _isHeld[key.Index] = true;
        Report(key, KeyAction.Press);
        bool repeats = key.Role != KeyRole.Pause && (ReportsOf(key) & KeyReports.Repeat) != 0;
        SetRepeating(repeats ? key : null, RepeatDelay);
    }

    /// <summary>A key comes up. Nothing happens where it is not down.</summary>
    /// <param name="key">The key.</param>
    public void Release(KeyboardKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!_isHeld[key.Index])
        {
            return;
        }

        _isHeld[key.Index] = false;
        if (_repeating == key)
        {
            StopRepeating();
        }

        if (IsScanning && (ReportsOf(key) & KeyReports.Break) != 0)
        {
            Report(key, KeyAction.Release);
        }
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        if (_repeating is not { } key)
        {
            return;
        }

        long now = _clock.Now;
        if (now < _repeatAt)
        {
            _clock.SetAlarm(_repeatAt);
            return;
        }

        // Of a key that is held while nothing can be sent, no more than the first code is kept.
        if (_codes.Count == 0)
        {
            Report(key, KeyAction.Repeat);
        }

        SetRepeating(key, RepeatPeriod);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _lastSent = 0;
        _awaiting = 0;
        _answerAt = 0;
        _answerCount = 0;
        Array.Clear(_isHeld);
        SetDefaults();
        IsScanning = true;
        TellIfReady();
    }

    private void Report(KeyboardKey key, KeyAction action)
    {
        int count = ScanCodes.Write(key, action, _pressedWith[key.Index], ScanCodeSet, _scratch);
        if (count != 0)
        {
            _codes.Put(_scratch.AsSpan(0, count), ScanCodeSet == 1 ? OverrunOfSet1 : OverrunOfOthers);
            Attention?.Invoke();
        }
    }

    private KeyReports ReportsOf(KeyboardKey key) => ScanCodeSet == 3 ? _reportsOfSet3[key.Index] : KeyReports.All;

    private Modifiers HeldModifiers()
    {
        Modifiers held = Modifiers.None;
        for (int i = 0; i < _isHeld.Length; i++)
        {
            if (_isHeld[i])
            {
                held |= KeyboardKey.All[i].Role switch
                {
                    KeyRole.Shift => Modifiers.Shift,
                    KeyRole.Control => Modifiers.Control,
                    KeyRole.Alt => Modifiers.Alt,
                    _ => Modifiers.None,
                };
            }
        }

        return held;
    }

    private void SetRepeating(KeyboardKey? key, long after)
    {
        _repeating = key;
        _repeatAt = key is null ? IDeviceClock.Never : _clock.Now + after;
        _clock.SetAlarm(_repeatAt);
    }

    private void StopRepeating() => SetRepeating(null, 0);

    private void TellIfReady()
    {
        if (IsReady)
        {
            BecameReady?.Invoke();
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _codes.ExchangeState(state);
        for (int i = 0; i < _isHeld.Length; i++)
        {
            _isHeld[i] = state.Of(_isHeld[i]);
            _pressedWith[i] = (Modifiers)state.Of((int)_pressedWith[i]);
            _reportsOfSet3[i] = (KeyReports)state.Of((byte)_reportsOfSet3[i]);
        }
        _lastSent = state.Of(_lastSent);
        int repeating = state.Index(_repeating?.Index ?? KeyboardKey.All.Count, KeyboardKey.All.Count + 1);
        _repeating = repeating == KeyboardKey.All.Count ? null : KeyboardKey.All[repeating];
        _repeatAt = state.Of(_repeatAt);
        IsScanning = state.Of(IsScanning);
        ScanCodeSet = 1 + state.Index(ScanCodeSet - 1, 3);
        Leds = (KeyboardLeds)state.Of((int)Leds);
        state.Bytes(_answers);
        _answerCount = state.Index(_answerCount, _answers.Length + 1);
        _answerAt = state.Index(_answerAt, _answers.Length + 1);
        _awaiting = state.Of(_awaiting);
        _typematic = state.Of(_typematic);
    }
}
