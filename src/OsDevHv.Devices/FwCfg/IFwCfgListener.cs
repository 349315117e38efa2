namespace OsDevHv.Devices;

/// <summary>Hears of what a guest writes to an item of <see cref="FwCfg"/>. Called under that device's lock, on a vCPU's thread; must not
/// call back into a device, block or allocate.</summary>
public interface IFwCfgListener : IKeepsState
{
    /// <summary>The guest wrote to the item: once for each transfer, when all of it is there.</summary>
    /// <param name="content">All of the item; only during the call.</param>
    void OnWritten(ReadOnlySpan<byte> content);

    /// <summary>The machine was reset; the item has its first content again.</summary>
    void OnReset();
}
