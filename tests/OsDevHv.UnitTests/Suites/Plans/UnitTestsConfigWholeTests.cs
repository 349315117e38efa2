using OsDevHv.Profiles;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Plans;

/// <summary>
/// A whole unittests.cfg, of our own, with every construct that those of kvm-unit-tests have had, read as run_tests.sh reads it.
/// </summary>
public sealed class UnitTestsConfigWholeTests : IDisposable
{
    private const string Config = """"
        ##############################################################################
        # unittest configuration
        # [unittest_name]
        # file = <name>.flat            # its file
        ##############################################################################

        [timer-split]
        file = a.flat
        smp = 2
        extra_params = -cpu qemu64,+x2apic,+tsc-deadline -machine kernel_irqchip=split
        arch = x86_64
        timeout = 30

        [plain]
        file=a.flat

        #[commented]
        #file = gone.flat

        # A comment between a header and its parameters.
        [exit_cpuid]
        # Another one.
        file = a.flat
        extra_params = -append 'cpuid'
        groups = exits

        [words]
        file = a.flat
        test_args = "-one -two* three"
        qemu_params = -cpu max,+vmx -m 2560
        groups = vmx nested

        [hash]
        file = a.flat
        test_args = 'item #3' a#b     # three

        [dashes]
        file = a.flat
        extra_params = --append "10000000 `date +%s`"

        [every-cpu]
        file = a.flat
        smp = $MAX_SMP

        [block]
        file = a.flat
        qemu_params = """-cpu max
            -m 1g"""
        test_args = """first
            second"""

        [own-vendor]
        file = a.flat
        qemu_params = -cpu max,vendor=GenuineIntel,pmu=off

        [or-vendor]
        file = a.flat
        qemu_params = -cpu max,vendor=AuthenticAMD,pmu=off

        [no-timer]
        file = a.flat
        qemu_params = -machine pit=off

        [twice]
        file = a.flat
        check = /proc/no/such/file=N
        check = /dev/null=

        [slow]
        file = a.flat
        groups = vmx nodefault
        timeout = 240

        [tasks]
        file = a.flat
        arch = i386
        groups = tasks

        [model]
        file = a.flat
        qemu_params = -cpu IvyBridge,phys-bits=36,host-phys-bits=off

        [iommu]
        file = a.flat
        smp = 4
        qemu_params = -M q35,kernel-irqchip=split -device intel-iommu,intremap=on,eim=off -device edu

        [sparse]
        file = a.flat
        smp = 1,maxcpus=256
        qemu_params = -M q35 -device qemu64-x86_64-cpu,apic-id=255 -append 'pv_ipi_sparse'

        [emulated]
        file = a.flat
        accel = tcg

        [last]
        file = b.flat
        """";

    private readonly SuiteBench _bench = new SuiteBench().With("x86/a.flat", "");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Every_test_is_there_and_no_other()
    {
        Assert.Equal(
            [
                "timer-split", "plain", "exit_cpuid", "words", "hash", "dashes", "every-cpu", "block", "own-vendor", "or-vendor", "no-timer", "twice", "slow", "tasks",
                "model", "iommu", "sparse", "emulated", "last",
            ],
            Cases().Select(static one => one.Name));
    }

    [Theory]
    [InlineData("timer-split", null)]
    [InlineData("plain", null)]
    [InlineData("exit_cpuid", null)]
    [InlineData("words", null)]
    [InlineData("hash", null)]
    [InlineData("every-cpu", null)]
    [InlineData("block", null)]
    [InlineData("dashes", "only a shell can read the options --append \"10000000 `date +%s`\"")]
    [InlineData("tasks", "it is for i386; these tests are for x86_64")]
    [InlineData("model", "the processor IvyBridge: guests have the host's")]
    [InlineData("iommu", "QEMU's option -device intel-iommu,intremap=on,eim=off")]
    [InlineData("sparse", "QEMU's option -device qemu64-x86_64-cpu,apic-id=255")]
    [InlineData("emulated", "it needs the accelerator tcg")]
    [InlineData("last", "b.flat is not built")]
    public void What_cannot_be_run_is_skipped_and_the_rest_is_not(string name, string? why)
    {
        string? skip = Case(name).Skip;

        Assert.True(why is null ? skip is null : skip?.Contains(why, StringComparison.Ordinal) == true, skip);
    }

    [Fact]
    public void Of_two_vendors_the_hosts_is_run() => Assert.Single(new[] { Case("own-vendor"), Case("or-vendor") }, static one => one.Skip is null);

    [Fact]
    public void The_last_of_two_checks_counts() => Assert.Equal("the host is not so: /dev/null=", Case("twice").Skip);

    [Theory]
    [InlineData("timer-split", "a.flat")]
    [InlineData("exit_cpuid", "a.flat cpuid")]
    [InlineData("words", "a.flat -one -two* three")]
    [InlineData("hash", "a.flat item #3 a#b")]
    [InlineData("block", "a.flat first second")]
    public void Arguments_are_what_a_shell_makes_of_them(string name, string commandLine) =>
        Assert.Equal(commandLine, Case(name).Profile.Boot.CommandLine);

    [Fact]
    public void Machines_have_what_is_asked_for()
    {
        MachineProfile split = Case("timer-split").Profile;

        Assert.Equal((2, true, true, TimeSpan.FromSeconds(30)), (split.Cpu.Count, split.Cpu.X2Apic, split.Cpu.TscDeadline, split.Verdict.Timeout));
        Assert.Equal((2560ul << 20, 1ul << 30), (Case("words").Profile.MemoryBytes, Case("block").Profile.MemoryBytes));
        Assert.Equal(Math.Clamp(Environment.ProcessorCount, 1, 64), Case("every-cpu").Profile.Cpu.Count);
    }

    [Fact]
    public void Machines_have_the_devices_that_the_tests_are_run_with()
    {
        IReadOnlyList<DeviceProfile> devices = Case("plain").Profile.Devices;

        Assert.Single(devices.OfType<PcTestDeviceProfile>());
        Assert.Equal((0xf4, 4), devices.OfType<DebugExitProfile>().Select(static exit => (exit.Port, exit.Size)).Single());
        Assert.Empty(devices.OfType<DebugConsoleProfile>());
        Assert.Equal((1, 0), (devices.OfType<PitProfile>().Count(), Case("no-timer").Profile.Devices.OfType<PitProfile>().Count()));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("slow", false)]
    [InlineData("not tag:nested", false)]
    [InlineData("tag:vmx", true)]
    [InlineData("tag:nodefault", true)]
    [InlineData("slow and not not tag:v*", true)]
    [InlineData("tag:exits or slow", false)]
    public void What_is_not_run_by_default_is_run_where_a_group_of_it_is_asked_for(string? expression, bool runs)
    {
        CaseFilter? filter = CaseFilter.All;
        Assert.True(expression is null || CaseFilter.TryParse(expression, out filter, out _));

        CaseSelection selection = CaseSelection.Of(new TestPlan { Cases = Cases() }, filter, Shard.Whole);

        string? skip = selection.Cases.Single(static one => one.Case.Name == "slow").Case.Skip;
        Assert.Equal(runs ? null : "it is run only where a tag of its own is asked for, as in --filter tag:nodefault", skip);
    }

    private TestCase Case(string name) => Cases().Single(one => one.Name == name);

    private IReadOnlyList<TestCase> Cases()
    {
        var (cases, errors) = _bench.Config(Config, ProfileUse.Run);
        Assert.Empty(errors);
        return cases;
    }
}
