namespace OsDevHv.Devices;

/// <summary>Buttons of a mouse, numbered as QEMU's <c>mouse_button</c> does.</summary>
[Flags]
public enum MouseButtons
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The left one.</summary>
    Left = 1,

    /// <summary>The middle one, or the wheel.</summary>
    Middle = 2,

    /// <summary>The right one.</summary>
    Right = 4,

    /// <summary>The fourth, of an IntelliMouse Explorer.</summary>
    Side = 8,

    /// <summary>The fifth, of an IntelliMouse Explorer.</summary>
    Extra = 16,
}

/// <summary>What a PS/2 mouse has shown itself to be: its id, as command F2h gives it.</summary>
public enum MouseKind
{
    /// <summary>Three buttons.</summary>
    Standard = 0,

    /// <summary>A wheel too: Microsoft's IntelliMouse.</summary>
    Wheel = 3,

    /// <summary>A wheel and five buttons: the IntelliMouse Explorer.</summary>
    Explorer = 4,
}

/// <summary>A PS/2 mouse with a wheel and five buttons, which begins as a plain one.</summary>
/// <remarks>
/// <para>Specification: IBM PS/2 Hardware Technical Reference, Auxiliary Device; Chapweske, The PS/2 Mouse Interface, for the IntelliMouse
/// and the Explorer too: three sample rates in a row make it one.</para>
/// <para>Not modelled: the time that a self-test and an answer take; what the resolution means, for a movement is stated in
/// counts; horizontal wheels.</para>
/// <para>Called under the lock of the 8042, by vCPUs through the 8042 and by whoever moves it.</para>
/// </remarks>
public sealed partial class Ps2Mouse : IPs2Device, ITimedDevice
{
    // A packet, and the acknowledgement of the command that asked for it.
    private const int MaximumOutput = 5;

    private readonly IDeviceClock _clock;
    private readonly byte[] _output = new byte[MaximumOutput];
    private int _outputAt;
    private int _outputCount;
    private long _nextPacket;

    /// <summary>The mouse at power-on: it does not report.</summary>
    /// <param name="clock">Its time, for the sample rate.</param>
    public Ps2Mouse(IDeviceClock clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        Reset();
    }

    /// <inheritdoc/>
    public Action? Attention { get; set; }

    /// <summary>
    /// Called when it becomes <see cref="IsReady"/>, perhaps when it is already. Must not call back into the mouse or the 8042.
    /// </summary>
    public Action? BecameReady { get; set; }

    /// <summary>Whether the guest would see a movement: it reports, or it is asked.</summary>
    public bool IsWatched => IsReporting || IsRemote;

    /// <summary>Whether a movement is taken without adding to one that the guest was not told of yet.</summary>
    public bool IsReady => !IsReporting || IsRemote || (!HasOutput && !HasChanged);

    /// <summary>Whether it reports in stream mode: commands F4h and F5h.</summary>
    public bool IsReporting { get; private set; }

    /// <summary>Whether it is in remote mode, where it only answers EBh.</summary>
    public bool IsRemote { get; private set; }

    /// <summary>Whether it echoes: commands EEh and ECh.</summary>
    public bool IsWrapping { get; private set; }

    /// <summary>Whether movements are scaled 2:1 in stream mode.</summary>
    public bool IsScaled { get; private set; }

    /// <summary>The resolution's number, 0 to 3, for 1, 2, 4 or 8 counts a millimetre.</summary>
    public int Resolution { get; private set; }

    /// <summary>Packets a second at most: 10 to 200.</summary>
    public int SampleRate { get; private set; }

    /// <summary>What it has shown itself to be.</summary>
    public MouseKind Kind { get; private set; }

    /// <summary>The buttons that are down.</summary>
    public MouseButtons Buttons { get; private set; }

    /// <inheritdoc/>
    public bool HasOutput => _outputAt < _outputCount;

    /// <inheritdoc/>
    public byte Take()
    {
        byte value = _output[_outputAt++];
        if (!HasOutput)
        {
            SendIfDue();
            TellIfReady();
        }

        return value;
    }

    /// <summary>It is moved.</summary>
    /// <param name="right">Counts to the right; any number, of which it keeps no more than fits its counters.</param>
    /// <param name="up">Counts away from the user.</param>
    /// <param name="wheel">Notches of the wheel towards the user.</param>
    public void Move(int right, int up, int wheel)
    {
        if (IsWatched)
        {
            _x = _x.Plus(right);
            _y = _y.Plus(up);
            _wheel = Math.Clamp(_wheel + Math.Clamp(wheel, -WheelLimit, WheelLimit), -WheelLimit, WheelLimit - 1);
            Report();
        }
    }

    /// <summary>Its buttons are pressed or released.</summary>
    /// <param name="buttons">Those that are down now.</param>
    public void SetButtons(MouseButtons buttons)
    {
        Buttons = buttons;
        Report();
    }

    /// <inheritdoc/>
    public void OnAlarm() => Report();

    /// <inheritdoc/>
    public void Reset()
    {
        _awaiting = 0;
        _errors = 0;
        _rates = 0;
        _outputAt = 0;
        _outputCount = 0;
        _nextPacket = 0;
        IsWrapping = false;
        Kind = MouseKind.Standard;
        Buttons = MouseButtons.None;
        SetDefaults();
        _clock.SetAlarm(IDeviceClock.Never);
    }

    private void Report()
    {
        SendIfDue();
        if (HasOutput)
        {
            Attention?.Invoke();
        }
    }

    /// <summary>Sends a packet where there is something to tell, all that was sent is taken, and the sample rate lets it; or asks to be
    /// woken when that does.</summary>
    private void SendIfDue()
    {
        if (!IsReporting || IsRemote || IsWrapping || HasOutput || !HasChanged)
        {
            return;
        }

        long now = _clock.Now;
        if (now < _nextPacket)
        {
            _clock.SetAlarm(_nextPacket);
            return;
        }

        _nextPacket = now + (1_000_000_000L / SampleRate);
        SendPacket(IsScaled);
    }

    private void Send(params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output);
        _outputAt = 0;
        _outputCount = bytes.Length;
    }

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
        state.Bytes(_output);
        _outputAt = state.Index(_outputAt, MaximumOutput + 1);
        _outputCount = state.Index(_outputCount, MaximumOutput + 1);
        _nextPacket = state.Of(_nextPacket);
        IsReporting = state.Of(IsReporting);
        IsRemote = state.Of(IsRemote);
        IsWrapping = state.Of(IsWrapping);
        IsScaled = state.Of(IsScaled);
        Resolution = state.Of(Resolution);
        SampleRate = state.Of(SampleRate);
        Kind = (MouseKind)state.Of((int)Kind);
        Buttons = (MouseButtons)state.Of((int)Buttons);
        _awaiting = state.Of(_awaiting);
        _errors = state.Of(_errors);
        _rates = state.Of(_rates);
        _x = new MovementCounter(state.Of(_x.Value), state.Of(_x.HasOverflown));
        _y = new MovementCounter(state.Of(_y.Value), state.Of(_y.HasOverflown));
        _wheel = state.Of(_wheel);
        _told = (MouseButtons)state.Of((int)_told);
        if (SampleRate <= 0)
        {
            throw StateExchange.Damaged();
        }
    }
}
