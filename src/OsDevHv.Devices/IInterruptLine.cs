namespace OsDevHv.Devices;

/// <summary>One device's contribution to an interrupt pin. The pin is high while any contribution is (wired-OR).</summary>
public interface IInterruptLine
{
    /// <summary>Drives this contribution high or low; setting the level it already has does nothing. Any thread.</summary>
    void Set(bool high);
}
