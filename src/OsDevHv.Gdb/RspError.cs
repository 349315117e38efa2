namespace OsDevHv.Gdb;

/// <summary>The numbers of <c>E</c> replies. The protocol gives them no meaning; these are the errno values that readers know.</summary>
internal enum RspError : byte
{
    /// <summary>EPERM: the target refused, and said why.</summary>
    Refused = 1,

    /// <summary>ESRCH: no such thread.</summary>
    NoThread = 3,

    /// <summary>EIO: the target failed.</summary>
    Failed = 5,

    /// <summary>E2BIG: the packet is longer than the announced size.</summary>
    TooLong = 7,

    /// <summary>EFAULT: no memory there.</summary>
    NoMemory = 14,

    /// <summary>EBUSY: the target runs.</summary>
    Running = 16,

    /// <summary>EINVAL: the packet is not as the protocol has it.</summary>
    Malformed = 22,

    /// <summary>EBADMSG: the frame is damaged.</summary>
    BadFrame = 74,
}
