using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using OsDevHv.Kvm.Abi;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <summary>/dev/kvm, open: what the host's KVM can do, and new virtual machines. Any thread.</summary>
public sealed unsafe class KvmDevice : IDisposable
{
    /// <summary>Where KVM is.</summary>
    public const string DefaultPath = "/dev/kvm";

    /// <summary>The only version of the stable API (KVM documentation, 4.1).</summary>
    private const int StableApiVersion = 12;

    private static readonly KvmCapability[] s_required =
    [
        KvmCapability.UserMemory,
        KvmCapability.SetTssAddress,
        KvmCapability.ExtendedCpuid,
        KvmCapability.UserNmi,
        KvmCapability.SetGuestDebug,
        KvmCapability.VcpuEvents,
        KvmCapability.DebugRegisters,
        KvmCapability.Xsave,
        KvmCapability.ReadOnlyMemory,
        KvmCapability.ImmediateExit,
        KvmCapability.UserSpaceMsr,
    ];

    private readonly SafeFileHandle _file;

    private KvmDevice(SafeFileHandle file) => _file = file;

    /// <summary>KVM_GET_API_VERSION.</summary>
    public int ApiVersion => Call(KvmIoctls.GetApiVersion, 0, "KVM_GET_API_VERSION");

    /// <summary>Bytes of a vCPU's run page with what lies behind it.</summary>
    internal int VcpuMmapSize => Call(KvmIoctls.GetVcpuMmapSize, 0, "KVM_GET_VCPU_MMAP_SIZE");

    private int Descriptor => (int)_file.DangerousGetHandle();

    /// <summary>Opens KVM and checks that it is the stable API with all the capabilities that a machine needs.</summary>
    /// <exception cref="KvmUnavailableException">It is not there, not permitted, not KVM, or lacks a capability.</exception>
    public static KvmDevice Open(string path = DefaultPath)
    {
        int descriptor;
        var error = 0;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = Libc.Open(name, Libc.OpenReadWrite | Libc.OpenCloseOnExec);
            error = Marshal.GetLastPInvokeError();
        }

        if (descriptor < 0)
        {
            throw OpenFailed(path, error);
        }

        var device = new KvmDevice(new SafeFileHandle(descriptor, ownsHandle: true));
        try
        {
            device.CheckSuitable(path);
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>KVM_CHECK_EXTENSION: 0 when absent, else 1 or a number whose meaning is the capability's own.</summary>
    public int Check(KvmCapability capability) => Call(KvmIoctls.CheckExtension, (nuint)capability, "KVM_CHECK_EXTENSION");

    /// <summary>KVM_GET_SUPPORTED_CPUID: the CPUID leaves that this host's processor and KVM can offer a guest.</summary>
    public KvmCpuidEntry[] GetSupportedCpuid()
    {
        for (var capacity = 128; ; capacity *= 2)
        {
            var buffer = new byte[sizeof(KvmCpuid2) + (capacity * sizeof(KvmCpuidEntry))];
            fixed (byte* memory = buffer)
            {
                var head = (KvmCpuid2*)memory;
                head->Count = (uint)capacity;
                if (Libc.Ioctl(Descriptor, KvmIoctls.GetSupportedCpuid, (nuint)memory) == 0)
                {
                    return new ReadOnlySpan<KvmCpuidEntry>(head + 1, (int)Math.Min(head->Count, (uint)capacity)).ToArray();
                }

                var error = Marshal.GetLastPInvokeError();
                if (error != Errno.TooBig || capacity > 4096)
                {
                    throw new KvmException("KVM_GET_SUPPORTED_CPUID", error);
                }
            }
        }
    }

    /// <summary>KVM_GET_MSR_INDEX_LIST: the model-specific registers that belong to a guest's state, as this KVM has them.</summary>
    public uint[] GetMsrIndexes()
    {
        for (var capacity = 256; ; capacity *= 2)
        {
            var buffer = new uint[1 + capacity];
            buffer[0] = (uint)capacity;
            fixed (uint* memory = buffer)
            {
                if (Libc.Ioctl(Descriptor, KvmIoctls.GetMsrIndexList, (nuint)memory) == 0)
                {
                    return buffer.AsSpan(1, (int)Math.Min(buffer[0], (uint)capacity)).ToArray();
                }

                var error = Marshal.GetLastPInvokeError();
                if (error != Errno.TooBig || capacity > 4096)
                {
                    throw new KvmException("KVM_GET_MSR_INDEX_LIST", error);
                }
            }
        }
    }

    /// <summary>KVM_CREATE_VM, with the places that Intel processors need for real mode set aside.</summary>
    /// <exception cref="KvmUnavailableException">The host creates no virtual machines.</exception>
    public KvmVm CreateVm()
    {
        var descriptor = Libc.Ioctl(Descriptor, KvmIoctls.CreateVm, 0);
        if (descriptor < 0)
        {
            throw CreateVmFailed(Marshal.GetLastPInvokeError());
        }

        return new KvmVm(new SafeFileHandle(descriptor, ownsHandle: true), VcpuMmapSize);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static KvmUnavailableException OpenFailed(string path, int error) => error switch
    {
        Errno.NoEntry or Errno.NoDevice => new KvmUnavailableException(
            KvmUnavailableReason.NoDevice,
            $"There is no {path}. Switch virtualisation (VT-x or AMD-V) on in the firmware, then load the module: "
            + "`modprobe kvm_intel` or `modprobe kvm_amd`. In a container add `--device /dev/kvm`; "
            + "in a virtual machine allow nested virtualisation."),
        Errno.AccessDenied or Errno.NotPermitted => new KvmUnavailableException(
            KvmUnavailableReason.NoPermission,
            $"{path} is there, but this user may not open it. Join its group with `sudo usermod -aG kvm $USER` and log in again."),
        _ => new KvmUnavailableException(
            KvmUnavailableReason.Unsuitable,
            $"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})."),
    };

    private static KvmUnavailableException CreateVmFailed(int error)
    {
        var advice = error switch
        {
            Errno.Busy => "Another hypervisor (VirtualBox, VMware) holds the processor's virtualisation: stop it.",
            Errno.NoMemory => "The host is out of memory: free some.",
            _ => "Virtualisation may be off in the firmware, or denied to this virtual machine or container: see `dmesg | grep kvm`.",
        };
        return new KvmUnavailableException(
            KvmUnavailableReason.CannotCreateMachine,
            $"KVM is there, but it creates no virtual machine: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}). {advice}");
    }

    private void CheckSuitable(string path)
    {
        var version = Libc.Ioctl(Descriptor, KvmIoctls.GetApiVersion, 0);
        if (version != StableApiVersion)
        {
            throw new KvmUnavailableException(
                KvmUnavailableReason.Unsuitable,
                $"{path} is not a KVM that this program can use: its API version is {version}, not {StableApiVersion}. "
                + "Use Linux 5.10 or later.");
        }

        var missing = Array.FindAll(s_required, capability => Check(capability) == 0);
        if (missing.Length > 0)
        {
            throw new KvmUnavailableException(
                KvmUnavailableReason.Unsuitable,
                $"This KVM lacks what the program cannot do without: {string.Join(", ", missing)}. Use Linux 5.10 or later.");
        }
    }

    private int Call(uint request, nuint argument, string name)
    {
        var result = Libc.Ioctl(Descriptor, request, argument);
        var error = Marshal.GetLastPInvokeError();
        GC.KeepAlive(this);
        return result >= 0 ? result : throw new KvmException(name, error);
    }
}
