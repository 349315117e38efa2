namespace OsDevHv.Machine.RunControl;

/// <summary>What a vCPU is doing; told to people, never used for decisions by another thread.</summary>
public enum VcpuActivity
{
    /// <summary>Its thread has not begun.</summary>
    Starting,

    /// <summary>Executing guest code or handling one of its exits.</summary>
    Running,

    /// <summary>Waiting in HLT.</summary>
    Halted,

    /// <summary>Waiting for the SIPI that starts it.</summary>
    WaitingForSipi,

    /// <summary>Waiting in a boot protocol's code for the word of memory that releases it.</summary>
    WaitingForRelease,

    /// <summary>Stopped by run control.</summary>
    Parked,

    /// <summary>Its thread has ended.</summary>
    Ended,
}
