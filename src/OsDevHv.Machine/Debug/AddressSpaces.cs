using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
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

    /// <summary>
    /// The page that a linear address is mapped to in the address space with this CR3, whether a vCPU is in it or not; the mode of paging
    /// is that of the first vCPU that pages. Empty where it is not mapped or nobody pages.
    /// </summary>
    public List<Translation> Translate(ulong linear, ulong cr3)
    {
        foreach (VcpuThread vcpu in vcpus)
        {
            SystemRegisters system = vcpu.Snapshot.System;
            if (!vcpu.Snapshot.WaitsForSipi && PageWalk.ModeOf(system) != PagingMode.Off)
            {
                system.Cr3 = cr3;
                return PageWalk.TryTranslate(memory, system, linear, out Translation translation) ? [translation] : [];
            }
        }
        return [];
    }

    /// <summary>Where every vCPU's handler of an exception begins, and whether there is one, vCPUs that wait for a SIPI left out.</summary>
    public IEnumerable<GateWatch> Gates(int vector)
    {
        foreach (VcpuThread vcpu in vcpus)
        {
            if (!vcpu.Snapshot.WaitsForSipi)
            {
                bool found = IdtGates.TryFind(memory, vcpu.Snapshot.General, vcpu.Snapshot.System, vector, out ulong handler);
                yield return new GateWatch(vcpu.Index, vector, found ? handler : null);
            }
        }
    }

    /// <summary>Translates in the address space of one vCPU.</summary>
    public bool TryTranslate(int vcpu, ulong linear, out Translation translation) =>
        PageWalk.TryTranslate(memory, vcpus[vcpu].Snapshot.System, linear, out translation);

    /// <summary>What is mapped around a linear address in the address space of one vCPU.</summary>
    public MemoryRegion FindRegion(int vcpu, ulong linear) => LinearRegions.Find(memory, vcpus[vcpu].Snapshot.System, linear);

    /// <summary>
    /// Whether a page found by <see cref="Translate(ulong)"/> may hold user-mode code. Where some vCPU has no paging nothing says so: every
    /// kernel begins like that, and hardly any has user code then.
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
