using OsDevHv.Kvm.Abi;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using Xunit;

namespace OsDevHv.Tests.Kvm;

/// <summary>
/// CPUID as the guest sees it, from a processor that has everything. Bits as in the Intel SDM vol. 2A and the AMD APM vol. 3.
/// </summary>
public sealed class CpuidPolicyTests
{
    private const uint TscKilohertz = 2_994_373;

    private static readonly uint[] s_functions =
    [
        0, 1, 4, 5, 7, 0xa, 0xb, 0x1f, 0x40000000, 0x40000001, 0x80000001, 0x80000008, 0x8000000a, 0x8000001d, 0x8000001e, 0x80000022,
    ];

    [Theory]
    [InlineData(3, "MONITOR")]
    [InlineData(5, "VMX")]
    [InlineData(15, "performance capabilities")]
    public void What_the_machine_cannot_honour_is_hidden(int bit, string feature)
    {
        Assert.True((Leaf(1, index: 0, count: 1).Ecx & (1u << bit)) == 0, feature);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(24)]
    public void The_machines_own_timer_and_APIC_are_shown_unless_they_are_turned_off(int bit)
    {
        KvmCpuidEntry[] bare = [new() { Function = 0, Eax = 7 }, new() { Function = 1 }];

        uint on = CpuidPolicy.Apply(bare, 0, new CpuFeatures(1), 0)[1].Ecx & (1u << bit);
        uint off = CpuidPolicy.Apply(Everything(), 0, new CpuFeatures(1, X2Apic: false, TscDeadline: false), 0)[1].Ecx & (1u << bit);

        Assert.NotEqual(0u, on);
        Assert.Equal(0u, off);
    }

    [Fact]
    public void The_counters_rate_is_told_as_a_fraction_of_the_crystals_and_in_kilohertz()
    {
        var crystal = Leaf(0x15, 0, 1);
        var timing = Leaf(0x40000010, 0, 1);

        Assert.Equal(TscKilohertz * 1000UL, (ulong)crystal.Ecx * crystal.Ebx / crystal.Eax);
        Assert.Equal(TscKilohertz / 1000, Leaf(0x16, 0, 1).Eax);
        Assert.Equal((TscKilohertz, crystal.Ecx / 1000), (timing.Eax, timing.Ebx));
        Assert.InRange(Leaf(0, 0, 1).Eax, 0x16u, uint.MaxValue);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(0)]
    [InlineData(26)]
    public void What_the_machine_has_stays(int bit) => Assert.NotEqual(0u, Leaf(1, index: 0, count: 1).Ecx & (1u << bit));

    [Fact]
    public void The_hypervisors_signature_stays_and_most_of_its_features_go()
    {
        var signature = Leaf(0x40000000, 0, 1);
        var features = Leaf(0x40000001, 0, 1);

        Assert.Equal((0x40000010u, ~0u), (signature.Eax, signature.Ebx));
        const uint noPortDelay = 1 << 1;
        Assert.Equal((noPortDelay, 0u), (features.Eax, features.Edx));
    }

    [Fact]
    public void The_hypervisors_clock_is_shown_where_it_can_be_stopped()
    {
        var features = CpuidPolicy.Apply(Everything(), 0, new CpuFeatures(1, HasClock: true), TscKilohertz)
            .Single(static leaf => leaf.Function == 0x40000001);

        const uint clock = (1 << 0) | (1 << 3) | (1 << 24), noPortDelay = 1 << 1;
        Assert.Equal(clock | noPortDelay, features.Eax);
    }

    [Fact]
    public void The_hypervisor_bit_is_set_though_the_host_does_not_say_so()
    {
        KvmCpuidEntry[] bare = [new() { Function = 0, Eax = 7 }, new() { Function = 1 }];

        Assert.NotEqual(0u, CpuidPolicy.Apply(bare, 0, new CpuFeatures(1), 0)[1].Ecx & (1u << 31));
    }

    [Theory]
    [InlineData(5u)]
    [InlineData(0xau)]
    [InlineData(0x8000000au)]
    [InlineData(0x80000022u)]
    public void Leaves_of_hidden_features_are_empty(uint function)
    {
        var leaf = Leaf(function, 0, 1);

        Assert.Equal((0u, 0u, 0u, 0u), (leaf.Eax, leaf.Ebx, leaf.Ecx, leaf.Edx));
    }

    [Fact]
    public void Nested_virtualisation_of_AMD_is_hidden() => Assert.Equal(0u, Leaf(0x80000001, 0, 1).Ecx & 4);

    [Fact]
    public void Each_vCPU_has_its_APIC_id_in_every_leaf_that_holds_one()
    {
        Assert.Equal(5u, Leaf(1, 5, 6).Ebx >> 24);
        Assert.Equal(5u, Leaf(0xb, 5, 6).Edx);
        Assert.Equal(5u, Leaf(0x1f, 5, 6).Edx);
        Assert.Equal(5u, Leaf(0x8000001e, 5, 6).Eax);
    }

    [Fact]
    public void Six_vCPUs_are_one_package_of_six_cores_with_ids_of_three_bits()
    {
        var leaves = CpuidPolicy.Apply(Everything(), 0, new CpuFeatures(6), TscKilohertz);
        var levels = leaves.Where(leaf => leaf.Function == 0xb).OrderBy(leaf => leaf.Index).ToArray();

        Assert.Equal(8u, (Leaf(1, 0, 6).Ebx >> 16) & 0xff);
        Assert.NotEqual(0u, Leaf(1, 0, 6).Edx & (1u << 28));
        Assert.Equal([(0u, 1u, 0x100u), (3u, 6u, 0x201u), (0u, 0u, 2u)], levels.Select(level => (level.Eax, level.Ebx, level.Ecx)));
        Assert.Equal(7u, Leaf(4, 0, 6).Eax >> 26);
        Assert.Equal((5u, 3u), (Leaf(0x80000008, 0, 6).Ecx & 0xff, (Leaf(0x80000008, 0, 6).Ecx >> 12) & 0xf));
    }

    [Fact]
    public void One_vCPU_is_no_multiprocessor()
    {
        Assert.Equal(0u, Leaf(1, 0, 1).Edx & (1u << 28));
        Assert.Equal(1u, (Leaf(1, 0, 1).Ebx >> 16) & 0xff);
        Assert.Equal(0u, Leaf(0x80000001, 0, 1).Ecx & 2);
        Assert.Equal(0u, Leaf(0x80000008, 0, 1).Ecx & 0xf0ff);
    }

    [Fact]
    public void Topology_leaves_that_the_processor_lacks_are_not_made_up()
    {
        KvmCpuidEntry[] old = [new() { Function = 0, Eax = 7 }, new() { Function = 1, Eax = 0x663 }];

        var leaves = CpuidPolicy.Apply(old, 0, new CpuFeatures(2), 0);

        Assert.Equal([0u, 1u], leaves.Select(leaf => leaf.Function));
    }

    [Fact]
    public void The_signature_is_EAX_of_leaf_1()
    {
        KvmCpuidEntry[] leaves = [new() { Function = 0, Eax = 7 }, new() { Function = 1, Eax = 0x663 }];

        Assert.Equal(0x663u, CpuidPolicy.Signature(leaves));
    }

    private static KvmCpuidEntry[] Everything() =>
        [.. s_functions.Select(function => new KvmCpuidEntry { Function = function, Eax = ~0u, Ebx = ~0u, Ecx = ~0u, Edx = ~0u })];

    private static KvmCpuidEntry Leaf(uint function, int index, int count) =>
        CpuidPolicy.Apply(Everything(), index, new CpuFeatures(count), TscKilohertz).First(leaf => leaf.Function == function);
}
