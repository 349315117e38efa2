using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Platform;

/// <summary>
/// Makes accesses exits that are none without a catch: model-specific registers that KVM serves, and writes that it collects. Called with
/// every vCPU parked, one call at a time.
/// </summary>
internal sealed class CaughtAccesses(IEngine engine, IEnumerable<ushort> collectedPorts, Action<string> tell)
{
    private readonly ushort[] _collected = [.. collectedPorts];
    private uint[] _registers = [];
    private ushort[] _taken = [];

    /// <summary>Puts these catches into force in place of the last ones.</summary>
    public void Set(IReadOnlyList<CatchRule> rules)
    {
        SetRegisters([.. rules.Where(static rule => rule.Kind == CatchKind.Msr).Select(static rule => (uint)rule.First).Distinct().Order()]);
        SetPorts([.. _collected.Where(port => rules.Any(rule => rule.Kind == CatchKind.Port && rule.Touches(port, 1, isWrite: true)))]);
    }

    private void SetRegisters(uint[] registers)
    {
        if (registers.AsSpan().SequenceEqual(_registers))
        {
            return;
        }
        _registers = registers;
        if (!engine.TryInterceptMsrs(registers))
        {
            tell("KVM filters no more than 14 model-specific registers at a time; those caught since then are not");
        }
    }

    private void SetPorts(ushort[] ports)
    {
        foreach (ushort port in ports.Except(_taken))
        {
            engine.StopCollectingWrites(port);
        }
        foreach (ushort port in _taken.Except(ports))
        {
            engine.TryCollectWrites(port);
        }
        _taken = ports;
    }
}
