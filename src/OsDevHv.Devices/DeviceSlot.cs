namespace OsDevHv.Devices;

/// <summary>A device's place in the machine: its name, its model, and the lock under which the model is called.</summary>
/// <remarks>
/// <para>The lock rule. Every call into the model is made with <see cref="Lock"/> held: the buses do so for a vCPU's accesses, and a host
/// thread (serial input, a snapshot) does so itself: <c>lock (slot.Lock) uart.Receive(value);</c>. One device, one slot, however many
/// ranges on however many buses it answers at; the models of one chip share a lock by sharing it between their slots.</para>
/// <para>The lock order is: a device, then an <see cref="InterruptPin"/>, then an interrupt controller. So code that runs under a device's
/// lock never takes another device's lock, never accesses a bus, and does not block; what it calls (<see cref="IByteSink"/>,
/// <see cref="IInterruptLine"/>, <see cref="IPowerControl"/>) never calls back into a device.</para>
/// </remarks>
public sealed class DeviceSlot
{
    /// <summary>Gives <paramref name="device"/> a name and a lock.</summary>
    /// <param name="name">The name by which the profile and messages know it.</param>
    /// <param name="device">The model.</param>
    /// <param name="sharedLock">The lock of another slot where both models are parts of one chip; null is a lock of its own.</param>
    /// <exception cref="ArgumentException">The model's <see cref="IBusDevice.AccessSize"/> is not 1, 2, 4 or 8.</exception>
    public DeviceSlot(string name, IBusDevice device, Lock? sharedLock = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(device);
        if (device.AccessSize is not (1 or 2 or 4 or 8))
        {
            throw new ArgumentException(
                $"{name} says that it takes accesses of {device.AccessSize} bytes; 1, 2, 4 and 8 are possible.", nameof(device));
        }

        Name = name;
        Device = device;
        Lock = sharedLock ?? new Lock();
    }

    /// <summary>The name by which the profile and messages know the device.</summary>
    public string Name { get; }

    /// <summary>The model. Call it with <see cref="Lock"/> held only.</summary>
    public IBusDevice Device { get; }

    /// <summary>Held around every call into the model. Reentrant, as all .NET locks are.</summary>
    public Lock Lock { get; }

    /// <summary>Returns the device to its power-on state, under its lock. Any thread.</summary>
    public void Reset()
    {
        lock (Lock)
        {
            Device.Reset();
        }
    }
}
