namespace OsDevHv.Devices;

/// <summary>A device on one of the two serial interfaces of the 8042: the keyboard or the mouse.</summary>
/// <remarks>
/// A byte passes at once; the clock and data lines, and with them parity and timing of a transmission, are not modelled. All members are
/// called under the lock of the 8042, which the devices share.
/// </remarks>
public interface IPs2Device : IKeepsState
{
    /// <summary>Whether it has a byte to send.</summary>
    bool HasOutput { get; }

    /// <summary>
    /// What the 8042 wants to be called when the device has something to send by itself: a key, a movement. Not called from within
    /// <see cref="Receive"/>, <see cref="Take"/> and <see cref="Reset"/>, after which the 8042 looks anyway.
    /// </summary>
    Action? Attention { get; set; }

    /// <summary>Sends the next byte. Called only while <see cref="HasOutput"/>.</summary>
    byte Take();

    /// <summary>Takes a byte from the host; the answer is there when it returns.</summary>
    /// <param name="value">A command or the argument of one.</param>
    void Receive(byte value);

    /// <summary>Returns it to its state at power-on, its self-test passed and told.</summary>
    void Reset();
}

/// <summary>An interface of the 8042.</summary>
/// <param name="Device">What is connected.</param>
/// <param name="Interrupt">Its interrupt: IRQ 1 for the keyboard, IRQ 12 for the mouse.</param>
public sealed record Ps2Port(IPs2Device Device, IInterruptLine Interrupt);
