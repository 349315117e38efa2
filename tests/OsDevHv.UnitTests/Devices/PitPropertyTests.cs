using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class PitPropertyTests
{
    private enum Step
    {
        Control,
        Write,
        Read,
        Latch,
        Gate,
        Wait,
    }

    private static readonly Gen<(Step What, int Counter, byte Value)[]> _steps = Gen.Select(
        Gen.Frequency(
            (3, Gen.Const(Step.Control)),
            (6, Gen.Const(Step.Write)),
            (4, Gen.Const(Step.Read)),
            (2, Gen.Const(Step.Latch)),
            (3, Gen.Const(Step.Gate)),
            (8, Gen.Const(Step.Wait))),
        Gen.Int[0, 2],
        Gen.Frequency((5, Gen.Byte[0, 9]), (1, Gen.Byte)),
        (what, counter, value) => (what, counter, value)).Array[1, 60];

    [Fact]
    public void An_8254_under_any_sequence_of_accesses_does_what_the_data_sheet_says()
    {
        _steps.Sample(
            steps =>
            {
                PitBench bench = new();
                PitModel model = new();
                int rises = bench.Irq0.RisingEdges - model.Rises;
                foreach ((Step what, int counter, byte value) in steps)
                {
                    Apply(bench, model, what, counter, value);
                    AssertSameState(bench, model);
                    Assert.Equal(rises + model.Rises, bench.Irq0.RisingEdges);
                }
            },
            iter: 10_000);
    }

    [Fact]
    public void However_late_the_alarm_is_the_counters_are_where_ticking_would_have_brought_them()
    {
        Gen.Select(_steps, Gen.Int[1, 5000]).Sample(
            (steps, oversleep) =>
            {
                PitBench bench = new();
                PitModel model = new();
                foreach ((Step what, int counter, byte value) in steps)
                {
                    Apply(bench, model, what, counter, value);
                }

                int edges = bench.Irq0.RisingEdges;
                int before = model.Rises;
                bench.Oversleep(oversleep);
                for (int i = 0; i < oversleep; i++)
                {
                    model.Tick();
                }

                AssertSameState(bench, model);
                bench.Pit.OnAlarm();

                AssertSameState(bench, model);
                Assert.Equal(edges + Math.Min(model.Rises - before, 1), bench.Irq0.RisingEdges);
                Assert.True(bench.Clock.Alarm > bench.Clock.Now);
            },
            iter: 2_000);
    }

    [Fact]
    public void No_access_at_any_time_makes_an_8254_throw_and_no_alarm_stays_in_the_past()
    {
        Gen<(ulong At, byte Value, long Wait, int Kind)> access = Gen.Select(
            Gen.OneOf(Gen.ULong[0, 3], Gen.ULong),
            Gen.Byte,
            Gen.OneOf(Gen.Long[0, 100_000], Gen.Long[0, long.MaxValue / 128]),
            Gen.Int[0, 3]);

        access.Array[1, 120].Sample(
            accesses =>
            {
                PitBench bench = new();
                foreach ((ulong at, byte value, long wait, int kind) in accesses)
                {
                    IBusDevice device = kind < 3 ? bench.Pit : bench.PortB;
                    if (kind is 0 or 3)
                    {
                        device.Read(at, 1);
                    }

                    if (kind != 0)
                    {
                        device.Write(at, 1, value);
                    }

                    bench.Clock.Now += wait;
                    bench.Pit.OnAlarm();
                    Assert.True(bench.Clock.Alarm > bench.Clock.Now);
                }
            },
            iter: 2_000);
    }

    [Fact]
    public void Ticks_of_a_crystal_are_at_multiples_of_its_period_rounded_up_to_nanoseconds()
    {
        Gen.Select(Gen.OneOf(Gen.Long[0, 1_000_000], Gen.Long[0, long.MaxValue / 1000]), Gen.UInt[1, 1_000_000_000]).Sample(
            (tick, frequency) =>
            {
                ClockRate rate = new(frequency);
                UInt128 exact = (((UInt128)(ulong)tick * 1_000_000_000) + frequency - 1) / frequency;
                long time = rate.TimeOf((ulong)tick);
                if (exact > (ulong)(long.MaxValue - 2_000_000_000))
                {
                    Assert.True(time >= long.MaxValue - 2_000_000_000);
                    return;
                }

                Assert.Equal((long)exact, time);
                Assert.Equal(tick, rate.TickAt(time));
                Assert.Equal(Math.Max(tick - 1, 0), rate.TickAt(time - 1));
            },
            iter: 10_000);
    }

    private static void Apply(PitBench bench, PitModel model, Step what, int counter, byte value)
    {
        switch (what)
        {
            case Step.Control:
                // Mostly low byte only, so that counts are small.
                int access = value % 4 == 3 ? 0x30 : value % 16 == 2 ? 0x20 : 0x10;
                byte control = (byte)((counter << 6) | access | ((value * 5) & 0x0f));
                bench.Control = control;
                model.WriteControl(control);
                break;
            case Step.Write:
                bench.Write(counter, value);
                model.Write(counter, value);
                break;
            case Step.Read:
                Assert.Equal(model.Read(counter), bench.Read(counter));
                break;
            case Step.Latch:
                byte latch = (byte)(value % 2 == 0 ? counter << 6 : 0xc0 | ((value << 3) & 0x30) | (2 << counter));
                bench.Control = latch;
                model.WriteControl(latch);
                break;
            case Step.Gate:
                bench.Gate2 = value % 2 != 0;
                model.SetGate2(value % 2 != 0);
                break;
            default:
                int ticks = value * (counter + 1);
                bench.Run(ticks, nanosecondsMore: value * 3);
                for (int i = 0; i < ticks; i++)
                {
                    model.Tick();
                }

                break;
        }
    }

    private static void AssertSameState(PitBench bench, PitModel model)
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(model.Out(i), bench.Pit.Counter(i).Out);
            Assert.Equal(model.Count(i), bench.Pit.Counter(i).Count);
        }
    }
}
