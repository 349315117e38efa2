using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicPropertyTests
{
    /// <summary>Registers that exist are likely, others possible; values are likely to be small, or to have their high bits set.</summary>
    private static readonly Gen<uint> _offset = Gen.Frequency(
        (8, Gen.UInt[0, 0x3f].Select(n => n * 0x10)), (3, Gen.UInt[0x32, 0x3e].Select(n => n * 0x10)), (1, Gen.UInt[0, 0x1100]));

    private static readonly Gen<ulong> _value = Gen.Frequency(
        (4, Gen.ULong[0, 0x1ff]),
        (3, Gen.Select(Gen.ULong[0, 0xff], Gen.ULong[0, 7], (vector, mode) => vector | (mode << 16))),
        (2, Gen.UInt.Select(n => (ulong)n)),
        (1, Gen.ULong),
        (2, Gen.OneOf(Gen.Const(0xfee0_0000ul), Gen.Const(0xfee0_0800ul), Gen.Const(0xfee0_0c00ul), Gen.Const(0x1fful))));

    private static readonly Gen<(int What, uint Where, ulong Value)[]> _anything =
        Gen.Select(Gen.Frequency((6, Gen.Int[0, 15]), (2, Gen.Int[8, 9])), _offset, _value).Array[0, 150];

    private static readonly Gen<LocalApicMode> _mode =
        Gen.OneOf(Gen.Const(LocalApicMode.Disabled), Gen.Const(LocalApicMode.XApic), Gen.Const(LocalApicMode.X2Apic));

    private static readonly Gen<(int What, byte Value)[]> _deliveries =
        Gen.Select(Gen.Frequency((6, Gen.Const(0)), (2, Gen.Const(1)), (3, Gen.Const(2)), (3, Gen.Const(3)), (1, Gen.Int[4, 6])), Gen.Byte)
            .Array[0, 200];

    private static readonly Gen<(int What, uint Value)[]> _timerUses = Gen.Select(
        Gen.Frequency((2, Gen.Int[0, 3]), (4, Gen.Const(4)), (2, Gen.Const(5))), Gen.UInt[0, 40]).Array[0, 60];

    [Fact]
    public void Priorities_and_EOIs_are_those_of_a_plain_model()
    {
        _deliveries.Sample(
            steps =>
            {
                LocalApicBench bench = LocalApicBench.Enabled();
                LocalApicModel model = new();
                foreach ((int what, byte value) in steps)
                {
                    switch (what)
                    {
                        case 0 or 1:
                            model.Accept(value, level: what == 1);
                            bench.Apic.Accept(value, level: what == 1);
                            break;
                        case 2:
                            int delivered = bench.Apic.TryAcknowledge(out byte vector) ? vector : -1;
                            Assert.Equal(model.Acknowledge(), delivered);
                            break;
                        case 3:
                            LocalApicEffect effect = bench.Write(0xb0, 0);
                            Assert.Equal(model.End(), effect.Kind == LocalApicEffectKind.EndOfInterrupt ? effect.Vector : -1);
                            break;
                        case 4:
                            model.TaskPriority = value;
                            bench.Write(0x80, value);
                            break;
                        case 5:
                            model.TaskPriority = (value & 0xf) << 4;
                            bench.Apic.Cr8 = (byte)(value & 0xf);
                            break;
                        default:
                            model.SuppressesBroadcast = value < 64;
                            bench.Write(0xf0, value < 64 ? 0x11ffu : 0x1ff);
                            break;
                    }

                    model.AssertPrioritiesOf(bench.Apic);
                }

                model.AssertVectorsOf(bench.Apic);
            },
            iter: 2_000);
    }

    [Fact]
    public void The_timer_does_what_counting_each_nanosecond_does()
    {
        _timerUses.Sample(
            steps =>
            {
                LocalApicBench bench = LocalApicBench.Enabled();
                LocalApicTimerModel model = new();
                bench.Write(0x320, 0x40);
                foreach ((int what, uint value) in steps)
                {
                    switch (what)
                    {
                        case 0:
                            model.SetPeriodic(value % 2 == 1);
                            bench.Write(0x320, value % 2 == 1 ? 0x40 | LocalApicBench.Periodic : 0x40);
                            break;
                        case 1:
                            model.SetDivisor(2 << (int)(value % 4));
                            bench.Write(0x3e0, value % 4);
                            break;
                        case 2:
                            model.SetInitial(value);
                            bench.Write(0x380, value);
                            break;
                        case 3:
                            bench.Apic.OnAlarm();
                            break;
                        case 4:
                            model.Run((int)value * 5);
                            bench.Clock.Now += value * 5;
                            break;
                        default:
                            Assert.Equal(model.Count, bench.Apic.TimerCurrentCount);
                            Assert.Equal(model.Count, bench.Read(0x390));
                            Assert.Equal(model.TakeExpired(), bench.Apic.TryAcknowledge(out _));
                            bench.Write(0xb0, 0);
                            break;
                    }

                    Assert.True(bench.Apic.TimerCurrentCount <= bench.Apic.TimerInitialCount);
                }
            },
            iter: 5_000);
    }

    [Fact]
    public void Nothing_that_a_guest_or_a_device_does_breaks_it()
    {
        Gen.Select(_mode, _anything).Sample(
            (mode, steps) =>
            {
                LocalApicBench bench = mode switch
                {
                    LocalApicMode.Disabled => new(id: 0x1_0003),
                    LocalApicMode.XApic => LocalApicBench.Enabled(id: 0x1_0003),
                    _ => LocalApicBench.X2Apic(id: 0x1_0003),
                };
                foreach ((int what, uint where, ulong value) in steps)
                {
                    bool mayDeliver = bench.Apic.HasInterrupt;
                    int classBefore = bench.Apic.ProcessorPriority >> 4;
                    Do(bench, what, where, value);
                    if (what == 9 && mayDeliver)
                    {
                        // What was just delivered is of a higher class than anything before it.
                        Assert.True(bench.Apic.ProcessorPriority >> 4 > classBefore);
                    }

                    AssertSound(bench);
                }
            },
            iter: 1_500);
    }

    private static void Do(LocalApicBench bench, int what, uint where, ulong value)
    {
        LocalApic apic = bench.Apic;
        switch (what)
        {
            case 0 or 1 or 2:
                apic.WriteRegister(where, (uint)value);
                break;
            case 3:
                apic.ReadRegister(where);
                break;
            case 4 or 5:
                apic.TryWriteMsr(0x800 + (where >> 4), value, out _);
                break;
            case 6:
                apic.TryReadMsr(0x800 + (where >> 4), out _);
                break;
            case 7:
                apic.TryWriteMsr(where % 3 == 0 ? LocalApic.BaseMsr : LocalApic.TscDeadlineMsr, value, out _);
                break;
            case 8:
                apic.Accept((byte)value, (where & 0x10) != 0);
                break;
            case 9:
                apic.TryAcknowledge(out _);
                break;
            case 10:
                bench.Clock.Now += (long)(value >> 8);
                bench.Clock.Now = Math.Max(0, bench.Clock.Now);
                apic.OnAlarm();
                break;
            case 11:
                apic.SetLint((int)(value & 1), (where & 0x10) != 0);
                break;
            case 12:
                apic.Cr8 = (byte)value;
                apic.RaiseThermal();
                apic.RaisePerformanceCounter();
                break;
            case 13:
                apic.Matches((uint)value, (where & 0x10) != 0, (where & 0x20) != 0);
                apic.AcceptInit();
                apic.AcceptStartUp((byte)value);
                break;
            case 14 when value < 8:
                apic.Init();
                break;
            case 15 when value < 8:
                apic.Reset();
                break;
            default:
                bench.TscOffset = value;
                break;
        }
    }

    private static void AssertSound(LocalApicBench bench)
    {
        LocalApic apic = bench.Apic;
        for (int vector = 0; vector < LocalApic.FirstVector; vector++)
        {
            Assert.False(apic.IsRequested((byte)vector) || apic.IsInService((byte)vector) || apic.IsLevel((byte)vector));
        }

        // Nesting: each interrupt in service was of a higher class than the one below it.
        int[] classes = [.. Enumerable.Range(16, 240).Where(v => apic.IsInService((byte)v)).Select(v => v >> 4)];
        Assert.Equal(classes.Distinct(), classes);
        Assert.True(apic.TimerCurrentCount <= apic.TimerInitialCount);
        Assert.True(apic.TimerMode == LocalApicTimerMode.TscDeadline || apic.TscDeadline == 0);
        Assert.True(apic.TimerExpiry == IDeviceClock.Never || bench.Clock.Alarm != IDeviceClock.Never);
        Assert.False(apic.HasInterrupt && !apic.AcceptsInterrupts);
        Assert.True(apic.SoftwareEnabled || Enum.GetValues<LocalVector>().All(v => apic.Entry(v).IsMasked));
    }
}
