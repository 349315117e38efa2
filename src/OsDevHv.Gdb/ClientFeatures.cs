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

    /// <summary>LLDB, which wants some replies in another form than gdb.</summary>
    Lldb = 8,

    /// <summary><c>QEnableErrorStrings</c>: takes <c>Enn;TEXT</c>, the text in hexadecimal.</summary>
    ErrorStrings = 16,

    /// <summary><c>multiprocess+</c>: thread ids have the process before them, <c>p1.2</c>.</summary>
    Multiprocess = 32,

    /// <summary><c>no-resumed+</c>: understands the stop reply <c>N</c>: no thread is left that runs.</summary>
    NoResumed = 64,
}
