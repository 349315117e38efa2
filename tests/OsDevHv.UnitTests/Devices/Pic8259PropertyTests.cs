using System.Numerics;
using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class Pic8259PropertyTests
{
    private static readonly Gen<Step[]> _steps = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Action.Raise)),
            (3, Gen.Const(Action.Lower)),
            (5, Gen.Const(Action.Acknowledge)),
            (5, Gen.Const(Action.WriteEven)),
            (2, Gen.Const(Action.WriteOdd)),
            (2, Gen.Const(Action.Read)),
            (1, Gen.Const(Action.Elcr)),
            (1, Gen.Const(Action.Initialize))),
        Gen.Bool,
        Gen.Byte,
        // Most masks have few bits, most initialisations are a PC's.
        Gen.Byte,
        (action, master, value, thinner) => new Step(action, master, action switch
        {
            Action.WriteOdd => (byte)(value & thinner),
            Action.WriteEven => (byte)((thinner & 7) == 0 ? value : value & 0xef),
            _ => value,
        })).Array[0, 100];

    private enum Action
    {
        Raise,
        Lower,
        Acknowledge,
        WriteEven,
        WriteOdd,
        Read,
        Elcr,
        Initialize,
    }

    [Fact]
    public void The_pair_under_any_sequence_does_what_the_data_sheet_says()
    {
        _steps.Sample(
            steps =>
            {
                Pic8259Bench bench = new();
                Pic8259PairModel model = new();
                foreach (Step step in steps)
                {
                    Apply(step, bench, model);
                    AssertSame(model.Master, bench.Master);
                    AssertSame(model.Slave, bench.Slave);
                    Assert.Equal(model.IsRequested, bench.Line.IsHigh);
                    Assert.Equal(model.IsRequested, bench.Pair.IsInterruptRequested);
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void INTR_is_high_when_the_registers_say_so_and_an_acknowledge_serves_one_input_of_a_chip_at_most()
    {
        _steps.Sample(
            steps =>
            {
                Pic8259Bench bench = new();
                foreach (Step step in steps)
                {
                    (byte master, byte slave) = (bench.Master.Isr, bench.Slave.Isr);
                    Apply(step, bench, model: null);
                    if (step.Action == Action.Acknowledge)
                    {
                        Assert.InRange(BitOperations.PopCount((uint)(bench.Master.Isr ^ master)), 0, 1);
                        Assert.InRange(BitOperations.PopCount((uint)(bench.Slave.Isr ^ slave)), 0, 1);
                        Assert.Equal(master, bench.Master.Isr & master);
                        Assert.Equal(slave, bench.Slave.Isr & slave);
                    }

                    // The other way round a level may have fallen, which an acknowledge finds out.
                    Assert.True(bench.Line.IsHigh || !IsRequested(bench.Master, isMaster: true));
                    Assert.True((bench.Master.Inputs & 0x04) != 0 || !IsRequested(bench.Slave, isMaster: false));
                }
            },
            iter: 10_000);
    }

    [Fact]
    public void No_access_of_any_shape_throws()
    {
        Pic8259Bench bench = new();
        Gen<ulong> offset = Gen.OneOf(Gen.ULong[0, 2], Gen.ULong[0x7f, 0x82], Gen.ULong[0x4af, 0x4b2], Gen.ULong);

        Gen.Select(offset, Gen.Int[0, 3], Gen.ULong, Gen.Bool).Sample(
            (at, width, value, isWrite) =>
            {
                lock (bench)
                {
                    if (isWrite)
                    {
                        bench.Pair.Write(at, 1 << width, value);
                    }
                    else
                    {
                        bench.Pair.Read(at, 1 << width);
                    }
                }
            },
            iter: 50_000);
    }

    /// <summary>The data sheet's rule, from what the chip shows: a request of higher priority than anything in service.</summary>
    private static bool IsRequested(Pic8259 chip, bool isMaster)
    {
        int inService = chip.Isr & (chip.SpecialMask ? ~chip.Imr : 0xff);
        for (int rank = 1; rank <= 8 && chip.IsInitialized; rank++)
        {
            int bit = 1 << ((chip.LowestPriority + rank) % 8);
            bool isNestedSlave = isMaster && chip.SpecialFullyNested && bit == 0x04;
            if ((inService & bit) != 0 && !isNestedSlave)
            {
                return false;
            }

            if ((chip.Irr & ~chip.Imr & bit) != 0)
            {
                return true;
            }

            if ((inService & bit) != 0)
            {
                return false;
            }
        }

        return false;
    }

    private static void AssertSame(Pic8259Model model, Pic8259 chip)
    {
        Assert.Equal(model.Bits(i => i.Requests), chip.Irr);
        Assert.Equal(model.Bits(i => i.InService), chip.Isr);
        Assert.Equal(model.Bits(i => i.Masked), chip.Imr);
        Assert.Equal(model.Bits(i => i.Elcr), chip.Elcr);
    }

    private static void Apply(Step step, Pic8259Bench bench, Pic8259PairModel? model)
    {
        (Action action, bool master, byte value) = step;
        int port = master ? 0x20 : 0xa0;
        switch (action)
        {
            case Action.Raise or Action.Lower:
                bench.Pair.SetInput(value & 15, action == Action.Raise);
                model?.Set(value & 15, action == Action.Raise);
                break;
            case Action.Acknowledge:
                byte vector = bench.Acknowledge();
                Assert.Equal(model?.Acknowledge() ?? vector, vector);
                break;
            case Action.Read:
                bool odd = (value & 1) != 0;
                byte answer = bench.In(odd ? port + 1 : port);
                Assert.Equal(model?.Read(master, odd) ?? answer, answer);
                break;
            case Action.Elcr:
                bench.Out(master ? 0x4d0 : 0x4d1, value);
                model?.WriteElcr(master, value);
                break;
            case Action.WriteEven or Action.WriteOdd:
                Write(action == Action.WriteOdd, value);
                break;
            default:
                Write(false, 0x11);
                Write(true, (byte)(master ? 0x20 : 0x28));
                Write(true, (byte)(master ? 0x04 : 0x02));
                Write(true, (byte)(0x01 | (value & (master ? 0x12 : 0x02))));
                break;
        }

        void Write(bool odd, byte written)
        {
            bench.Out(odd ? port + 1 : port, written);
            model?.Write(master, odd, written);
        }
    }

    private readonly record struct Step(Action Action, bool Master, byte Value);
}
