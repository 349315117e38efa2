using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;
using OsDevHv.Tests.Kvm;

namespace OsDevHv.Tests.RunControl;

/// <summary>The guests' time stamp counters, which stand while a debugger has stopped the machine.</summary>
public sealed class KvmTimeStampTests
{
    /// <summary>A page for each vCPU: the counter's low half as of the last look, and the longest step that it made between two.</summary>
    private const ulong Looks = 0x8000;

    private static readonly TimeSpan s_stop = TimeSpan.FromMilliseconds(600);

    // again: rdtsc; mov ecx, eax; sub eax, [edi]; mov [edi], ecx; cmp eax, [edi+4]; jbe again; mov [edi+4], eax; jmp again
    private static readonly byte[] s_look =
        [0x0f, 0x31, 0x89, 0xc1, 0x2b, 0x07, 0x89, 0x0f, 0x3b, 0x47, 0x04, 0x76, 0xf3, 0x89, 0x47, 0x04, 0xeb, 0xee];

    [Fact]
    [Trait("Suite", "devices")]
    public void Counters_of_two_vcpus_go_on_from_where_they_stopped()
    {
        Host.Require(Host.Traits.Module != "kvm_pvm", "an offset of the guest's time stamp counter");
        using var machine = new KvmRig(s_look, vcpus: 2);
        for (int vcpu = 0; vcpu < 2; vcpu++)
        {
            ulong page = Looks + ((ulong)vcpu << 12);
            machine.SetRegisters(registers => registers with { Rdi = page }, vcpu);
        }
        RunUntilBothLooked(machine);
        uint kilohertz = Kilohertz(machine);
        for (int vcpu = 0; vcpu < 2; vcpu++)
        {
            machine.Write(Looks + ((ulong)vcpu << 12) + 4, new byte[4]);
        }

        Thread.Sleep(s_stop);
        RunUntilBothLooked(machine);

        uint half = (uint)(kilohertz * (s_stop.TotalMilliseconds / 2));
        Assert.InRange(Read(machine, vcpu: 0, offset: 4), 1U, half);
        Assert.InRange(Read(machine, vcpu: 1, offset: 4), 1U, half);
    }

    private static void RunUntilBothLooked(KvmRig machine)
    {
        uint first = Read(machine, vcpu: 0, offset: 0);
        uint second = Read(machine, vcpu: 1, offset: 0);
        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => Read(machine, vcpu: 0, offset: 0) != first && Read(machine, vcpu: 1, offset: 0) != second);
        machine.Target.Interrupt();
        machine.Wait(stop);
    }

    private static uint Kilohertz(KvmRig machine)
    {
        uint kilohertz = 0;
        machine.Controller.Vcpus[0].Execute(cpu => kilohertz = cpu.TscKilohertz);
        Assert.NotEqual(0U, kilohertz);
        return kilohertz;
    }

    private static uint Read(KvmRig machine, int vcpu, ulong offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(machine.MemoryBytes(Looks + ((ulong)vcpu << 12) + offset, 4));
}
