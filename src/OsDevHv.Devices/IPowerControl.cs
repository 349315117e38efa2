namespace OsDevHv.Devices;

/// <summary>What a device can ask of the machine as a whole. Takes effect after the access that asked is complete.</summary>
public interface IPowerControl
{
    /// <summary>The guest turned the machine off; <paramref name="source"/> names the mechanism, for the report.</summary>
    void PowerOff(string source);

    /// <summary>The guest reset the machine; <paramref name="source"/> names the mechanism, for the report.</summary>
    void Reset(string source);

    /// <summary>The guest ended the run with <paramref name="value"/> through isa-debug-exit.</summary>
    void DebugExit(uint value);
}
