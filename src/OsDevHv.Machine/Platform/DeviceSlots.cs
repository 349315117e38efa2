using OsDevHv.Devices;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Platform;

/// <summary>The devices of a machine on its buses, in the order in which they were put there.</summary>
internal sealed class DeviceSlots(PortBus ports, MmioBus memory, MachineTimers timers)
{
    private readonly List<DeviceSlot> _slots = [];

    /// <summary>Gives a device its place at some ports. It can be given more.</summary>
    public DeviceSlot Add(string name, IBusDevice device, ushort port, int count, ulong firstOffset = 0)
    {
        DeviceSlot slot = Add(name, device);
        MapPorts(slot, port, count, firstOffset);
        return slot;
    }

    /// <summary>Gives a device a name and a lock, but no place yet.</summary>
    /// <param name="name">Its name in the profile.</param>
    /// <param name="device">The model.</param>
    /// <param name="sharedLock">The lock of the chip that it is a part of; null is one of its own.</param>
    public DeviceSlot Add(string name, IBusDevice device, Lock? sharedLock = null)
    {
        var slot = new DeviceSlot(name, device, sharedLock);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>Makes a device with a clock, which calls it under <paramref name="deviceLock"/>.</summary>
    public T AddTimed<T>(Lock deviceLock, Func<IDeviceClock, T> make) where T : ITimedDevice
    {
        MachineTimers.Alarm alarm = timers.Add(deviceLock);
        T device = make(alarm);
        alarm.Device = device;
        return device;
    }

    /// <summary>Puts a device at some ports.</summary>
    /// <exception cref="InvalidOperationException">They overlap another's, which a validated profile does not have.</exception>
    public void MapPorts(DeviceSlot slot, ushort port, int count, ulong firstOffset = 0)
    {
        if (!ports.TryMap(slot, port, count, firstOffset, out string? error))
        {
            throw new InvalidOperationException(error);
        }
    }

    /// <summary>Puts a device at a range of memory.</summary>
    /// <exception cref="InvalidOperationException">It overlaps another's, which a validated profile does not have.</exception>
    public void MapMemory(DeviceSlot slot, ulong address, ulong length)
    {
        if (!memory.TryMap(slot, address, length, 0, out string? error))
        {
            throw new InvalidOperationException(error);
        }
    }

    /// <summary>Saves or restores every device, by name. With the machine stopped.</summary>
    /// <exception cref="StateException">There were other devices.</exception>
    public void ExchangeState(StateExchange state)
    {
        foreach (DeviceSlot slot in _slots)
        {
            state.Begin(slot.Name);
            lock (slot.Lock)
            {
                slot.Device.ExchangeState(state);
            }
            state.End();
        }
    }

    /// <summary>Returns every device to its power-on state.</summary>
    public void Reset()
    {
        foreach (DeviceSlot slot in _slots)
        {
            slot.Reset();
        }
    }
}
