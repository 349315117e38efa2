using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class IoApicPropertyTests
{
    private const int PinsUsed = 4;
    private const uint FirstVector = 0x30;

    private static readonly Gen<Step[]> _steps = Gen.Select(
        Gen.Enum<Action>(),
        Gen.Int[0, PinsUsed - 1],
        // Few vectors, so that EOIs match; unmasked and fixed half of the time.
        Gen.UInt,
        Gen.UInt[FirstVector, FirstVector + 2],
        Gen.Bool,
        (action, pin, bits, vector, tame) => new Step(action, pin, (tame ? bits & 0xa800u : bits & ~0xffu) | vector)).Array[0, 80];

    private enum Action
    {
        Assert,
        Deassert,
        WriteLow,
        WriteHigh,
        EndOfInterrupt,
        EoiRegister,
    }

    [Fact]
    public void Under_any_sequence_it_sends_what_a_plain_model_sends()
    {
        _steps.Sample(
            steps =>
            {
                MessageRecorder sink = new();
                IoApic ioApic = new(sink, 0);
                Model model = new();
                foreach (Step step in steps)
                {
                    Apply(step, ioApic);
                    model.Apply(step);
                    Assert.Equal(model.Sent, sink.Messages);
                    for (int pin = 0; pin < PinsUsed; pin++)
                    {
                        Assert.Equal(model.Pins[pin].Entry, ioApic.Redirection(pin));
                        Assert.Equal(model.Pins[pin].Asserted, ioApic.IsAsserted(pin));
                    }
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void Remote_IRR_is_set_for_levels_only_and_no_level_that_could_be_sent_waits()
    {
        _steps.Sample(
            steps =>
            {
                IoApic ioApic = new(new MessageRecorder(), 0);
                foreach (Step step in steps)
                {
                    Apply(step, ioApic);
                    for (int pin = 0; pin < PinsUsed; pin++)
                    {
                        ulong entry = ioApic.Redirection(pin);
                        bool isLevel = (entry & 0x8000) != 0 && (entry & 0x600) == 0;
                        bool isUnmasked = (entry & 0x10000) == 0;
                        Assert.True(isLevel || !ioApic.RemoteIrr(pin));
                        Assert.True(!(isLevel && isUnmasked && ioApic.IsAsserted(pin)) || ioApic.RemoteIrr(pin));
                    }
                }
            },
            iter: 10_000);
    }

    [Fact]
    public void No_access_of_any_shape_throws()
    {
        IoApic ioApic = new(new MessageRecorder(), 0);
        Gen<ulong> offset = Gen.OneOf(Gen.Const(0UL), Gen.Const(0x10UL), Gen.Const(0x40UL), Gen.ULong[0, 0x1000], Gen.ULong);

        Gen.Select(offset, Gen.Int[0, 3], Gen.ULong, Gen.Bool).Sample(
            (at, width, value, isWrite) =>
            {
                lock (ioApic)
                {
                    if (isWrite)
                    {
                        ioApic.Write(at, 1 << width, value);
                    }
                    else
                    {
                        ioApic.Read(at, 1 << width);
                    }
                }
            },
            iter: 50_000);
    }

    private static void Apply(Step step, IoApic ioApic)
    {
        switch (step.Action)
        {
            case Action.Assert or Action.Deassert:
                ioApic.SetPin(step.Pin, step.Action == Action.Assert);
                break;
            case Action.WriteLow or Action.WriteHigh:
                ioApic.Write(0, 4, (ulong)(0x10 + 2 * step.Pin + (step.Action == Action.WriteHigh ? 1 : 0)));
                ioApic.Write(0x10, 4, step.Value);
                break;
            case Action.EndOfInterrupt:
                ioApic.EndOfInterrupt((byte)step.Value);
                break;
            default:
                ioApic.Write(0x40, 4, step.Value);
                break;
        }
    }

    private readonly record struct Step(Action Action, int Pin, uint Value);

    private sealed class Model
    {
        public List<InterruptMessage> Sent { get; } = [];

        public Pin[] Pins { get; } = [.. Enumerable.Range(0, PinsUsed).Select(_ => new Pin())];

        public void Apply(Step step)
        {
            Pin pin = Pins[step.Pin];
            switch (step.Action)
            {
                case Action.Assert or Action.Deassert:
                    bool isEdge = step.Action == Action.Assert && !pin.Asserted;
                    pin.Asserted = step.Action == Action.Assert;
                    if (isEdge && !pin.WaitsForEoi && !pin.Masked)
                    {
                        Send(pin);
                    }

                    break;
                case Action.WriteLow:
                    pin.Low = step.Value;
                    pin.RemoteIrr &= pin.WaitsForEoi;
                    break;
                case Action.WriteHigh:
                    pin.Destination = step.Value >> 24;
                    break;
                default:
                    Array.ForEach(Pins, p => p.RemoteIrr &= p.Vector != (byte)step.Value);
                    break;
            }

            foreach (Pin waiting in Pins.Where(p => p.WaitsForEoi && p.Asserted && !p.Masked && !p.RemoteIrr))
            {
                waiting.RemoteIrr = true;
                Send(waiting);
            }
        }

        private void Send(Pin pin)
        {
            if (pin.Mode is not (3 or 6))
            {
                Sent.Add(new InterruptMessage(
                    (byte)pin.Vector, (DeliveryMode)pin.Mode, pin.Destination, (pin.Low >> 11 & 1) != 0, pin.WaitsForEoi));
            }
        }
    }

    private sealed class Pin
    {
        public bool Asserted { get; set; }

        public bool RemoteIrr { get; set; }

        public uint Low { get; set; } = 0x10000;

        public uint Destination { get; set; }

        public uint Vector => Low & 0xff;

        public uint Mode => Low >> 8 & 7;

        public bool Masked => (Low >> 16 & 1) != 0;

        public bool WaitsForEoi => (Low >> 15 & 1) != 0 && Mode < 2;

        public ulong Entry => (ulong)Destination << 56 | (Low & 0x1afff) | (RemoteIrr ? 0x4000u : 0);
    }
}
