using OsDevHv.Kvm;
using OsDevHv.Kvm.Abi;
using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Kvm;

/// <summary>What the guest sees of CPUID, and registers taken away from KVM.</summary>
public sealed class CpuidAndMsrTests
{
    // cpuid; hlt
    private static readonly byte[] s_cpuid = [0x0f, 0xa2, 0xf4];

    [Fact]
    public void The_guest_sees_the_machines_own_APIC_and_timer()
    {
        using var guest = new TestGuest(s_cpuid);
        guest.SetGeneral(r => r with { Rax = 1 });

        guest.RunTo(VcpuExitKind.Halt);

        const ulong timerAndX2Apic = (1 << 21) | (1 << 24);
        Assert.NotEqual(0UL, guest.General.Rdx & (1 << 9));
        Assert.Equal(timerAndX2Apic, guest.General.Rcx & timerAndX2Apic);
    }

    [Fact]
    public void The_guest_sees_KVMs_signature_and_of_its_features_the_clocks_alone()
    {
        using var guest = new TestGuest(s_cpuid);
        guest.SetGeneral(r => r with { Rax = 0x40000000 });
        guest.RunTo(VcpuExitKind.Halt);
        var signature = guest.General;

        guest.SetGeneral(r => r with { Rax = 0x40000001, Rip = TestGuest.Code });
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((0x4b4d564bUL, 0x564b4d56UL, 0x4dUL), (signature.Rbx, signature.Rcx, signature.Rdx)); // "KVMKVMKVM"
        // Clock, no delay for ports, the clock's newer registers, and that it is stable.
        Assert.Equal(0UL, guest.General.Rax & ~0x100_000bUL);
    }

    [Theory]
    [InlineData(0x1bu)]
    [InlineData(0x6e0u)]
    [InlineData(0xc0000082u)]
    public void A_denied_register_exits_although_KVM_has_it(uint index)
    {
        using var device = KvmDevice.Open();
        using var guest = new ProbeGuest(device);
        guest.Vm.DenyMsrs([new MsrRange(index, 1)]);

        // rdmsr; hlt
        var end = guest.Run(ProbeMode.Long, [0x0f, 0x32, 0xf4], default, index);

        Assert.Equal(ProbeEnd.Exit, end);
        var page = guest.Vcpu.RunPage;
        Assert.Equal((KvmExitReason.ReadMsr, index, (uint)KvmMsrExits.Filtered), (page.ExitReason, page.Msr.Index, page.Msr.Reason));
    }

    [Fact]
    public void A_register_beside_a_denied_one_stays_KVMs()
    {
        using var device = KvmDevice.Open();
        using var guest = new ProbeGuest(device);
        guest.Vm.DenyMsrs([new MsrRange(0xc0000081, 1), new MsrRange(0xc0000083, 1)]);

        // rdmsr; hlt
        guest.Run(ProbeMode.Long, [0x0f, 0x32, 0xf4], default, 0xc0000082);

        Assert.Equal(KvmExitReason.Halt, guest.Vcpu.RunPage.ExitReason);
    }
}
