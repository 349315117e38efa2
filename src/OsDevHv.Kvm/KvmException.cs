using System.Runtime.InteropServices;

namespace OsDevHv.Kvm;

/// <summary>KVM refused something that it should not have: a fault of this program or of the host, never of the guest.</summary>
public class KvmException : Exception
{
    /// <summary>Creates it.</summary>
    public KvmException(string message) : base(message)
    {
    }

    /// <summary>Creates it for a failed system call.</summary>
    /// <param name="operation">The ioctl or call, by its name in the C headers.</param>
    /// <param name="error">errno.</param>
    public KvmException(string operation, int error)
        : base($"{operation} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).") => Error = error;

    /// <summary>errno, or 0 when no system call failed.</summary>
    public int Error { get; }
}

/// <summary>Why there is no KVM to use.</summary>
public enum KvmUnavailableReason
{
    /// <summary>There is no device node.</summary>
    NoDevice,

    /// <summary>The user may not open it.</summary>
    NoPermission,

    /// <summary>It opens but is not KVM as it has been since Linux 2.6.22, or it lacks what this program cannot do without.</summary>
    Unsuitable,

    /// <summary>It opens, but no virtual machine can be created: the processor's virtualisation is off or taken.</summary>
    CannotCreateMachine,
}

/// <summary>This host has no usable KVM; the message says why and what to do about it.</summary>
public sealed class KvmUnavailableException : KvmException
{
    /// <summary>Creates it.</summary>
    public KvmUnavailableException(KvmUnavailableReason reason, string message) : base(message) => Reason = reason;

    /// <summary>Why.</summary>
    public KvmUnavailableReason Reason { get; }
}
