using System.Diagnostics;
using OsDevHv.Kvm;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Kvm;

/// <summary>Kicks are never lost, and are harmless at any time.</summary>
public sealed class KickTests
{
    private const int LimitMilliseconds = 20_000;

    // inc %rax; jmp
    private static readonly byte[] s_spin = [0x48, 0xff, 0xc0, 0xeb, 0xfb];

    // out %al, $0x80; jmp
    private static readonly byte[] s_ports = [0xe6, 0x80, 0xeb, 0xfc];

    [Fact]
    public void Ten_thousand_kicks_at_random_moments_are_all_obeyed_under_a_storm_of_collections() => KickAtRandom(s_spin, 10_000);

    [Fact]
    public void Kicks_among_port_exits_are_all_obeyed() => KickAtRandom(s_ports, 1_000);

    [Fact]
    public void A_kick_before_the_run_ends_it_before_the_first_instruction()
    {
        using var guest = new TestGuest(s_spin);

        guest.Cpu.Kick();
        guest.RunTo(VcpuExitKind.Interrupted);

        Assert.Equal((0UL, TestGuest.Code), (guest.General.Rax, guest.General.Rip));
    }

    [Fact]
    public void A_kick_stays_until_it_is_taken_back()
    {
        // hlt
        using var guest = new TestGuest([0xf4]);
        guest.Cpu.Kick();
        guest.RunTo(VcpuExitKind.Interrupted);
        guest.RunTo(VcpuExitKind.Interrupted);

        guest.Cpu.ClearKick();

        guest.RunTo(VcpuExitKind.Halt);
    }

    [Fact]
    public void A_kick_after_the_owner_ended_or_the_engine_closed_does_nothing()
    {
        using var ram = new GuestRam(GuestRam.PageSize);
        var engine = new KvmEngine(ram, new CpuFeatures(1));
        var cpu = engine.CreateVcpu(0);
        var owner = new Thread(cpu.BindToCurrentThread);
        owner.Start();
        owner.Join();

        cpu.Kick();
        engine.Dispose();
        cpu.Kick();
    }

    [Fact]
    public void Only_the_owner_may_touch_a_vCPU()
    {
        using var guest = new TestGuest([0xf4]);
        var cpu = guest.Cpu;
        Exception? error = null;

        var stranger = new Thread(() => error = Record.Exception(() => cpu.GetGeneral(out _)));
        stranger.Start();
        stranger.Join();

        Assert.IsType<InvalidOperationException>(error);
    }

    private static void KickAtRandom(byte[] code, int count)
    {
        // A nested host takes up to 23 ms for a kick, and runs everything on one processor.
        count = Host.Traits.Nested && Host.Traits.Module != "kvm_pvm" ? count / 10 : count;
        using var machine = new SpinningMachine(code);
        using var storm = new CollectionStorm();
        var random = new Random(20_260_101);

        for (var kick = 1; kick <= count; kick++)
        {
            SpinFor(TimeSpan.FromMicroseconds(random.Next(100)));
            if (!machine.KickAndWait(kick))
            {
                Assert.Fail($"Kick {kick} was lost: {machine.State}, {storm.Collections} collections.");
            }
        }

        Assert.True(machine.Ended(), $"The thread did not end: {machine.State}");
        Assert.InRange(storm.Collections, 1, long.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} kicks, {storm.Collections} collections");
    }

    private static void SpinFor(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            Thread.SpinWait(10);
        }
    }

    /// <summary>A vCPU on its own thread that acknowledges each kick and goes on.</summary>
    private sealed class SpinningMachine : IDisposable
    {
        private readonly AutoResetEvent _acknowledged = new(false);
        private readonly Thread _thread;
        private readonly byte[] _code;
        private IVcpu? _cpu;
        private int _wanted;
        private int _seen;
        private long _runs;
        private Exception? _error;

        public SpinningMachine(byte[] code)
        {
            _code = code;
            _thread = new Thread(Loop) { Name = "vCPU under test", IsBackground = true };
            _thread.Start();
            Assert.True(_acknowledged.WaitOne(LimitMilliseconds), $"The vCPU did not start: {_error}");
        }

        public string State =>
            $"wanted {Volatile.Read(ref _wanted)}, seen {Volatile.Read(ref _seen)}, runs {Volatile.Read(ref _runs)}, error {_error}";

        public bool KickAndWait(int kick)
        {
            Volatile.Write(ref _wanted, kick);
            _cpu!.Kick();
            return _acknowledged.WaitOne(LimitMilliseconds) && Volatile.Read(ref _seen) == kick && _error is null;
        }

        public bool Ended()
        {
            Volatile.Write(ref _wanted, -1);
            _cpu!.Kick();
            return _thread.Join(LimitMilliseconds);
        }

        public void Dispose()
        {
            if (_thread.IsAlive)
            {
                Ended();
            }

            _acknowledged.Dispose();
        }

        private void Loop()
        {
            try
            {
                using var guest = new TestGuest(_code);
                _cpu = guest.Cpu;
                _acknowledged.Set();
                while (Volatile.Read(ref _wanted) >= 0)
                {
                    guest.Cpu.ClearKick();
                    Interlocked.MemoryBarrier();
                    var wanted = Volatile.Read(ref _wanted);
                    if (wanted != _seen)
                    {
                        Volatile.Write(ref _seen, wanted);
                        _acknowledged.Set();
                    }

                    if (wanted >= 0)
                    {
                        guest.Cpu.Run(out _);
                        Volatile.Write(ref _runs, _runs + 1);
                    }
                }
            }
            catch (Exception error) when (error is KvmException or InvalidOperationException)
            {
                _error = error;
                _acknowledged.Set();
            }
        }
    }
}
