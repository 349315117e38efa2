using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.RunControl;
using OsDevHv.Profiles;

namespace OsDevHv.Tests.Kvm;

/// <summary>The way of an exit, from KVM through run control and the buses to the devices, leaves nothing for the collector.</summary>
public sealed class ExitAllocationTests : IDisposable
{
    private const int UnclaimedPort = 0x1200;
    private const int Rounds = 500;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);
    private static readonly Connection s_nowhere = new(ConnectionKind.Null);

    /// <summary>
    /// For ever: writes to the UART and reads its status, writes to the debug console, and uses a port and an address where nothing is.
    /// </summary>
    private static readonly byte[] s_code =
    [
        0xba, 0xf8, 0x03, 0, 0, // mov $0x3f8, %edx
        0xb0, 0x41, // mov $'A', %al
        0xee, // out %al, %dx
        0xba, 0xfd, 0x03, 0, 0, // mov $0x3fd, %edx
        0xec, // in %dx, %al
        0xe6, 0xe9, // out %al, $0xe9
        0xba, 0, UnclaimedPort >> 8, 0, 0, // mov $0x1200, %edx
        0xef, // out %eax, %dx
        0xed, // in %dx, %eax
        0xa3, 0, 0, 0, 0xd0, // mov %eax, 0xd0000000
        0xa1, 0, 0, 0, 0xd0, // mov 0xd0000000, %eax
        0xeb, 0xdd, // jmp to the start
    ];

    private readonly string _kernel = Path.GetTempFileName();
    private readonly VirtualMachine _machine;

    public ExitAllocationTests()
    {
        File.WriteAllBytes(_kernel, s_code);
        var profile = new MachineProfile
        {
            Name = "exits",
            Cpu = new CpuProfile(1),
            MemoryBytes = 4 << 20,
            Boot = new BootProfile
            {
                Kernel = _kernel,
                Protocol = BootProtocol.Flat,
                FlatAddress = 0x10_0000,
                FlatMode = FlatMode.Protected,
            },
            Devices = [new UartProfile("com1", 0x3f8, 4, s_nowhere), new DebugConsoleProfile("console", 0xe9, 0xe9, s_nowhere)],
            Verdict = new VerdictProfile(),
            Gdb = new GdbProfile(),
        };
        _machine = VirtualMachine.Create(profile, new MachineOptions { Messages = TextWriter.Null });
    }

    public void Dispose()
    {
        _machine.Dispose();
        File.Delete(_kernel);
    }

    [Fact]
    public void Thousands_of_exits_allocate_nothing_on_the_thread_of_the_vCPU()
    {
        RunForRounds(); // The first access of a kind makes its entry in a table.
        long before = AllocatedByVcpu();

        RunForRounds();

        Assert.Equal(0, AllocatedByVcpu() - before);
    }

    private void RunForRounds()
    {
        long target = RoundsDone() + Rounds;
        _ = _machine.Controller.Resume([ResumeKind.Continue], ArmedTraps.None);
        Assert.True(SpinWait.SpinUntil(() => RoundsDone() >= target, s_limit), "the guest does not get on");
        Task<StopEvent> stop = _machine.Controller.StopAsync(new StopEvent(StopKind.Interrupted, 0, GdbSignal.Interrupt));
        Assert.True(stop.Wait(s_limit, TestContext.Current.CancellationToken), "the machine does not stop");
        Assert.Equal(StopKind.Interrupted, stop.Result.Kind);
    }

    private long RoundsDone() =>
        _machine.UnclaimedPorts.FirstOrDefault(access => access is { Address: UnclaimedPort, IsWrite: true }).Count;

    private long AllocatedByVcpu()
    {
        long bytes = 0;
        _machine.Controller.Vcpus[0].Execute(_ => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }
}
