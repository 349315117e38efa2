namespace OsDevHv.Devices;

/// <summary>Something whose state can be saved and restored.</summary>
public interface IKeepsState
{
    /// <summary>
    /// Saves or restores all that makes it behave as it does, and nothing that is the host's. It calls nobody: whoever restores a machine
    /// restores lines, alarms and memory as well. What was saved fits one that was made in the same way.
    /// </summary>
    /// <exception cref="StateException">What is restored cannot be a state of it; it may have been changed in part.</exception>
    void ExchangeState(StateExchange state);
}
