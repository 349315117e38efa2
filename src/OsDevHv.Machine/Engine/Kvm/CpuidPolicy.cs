using System.Numerics;
using OsDevHv.Devices;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>
/// What CPUID tells the guest: what the host's processor and KVM support, less what this machine cannot honour, with the topology of one
/// package of single-threaded cores. Leaves and bits: Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E.
/// </summary>
/// <remarks>
/// <para>Shown whatever the host's processor has, because they are the machine's own: the x2APIC and the TSC-deadline timer (unless the
/// profile turns them off), and the rates of the time stamp counter and of the APIC timer in leaves 15h and 16h and, as other virtual
/// machines tell them, in 40000010h. Leaf 1's APIC bit is KVM's, which shows APIC_BASE.EN. The hypervisor bit says that there are leaves
/// from 40000000h on, which KVM leaves to its user to say.</para>
/// <para>Of KVM's paravirtual features the guest sees the clock, which is made to stop with the machine, and that port accesses need no
/// delays. A kernel for whose calibration loops the host's exits are too slow has its time from that clock.</para>
/// <para>Hidden because their interrupts need an in-kernel APIC: performance monitoring, and the other paravirtual features.</para>
/// <para>Hidden because run control does not reach into a nested guest: VMX and SVM. MONITOR and MWAIT are hidden because a wait ends no
/// KVM_RUN and so cannot be seen from outside.</para>
/// <para>A KVM that runs user code natively without intercepting CPUID shows that code the host's own values, whatever is set here.</para>
/// </remarks>
internal static class CpuidPolicy
{
    private const uint KvmSignatureLeaf = 0x4000_0000;
    private const uint KvmFeatureLeaf = 0x4000_0001;
    private const uint TimingLeaf = 0x4000_0010;
    private const uint CrystalLeaf = 0x15;
    private const uint FrequencyLeaf = 0x16;

    /// <summary>The leaves of vCPU <paramref name="index"/>, which is also its APIC id.</summary>
    /// <param name="supported">What KVM supports on this host.</param>
    /// <param name="index">From 0.</param>
    /// <param name="features">What the machine is to show.</param>
    /// <param name="tscKilohertz">The rate of the guest's time stamp counter; 0 where it is not known, and then not told.</param>
    public static KvmCpuidEntry[] Apply(ReadOnlySpan<KvmCpuidEntry> supported, int index, CpuFeatures features, uint tscKilohertz)
    {
        var leaves = new List<KvmCpuidEntry>(supported.Length + 8);
        var id = (uint)index;
        var cores = (uint)features.Count;
        var maximumBasicLeaf = 0u;
        foreach (var leaf in supported)
        {
            var entry = leaf;
            switch (entry.Function)
            {
                case 0:
                    entry.Eax = tscKilohertz != 0 ? Math.Max(entry.Eax, FrequencyLeaf) : entry.Eax;
                    maximumBasicLeaf = entry.Eax;
                    break;
                case 1:
                    Features(ref entry, id, features);
                    break;
                case 4 or 0x8000_001d:
                    CacheSharing(ref entry, cores);
                    break;
                case 5 or 0xa or 0x8000_000a or 0x8000_0022:
                    // MONITOR, Intel's performance monitoring, SVM, AMD's performance monitoring.
                    (entry.Eax, entry.Ebx, entry.Ecx, entry.Edx) = (0, 0, 0, 0);
                    break;
                case 0xb or 0x1f or TimingLeaf:
                    continue;
                case CrystalLeaf or FrequencyLeaf when tscKilohertz != 0:
                    continue;
                case KvmSignatureLeaf:
                    entry.Eax = tscKilohertz != 0 ? TimingLeaf : KvmFeatureLeaf;
                    break;
                case KvmFeatureLeaf:
                    (entry.Eax, entry.Ebx, entry.Ecx, entry.Edx) = (entry.Eax & Paravirtual(features), 0, 0, 0);
                    break;
                case 0x8000_0001:
                    ExtendedFeatures(ref entry, cores);
                    break;
                case 0x8000_0008:
                    // Number of cores less 1; bits of the APIC id that number cores.
                    entry.Ecx = (cores - 1) | (CoreBits(cores) << 12);
                    break;
                case 0x8000_001e:
                    // APIC id; core id, one thread a core; one node.
                    (entry.Eax, entry.Ebx, entry.Ecx) = (id, id, 0);
                    break;
            }

            leaves.Add(entry);
        }

        if (maximumBasicLeaf >= 0xb)
        {
            Topology(leaves, 0xb, id, cores);
        }

        if (maximumBasicLeaf >= 0x1f)
        {
            Topology(leaves, 0x1f, id, cores);
        }

        if (tscKilohertz != 0)
        {
            Rates(leaves, tscKilohertz);
        }

        return [.. leaves];
    }

    /// <summary>A leaf in the engine's terms.</summary>
    public static CpuidLeaf ToLeaf(KvmCpuidEntry entry) => new(
        entry.Function,
        (entry.Flags & KvmCpuidAttributes.SignificantIndex) != 0 ? entry.Index : null,
        entry.Eax,
        entry.Ebx,
        entry.Ecx,
        entry.Edx);

    /// <summary>The processor's signature: family, model, stepping; what EDX holds after a reset.</summary>
    public static uint Signature(ReadOnlySpan<KvmCpuidEntry> leaves)
    {
        foreach (var leaf in leaves)
        {
            if (leaf.Function == 1)
            {
                return leaf.Eax;
            }
        }

        return 0;
    }

    private static void Rates(List<KvmCpuidEntry> leaves, uint tscKilohertz)
    {
        const uint timerKilohertz = LocalApic.TimerFrequency / 1000;
        var megahertz = tscKilohertz / 1000;

        // The crystal, which is what clocks the APIC timer, and the counter's rate as a fraction of it.
        leaves.Add(new KvmCpuidEntry { Function = CrystalLeaf, Eax = timerKilohertz, Ebx = tscKilohertz, Ecx = LocalApic.TimerFrequency });
        leaves.Add(new KvmCpuidEntry { Function = FrequencyLeaf, Eax = megahertz, Ebx = megahertz, Ecx = 100 });
        leaves.Add(new KvmCpuidEntry { Function = TimingLeaf, Eax = tscKilohertz, Ebx = timerKilohertz });
    }

    /// <summary>Linux, Documentation/virt/kvm/x86/cpuid.rst.</summary>
    private static uint Paravirtual(CpuFeatures features)
    {
        const uint clock = 1u << 0, noDelay = 1u << 1, newClock = 1u << 3, stableClock = 1u << 24;
        return features.HasClock ? noDelay | clock | newClock | stableClock : noDelay;
    }

    private static void Features(ref KvmCpuidEntry leaf, uint id, CpuFeatures features)
    {
        var cores = (uint)features.Count;
        const uint monitor = 1u << 3;
        const uint vmx = 1u << 5;
        const uint perfmonCapabilities = 1u << 15;
        const uint x2Apic = 1u << 21;
        const uint tscDeadline = 1u << 24;
        const uint hypervisor = 1u << 31;
        const uint multipleProcessors = 1u << 28;
        leaf.Ecx &= ~(monitor | vmx | perfmonCapabilities | x2Apic | tscDeadline);
        leaf.Ecx |= hypervisor;
        leaf.Ecx |= (features.X2Apic ? x2Apic : 0) | (features.TscDeadline ? tscDeadline : 0);
        leaf.Edx = cores > 1 ? leaf.Edx | multipleProcessors : leaf.Edx & ~multipleProcessors;

        // APIC id, how many ids the package takes, CLFLUSH line size, brand index.
        leaf.Ebx = (leaf.Ebx & 0xffff) | (BitOperations.RoundUpToPowerOf2(cores) << 16) | (id << 24);
    }

    private static void ExtendedFeatures(ref KvmCpuidEntry leaf, uint cores)
    {
        const uint coreMultiprocessing = 1u << 1;
        const uint svm = 1u << 2;
        const uint extendedPerfmon = (1u << 23) | (1u << 24) | (1u << 28);
        leaf.Ecx &= ~(coreMultiprocessing | svm | extendedPerfmon);
        if (cores > 1)
        {
            leaf.Ecx |= coreMultiprocessing;
        }
    }

    /// <summary>Caches of the first two levels are a core's own; the others are the package's.</summary>
    private static void CacheSharing(ref KvmCpuidEntry leaf, uint cores)
    {
        const uint noMoreCaches = 0;
        if ((leaf.Eax & 0x1f) == noMoreCaches)
        {
            return;
        }

        var level = (leaf.Eax >> 5) & 7;
        var sharers = level >= 3 ? BitOperations.RoundUpToPowerOf2(cores) - 1 : 0;
        leaf.Eax = (leaf.Eax & 0x3fff) | (sharers << 14);
        if (leaf.Function == 4)
        {
            leaf.Eax |= (BitOperations.RoundUpToPowerOf2(cores) - 1) << 26;
        }
    }

    private static void Topology(List<KvmCpuidEntry> leaves, uint function, uint id, uint cores)
    {
        const uint threadLevel = 1 << 8;
        const uint coreLevel = 2 << 8;
        leaves.Add(Level(0, 0, 1, threadLevel));
        leaves.Add(Level(1, CoreBits(cores), cores, coreLevel));
        leaves.Add(Level(2, 0, 0, 0));

        KvmCpuidEntry Level(uint index, uint shift, uint processors, uint type) => new()
        {
            Function = function,
            Index = index,
            Flags = KvmCpuidAttributes.SignificantIndex,
            Eax = shift,
            Ebx = processors,
            Ecx = type | index,
            Edx = id,
        };
    }

    private static uint CoreBits(uint cores) => (uint)BitOperations.Log2(BitOperations.RoundUpToPowerOf2(cores));
}
