using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Snapshots;
using Xunit;

namespace OsDevHv.Tests.Snapshots;

/// <summary>
/// Which machine takes a snapshot, and what one that does not says (CPUID: Intel SDM vol. 2A; AMD APM vol. 3, appendix E).
/// </summary>
public sealed class SnapshotShapeTests
{
    private const uint OsXsave = 1u << 27;

    // The vendor's twelve letters are in EBX, EDX and ECX.
    private static CpuidLeaf Intel => new(0, null, 0x16, 0x756e_6547, 0x6c65_746e, 0x4965_6e69);

    private static CpuidLeaf Amd => new(0, null, 0x10, 0x6874_7541, 0x444d_4163, 0x6974_6e65);

    internal static SnapshotShape Shape() => new()
    {
        CpuCount = 2,
        RamBytes = 64 << 10,
        BackingBytes = 64 << 10,
        Apic = (true, false),
        TscKilohertz = 2_500_000,
        Time = 7_000_000,
        Cpuid = [Intel, new CpuidLeaf(1, null, 0, 0, 0x0f, 0xf0), new CpuidLeaf(7, 0, 1, 0x11, 0x30, 0x22), new CpuidLeaf(0xd, 1, 0xf, 0, 0, 0)],
    };

    [Fact]
    public void The_same_machine_takes_it() => Assert.Null(Shape().WhyNotOn(Shape() with { Time = 0 }));

    [Fact]
    public void A_processor_with_more_takes_it()
    {
        CpuidLeaf[] more = [Intel, new CpuidLeaf(1, null, 0, 0, 0xff, 0xff), new CpuidLeaf(7, 0, 1, 0x33, 0x30, 0x22), new CpuidLeaf(0xd, 1, 0xff, 0, 0, 0)];

        Assert.Null(Shape().WhyNotOn(Shape() with { Cpuid = more }));
    }

    [Fact]
    public void A_processor_of_another_vendor_does_not() => Assert.Equal(
        "the snapshot needs a processor by GenuineIntel, and this host's is by AuthenticAMD: restore it on a host like the one that saved it",
        Shape().WhyNotOn(Shape() with { Cpuid = [Amd, .. Shape().Cpuid.Skip(1)] }));

    [Theory]
    [InlineData(1, 1u, null, 0x0eu, 0xf0u, "CPUID 1 ECX, bits 1h")]
    [InlineData(1, 1u, null, 0x0fu, 0x30u, "CPUID 1 EDX, bits c0h")]
    [InlineData(2, 7u, 0u, 0x00u, 0x22u, "CPUID 7 ECX, bits 20h")]
    public void A_processor_that_lacks_a_feature_does_not(int at, uint leaf, uint? subleaf, uint ecx, uint edx, string words)
    {
        CpuidLeaf[] less = [.. Shape().Cpuid];
        less[at] = new CpuidLeaf(leaf, subleaf, 1, less[at].Ebx, ecx, edx);

        Assert.Equal(
            $"the snapshot needs processor features that this host does not give a guest ({words}): restore it on a host like the one that saved it",
            Shape().WhyNotOn(Shape() with { Cpuid = less }));
    }

    [Fact]
    public void A_processor_without_the_leaf_does_not() =>
        Assert.Contains("CPUID Dh.1 EAX, bits fh", Shape().WhyNotOn(Shape() with { Cpuid = [.. Shape().Cpuid.Take(3)] }), StringComparison.Ordinal);

    [Fact]
    public void What_the_kernel_has_switched_on_is_no_feature()
    {
        CpuidLeaf[] used = [.. Shape().Cpuid];
        used[1] = used[1] with { Ecx = used[1].Ecx | OsXsave };

        Assert.Null((Shape() with { Cpuid = used }).WhyNotOn(Shape()));
    }

    [Theory]
    [InlineData(2_500_000u, 2_502_500u, null)]
    [InlineData(2_500_000u, 2_497_500u, null)]
    [InlineData(2_500_000u, 0u, null)]
    [InlineData(0u, 2_000_000u, null)]
    [InlineData(2_500_000u, 2_502_501u, "the snapshot's time stamp counter runs at 2500 MHz, this host's at 2502 MHz: restore it on the host that saved it")]
    [InlineData(2_500_000u, 2_497_499u, "the snapshot's time stamp counter runs at 2500 MHz, this host's at 2497 MHz: restore it on the host that saved it")]
    public void The_counter_runs_at_the_same_rate_but_for_a_thousandth(uint saved, uint here, string? obstacle) =>
        Assert.Equal(obstacle, (Shape() with { TscKilohertz = saved }).WhyNotOn(Shape() with { TscKilohertz = here }));

    [Fact]
    public void Other_machines_do_not_and_say_what_to_set()
    {
        Assert.Equal(
            "the snapshot is of a machine with 2 CPUs, and this one has 4: set cpu.count to 2", Shape().WhyNotOn(Shape() with { CpuCount = 4 }));
        Assert.Equal(
            "the snapshot is of a machine with 64 KiB of memory, and this one has 128 KiB: set memory to 64K",
            Shape().WhyNotOn(Shape() with { RamBytes = 128 << 10 }));
        Assert.Equal("the snapshot is of a machine with another framebuffer", Shape().WhyNotOn(Shape() with { BackingBytes = 128 << 10 }));
        Assert.Equal("the snapshot is of a machine with other cpu.features", Shape().WhyNotOn(Shape() with { Apic = (false, false) }));
    }

    [Fact]
    public void What_a_host_must_have_is_told() => Assert.Equal(
        "a processor by GenuineIntel with all features that the guest saw and a time stamp counter at 2500 MHz", Shape().Needs);
}
