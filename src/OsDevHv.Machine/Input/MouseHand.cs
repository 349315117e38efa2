using OsDevHv.Devices;

namespace OsDevHv.Machine.Input;

/// <summary>A thing that is done with the mouse, no more than a packet tells.</summary>
/// <param name="Right">Counts to the right.</param>
/// <param name="Up">Counts away from the user.</param>
/// <param name="Wheel">Notches towards the user.</param>
/// <param name="Buttons">The buttons that are down from now on; null leaves them.</param>
internal readonly record struct MouseStep(int Right, int Up, int Wheel, MouseButtons? Buttons);

/// <summary>Moves the mouse step by step, each when the guest has read what the one before sent, so that no counter overflows.</summary>
/// <remarks>Called under the lock of the 8042.</remarks>
internal sealed class MouseHand : ITimedDevice, IKeepsState
{
    private const int MostKept = 1_000_000;

    private readonly IDeviceClock _clock;
    private readonly Ps2Mouse _mouse;
    private readonly Queue<MouseStep> _waiting = new();

    public MouseHand(IDeviceClock clock, Ps2Mouse mouse)
    {
        _clock = clock;
        _mouse = mouse;
        mouse.BecameReady = GoOn;
    }

    /// <summary>How many steps are still to be done.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Does this behind what is to be done already.</summary>
    public void Do(MouseStep step)
    {
        _waiting.Enqueue(step);
        GoOn();
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        while (_mouse.IsReady && _waiting.TryDequeue(out MouseStep step))
        {
            if (step.Buttons is { } buttons)
            {
                _mouse.SetButtons(buttons);
            }
            _mouse.Move(step.Right, step.Up, step.Wheel);
        }
    }

    /// <summary>From within a call of the mouse it cannot be moved; the alarm comes after it.</summary>
    private void GoOn()
    {
        if (_waiting.Count != 0)
        {
            _clock.SetAlarm(_clock.Now);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        MouseStep[] kept = new MouseStep[state.Index(_waiting.Count, MostKept)];
        if (!state.IsRestoring)
        {
            _waiting.CopyTo(kept, 0);
        }
        for (int i = 0; i < kept.Length; i++)
        {
            MouseStep step = kept[i];
            kept[i] = new MouseStep(
                state.Of(step.Right), state.Of(step.Up), state.Of(step.Wheel), (MouseButtons?)state.Of((byte?)step.Buttons));
        }
        if (state.IsRestoring)
        {
            _waiting.Clear();
            Array.ForEach(kept, _waiting.Enqueue);
        }
    }
}
