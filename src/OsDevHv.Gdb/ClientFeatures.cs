namespace OsDevHv.Gdb;

/// <summary>What the client announced in <c>qSupported</c>.</summary>
[Flags]
internal enum ClientFeatures
{
    None = 0,

    /// <summary><c>swbreak+</c>: understands that stop reason.</summary>
    SoftwareBreakpointReason = 1,

    /// <summary><c>hwbreak+</c>: understands that stop reason.</summary>
    HardwareBreakpointReason = 2,

    /// <summary><c>error-message+</c>: understands <c>E.text</c> in reply to any packet (gdb 16 and newer).</summary>
    ErrorMessages = 4,
}
