using OsDevHv.Devices;

namespace OsDevHv.Machine.Interrupts;

/// <summary>A line that can be cut: what a device drives passes only while the gate is open.</summary>
/// <remarks>Any thread. Its lock is between those of devices and of pins.</remarks>
internal sealed class GatedLine(IInterruptLine target) : IInterruptLine, IKeepsState
{
    private readonly Lock _lock = new();
    private bool _high;
    private bool _open = true;

    /// <inheritdoc/>
    public void Set(bool high)
    {
        lock (_lock)
        {
            _high = high;
            target.Set(_high && _open);
        }
    }

    /// <summary>Opens or shuts the gate.</summary>
    public void SetGate(bool open)
    {
        lock (_lock)
        {
            _open = open;
            target.Set(_high && _open);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        lock (_lock)
        {
            _high = state.Of(_high);
            _open = state.Of(_open);
        }
    }
}
