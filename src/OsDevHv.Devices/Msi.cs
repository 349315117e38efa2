namespace OsDevHv.Devices;

/// <summary>Message signalled interrupts: what a device's write to FEExxxxxh means.</summary>
/// <remarks>
/// <para>Specification: Intel SDM vol. 3A, 11.11 (message address and data register formats).</para>
/// <para>Not modelled: interrupt remapping and extended destination ids (address bits 5 to 11), which are ignored.</para>
/// <para>The SDM has the destination mode ignored where the redirection hint is 0, "independent of whether the physical or logical
/// destination mode is used". Processors, KVM and QEMU use it there too, and Linux depends on that: it sends to logical
/// destinations without the hint. So the mode bit alone decides. The hint makes a fixed interrupt to a logical destination go to one
/// processor, as with lowest priority.</para>
/// </remarks>
public static class Msi
{
    private const ulong RedirectionHint = 1 << 3;
    private const ulong LogicalMode = 1 << 2;
    private const uint Assert = 1 << 14;
    private const uint LevelTriggered = 1 << 15;

    /// <summary>Decodes a message.</summary>
    /// <param name="address">The address that the device writes to.</param>
    /// <param name="data">The 32 bits that it writes.</param>
    /// <param name="message">What goes to the local APICs.</param>
    /// <returns>False where no interrupt comes of it: the address is not one of FEE00000h to FEEFFFFFh, the delivery mode is reserved
    /// (3 and 6), or it is the deassertion of a level.</returns>
    public static bool TryDecode(ulong address, uint data, out InterruptMessage message)
    {
        bool isLogical = (address & LogicalMode) != 0;
        DeliveryMode mode = (DeliveryMode)((data >> 8) & 7);
        if (mode == DeliveryMode.Fixed && isLogical && (address & RedirectionHint) != 0)
        {
            mode = DeliveryMode.LowestPriority;
        }

        // The other modes are edge-triggered whatever the bit says.
        bool isLevel = (data & LevelTriggered) != 0 && mode is (DeliveryMode.Fixed or DeliveryMode.LowestPriority);
        message = new InterruptMessage((byte)data, mode, (byte)(address >> 12), isLogical, isLevel);
        return address >> 20 == 0xfee
            && mode is not (DeliveryMode.Reserved or DeliveryMode.StartUp)
            && (!isLevel || (data & Assert) != 0);
    }
}
