using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>The address spaces that the vCPUs are in, while the machine is stopped.</summary>
internal sealed class AddressSpaces(IGuestMemory memory, IReadOnlyList<VcpuThread> vcpus)
{
    /// <summary>
    /// Every page that a linear address is mapped to on some vCPU, without repetition: kernels map themselves alike on all, so mostly one.
    /// </summary>
    public List<Translation> Translate(ulong linear)
    {
        var found = new List<Translation>(1);
        foreach (VcpuThread vcpu in vcpus)
        {
            if (!vcpu.Snapshot.WaitsForSipi
                && TryTranslate(vcpu.Index, linear, out Translation translation)
                && !found.Exists(other => other.PhysicalAddress == translation.PhysicalAddress))
            {
                found.Add(translation);
            }
        }
        return found;
    }

    /// <summary>Translates in the address space of one vCPU.</summary>
    public bool TryTranslate(int vcpu, ulong linear, out Translation translation) =>
        PageWalk.TryTranslate(memory, vcpus[vcpu].Snapshot.System, linear, out translation);

    /// <summary>What is mapped around a linear address in the address space of one vCPU.</summary>
    public MemoryRegion FindRegion(int vcpu, ulong linear) => LinearRegions.Find(memory, vcpus[vcpu].Snapshot.System, linear);

    /// <summary>
    /// Whether a page found by <see cref="Translate"/> may hold user-mode code. Where some vCPU has no paging nothing says so: every kernel
    /// begins like that, and hardly any has user code then.
    /// </summary>
    public bool MayHoldUserCode(Translation page)
    {
        foreach (VcpuThread vcpu in vcpus)
        {
            if (!vcpu.Snapshot.WaitsForSipi && PageWalk.ModeOf(vcpu.Snapshot.System) == PagingMode.Off)
            {
                return false;
            }
        }
        return page.User;
    }

    /// <summary>Whether a byte at this guest-physical address is RAM.</summary>
    public bool IsRam(ulong physical)
    {
        Span<byte> probe = stackalloc byte[1];
        return memory.TryRead(physical, probe);
    }
}
